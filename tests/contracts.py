"""Validates requests and answers against the OpenAPI documents of GitHub and Coolify."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

FOLDER = Path(os.environ.get("FISK_CONTRACTS") or Path(__file__).parents[2] / "shared" / "contracts")
DOCUMENT = "urn:contract"
METHODS = {"get", "put", "post", "delete", "patch", "head"}
JSON = "application/json"
BRIEF = 200


def _is_moment(value: object) -> bool:
    """A time as both write it; jsonschema brings no checker of its own for this format."""
    return not isinstance(value, str) or bool(datetime.fromisoformat(value).tzinfo)


FORMATS = FormatChecker(formats=())
FORMATS.checks("date-time", raises=ValueError)(_is_moment)


@cache
def contract(name: str) -> Contract:
    """The document `NAME-openapi.json`; skips the test where the folder of contracts is missing."""
    path = FOLDER / f"{name}-openapi.json"
    if not path.exists():
        pytest.skip(f"needs {path.name} in {FOLDER} (FISK_CONTRACTS names another folder)")
    return Contract(path)


class Contract:
    """An OpenAPI document, 3.0 or 3.1. Whatever is wrong is said as a list of sentences; empty is right."""

    def __init__(self, path: Path | str) -> None:
        document = json.loads(Path(path).read_text())
        self._document = _as_json_schema(document)
        self._base = _base_path(document)
        self._registry: Registry[Any] = Registry().with_resource(
            DOCUMENT, DRAFT202012.create_resource(self._document)
        )
        self._paths = sorted(self._document["paths"], key=_wildness)

    def request(
        self, method: str, path: str, *, query: Mapping[str, Any] | None = None, body: Any = None
    ) -> list[str]:
        """What is wrong with asking so. `path` is as it goes over the wire, without its query."""
        found = self._operation(method, path)
        if isinstance(found, str):
            return [found]
        pointer, operation = found
        return [*self._query_faults(pointer, dict(query or {})), *self._body_faults(pointer, operation, body)]

    def response(self, method: str, path: str, status: int, body: Any = None) -> list[str]:
        """What is wrong with answering so."""
        found = self._operation(method, path)
        if isinstance(found, str):
            return [found]
        pointer, operation = found
        if str(status) not in operation["responses"]:
            return [f"{method} {path} documents no {status}"]
        target, response = self._follow(f"{pointer}/responses/{status}")
        if JSON not in response.get("content", {}):
            return [] if body is None else [f"{method} {path} documents no JSON body for {status}"]
        return self._faults(f"{target}/content/{_escape(JSON)}/schema", body)

    def webhook(self, name: str, body: Any) -> list[str]:
        """What is wrong with telling so by webhook, as in `workflow-run-completed`."""
        where = f"#/x-webhooks/{name}/post/requestBody/content/{_escape(JSON)}/schema"
        return list(self._faults(where, body))

    # --- finding

    def _operation(self, method: str, path: str) -> tuple[str, dict[str, Any]] | str:
        if not path.startswith(self._base):
            return f"{path} is not below {self._base}"
        below = path.removeprefix(self._base)
        template = next((known for known in self._paths if self._fits(known, below)), None)
        if template is None or method.lower() not in self._document["paths"][template]:
            return f"{method} {path} is not documented"
        pointer = f"#/paths/{_escape(template)}/{method.lower()}"
        return pointer, self._document["paths"][template][method.lower()]

    def _fits(self, template: str, path: str) -> bool:
        """Whether a path is of this form; a parameter takes one segment, unless declared to take more."""
        operations = self._document["paths"][template].values()
        declared = [one for operation in operations for one in operation.get("parameters", [])]
        many = {one["name"] for one in map(self._follow_value, declared) if one.get("x-multi-segment")}
        parts = re.split(r"\{(\w+)\}", template)
        parts[::2] = [re.escape(literal) for literal in parts[::2]]
        parts[1::2] = [".+" if name in many else "[^/]+" for name in parts[1::2]]
        return re.fullmatch("".join(parts), path) is not None

    def _follow(self, pointer: str) -> tuple[str, Any]:
        """The value at a pointer, with the pointer where it really stands."""
        value: Any = self._document
        for part in pointer.removeprefix("#/").split("/"):
            key = part.replace("~1", "/").replace("~0", "~")
            value = value[int(key) if isinstance(value, list) else key]
        reference = value.get("$ref") if isinstance(value, dict) else None
        return self._follow(reference) if reference else (pointer, value)

    def _follow_value(self, value: dict[str, Any]) -> dict[str, Any]:
        return self._follow(value["$ref"])[1] if "$ref" in value else value

    # --- judging

    def _query_faults(self, pointer: str, query: dict[str, Any]) -> Iterator[str]:
        declared = self._parameters(pointer)
        yield from (f"query: {name} is not documented" for name in query if name not in declared)
        for name, (where, parameter) in declared.items():
            if name in query:
                wanted = _plain(query[name], parameter.get("schema", {}))
                yield from (f"query: {name}: {fault}" for fault in self._faults(f"{where}/schema", wanted))
            elif parameter.get("required"):
                yield f"query: {name} is missing"

    def _parameters(self, pointer: str) -> dict[str, tuple[str, dict[str, Any]]]:
        listed = self._follow(pointer)[1].get("parameters", [])
        found = [self._follow(f"{pointer}/parameters/{number}") for number in range(len(listed))]
        return {one["name"]: (where, one) for where, one in found if one["in"] == "query"}

    def _body_faults(self, pointer: str, operation: dict[str, Any], body: Any) -> list[str]:
        if "requestBody" not in operation:
            return [] if body is None else ["body: none is documented"]
        where, described = self._follow(f"{pointer}/requestBody")
        if body is None:
            return ["body: missing"] if described.get("required") else []
        schema = f"{where}/content/{_escape(JSON)}/schema"
        unknown = self._unknown(schema, body)
        return [f"body: {fault}" for fault in [*unknown, *self._faults(schema, body)]]

    def _unknown(self, pointer: str, body: Any) -> list[str]:
        """Fields that the document does not name: Coolify refuses those, without its document saying so."""
        known = self._follow(pointer)[1].get("properties")
        if known is None or not isinstance(body, dict):
            return []
        return [f"{name} is not documented" for name in body if name not in known]

    def _faults(self, pointer: str, value: Any) -> list[str]:
        validator = Draft202012Validator(
            {"$ref": f"{DOCUMENT}{pointer}"}, registry=self._registry, format_checker=FORMATS
        )
        errors = sorted(validator.iter_errors(value), key=lambda error: list(map(str, error.absolute_path)))
        return [f"{error.json_path}: {_brief(error.message)}" for error in errors]


def _brief(text: str) -> str:
    """jsonschema quotes the whole value first; what is wrong with it comes last."""
    return text if len(text) <= BRIEF else f"{text[: BRIEF // 2]} … {text[-BRIEF // 2 :]}"


def _as_json_schema(node: Any) -> Any:
    """OpenAPI 3.0 says `nullable`, and so does Coolify's 3.1; JSON Schema says it with a second type."""
    if isinstance(node, list):
        return [_as_json_schema(one) for one in node]
    if not isinstance(node, dict):
        return node
    schema = {name: _as_json_schema(value) for name, value in node.items()}
    if schema.get("nullable") is not True:
        return schema
    del schema["nullable"]
    return {"anyOf": [schema, {"type": "null"}]}


def _base_path(document: dict[str, Any]) -> str:
    address = document.get("servers", [{"url": ""}])[0]["url"]
    return re.sub(r"^https?://[^/]+", "", address).rstrip("/")


def _wildness(template: str) -> tuple[int, str]:
    """Sorts `/deployments/applications/{uuid}` before `/deployments/{uuid}/cancel`: named segments win."""
    return template.count("{"), template


def _escape(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _plain(value: Any, schema: dict[str, Any]) -> Any:
    """A query's text as the type that its schema asks for, where it can be."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if schema.get("type") == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    if schema.get("type") == "boolean" and text in {"true", "false"}:
        return text == "true"
    return text
