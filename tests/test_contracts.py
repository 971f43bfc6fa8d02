"""The validation against published contracts detects violations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.contracts import Contract

THING = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "integer"},
        "note": {"type": "string", "nullable": True},
        "at": {"type": "string", "format": "date-time"},
    },
}
DOCUMENT = {
    "openapi": "3.0.3",
    "servers": [{"url": "https://example.invalid/api"}],
    "paths": {
        "/things/{id}": {
            "get": {
                "parameters": [
                    {"$ref": "#/components/parameters/page"},
                    {"name": "all", "in": "query", "required": True, "schema": {"type": "boolean"}},
                ],
                "responses": {
                    "200": {
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/thing"}}}
                    },
                    "404": {"$ref": "#/components/responses/missing"},
                },
            },
            "patch": {
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/thing"}}},
                },
                "responses": {"204": {"description": "done"}},
            },
        },
        "/things/special": {"get": {"responses": {"204": {"description": "done"}}}},
        "/trees/{path}": {
            "get": {
                "parameters": [{"name": "path", "in": "path", "x-multi-segment": True}],
                "responses": {"204": {"description": "done"}},
            }
        },
    },
    "components": {
        "schemas": {"thing": THING},
        "parameters": {"page": {"name": "page", "in": "query", "schema": {"type": "integer"}}},
        "responses": {"missing": {"content": {"application/json": {"schema": {"type": "object"}}}}},
    },
}


@pytest.fixture
def contract(tmp_path: Path) -> Contract:
    path = tmp_path / "example-openapi.json"
    path.write_text(json.dumps(DOCUMENT))
    return Contract(path)


@pytest.mark.parametrize(
    ("query", "faults"),
    [
        ({"all": "true", "page": "2"}, []),
        ({"all": True, "page": 2}, []),
        ({"page": "x"}, ["query: page: $: 'x' is not of type 'integer'", "query: all is missing"]),
        ({"all": "true", "pages": "2"}, ["query: pages is not documented"]),
    ],
)
def test_queries_are_judged_by_their_declared_types(
    contract: Contract, query: dict[str, Any], faults: list[str]
) -> None:
    assert contract.request("GET", "/api/things/1", query=query) == faults


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({"id": 1, "note": None}, []),
        (None, ["body: missing"]),
        ({"id": "1"}, ["body: $.id: '1' is not of type 'integer'"]),
        ({"id": 1, "other": 2}, ["body: other is not documented"]),
    ],
)
def test_bodies_are_judged_and_unknown_fields_found(
    contract: Contract, body: dict[str, Any] | None, faults: list[str]
) -> None:
    assert contract.request("PATCH", "/api/things/1", body=body) == faults


@pytest.mark.parametrize(
    ("status", "body", "faults"),
    [
        (200, {"id": 1, "at": "2026-01-11T17:40:12Z"}, []),
        (200, {"id": 1, "at": "yesterday"}, ["$.at: 'yesterday' is not a 'date-time'"]),
        (200, {}, ["$: 'id' is a required property"]),
        (404, {"message": "gone"}, []),
        (500, {}, ["GET /api/things/1 documents no 500"]),
    ],
)
def test_responses_are_judged(contract: Contract, status: int, body: Any, faults: list[str]) -> None:
    assert contract.response("GET", "/api/things/1", status, body) == faults


@pytest.mark.parametrize(
    ("method", "path", "faults"),
    [
        ("GET", "/api/things/special", []),
        ("GET", "/api/trees/a/b", []),
        ("GET", "/api/things/1/2", ["GET /api/things/1/2 is not documented"]),
        ("POST", "/api/things/special", ["POST /api/things/special is not documented"]),
        ("GET", "/things/special", ["/things/special is not below /api"]),
    ],
)
def test_paths_are_found_below_the_server_s_own(
    contract: Contract, method: str, path: str, faults: list[str]
) -> None:
    assert contract.response(method, path, 204) == faults
