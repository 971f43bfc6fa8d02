"""`[[targets.NAME.checks]]` and `bake`: what fits, and what is refused when fisk.toml is read."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from bot.app.structure import checks_fit
from deploy.core.checks import Check, named
from deploy.core.model import Target

TARGET = TypeAdapter(Target)
LEAST = {"name": "app", "image": "ghcr.io/a/b", "app": "u", "health": "https://app.example/health"}
RUN = {"name": "schema", "run": ["prisma", "migrate", "status"]}
QUERY = {"name": "errors", "query": "up", "prometheus": "http://prometheus:9090", "above": 0}


def read(**table: Any) -> Target:
    found: Target = TARGET.validate_python({**LEAST, **table})
    return found


def why(**table: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        read(**table)
    return caught.value.errors()[0]["msg"].removeprefix("Value error, ")


def test_each_way_to_check_is_read_into_a_value() -> None:
    page = {"name": "page", "get": "https://app.example/", "contains": "Invoices", "within": 3}
    fields = {"name": "db", "get": "https://app.example/ready", "json": {"checks.db": True, "workers": 15}}
    assert read(checks=[RUN, page, fields, QUERY]).checks == (
        Check("schema", run=("prisma", "migrate", "status")),
        Check("page", get="https://app.example/", contains="Invoices", within=3.0),
        Check("db", get="https://app.example/ready", json=(("checks.db", True), ("workers", 15))),
        Check("errors", query="up", prometheus="http://prometheus:9090", above=0.0),
    )


@pytest.mark.parametrize(
    ("check", "told"),
    [
        ({"name": "a"}, "'a': name exactly one of `run`, `get` and `query`"),
        (RUN | {"get": "https://app.example/"}, "'schema': name exactly one of `run`, `get` and `query`"),
        (RUN | {"status": 204}, "'schema': `status`, `contains` and `json` belong to `get`"),
        (RUN | {"below": 1}, "'schema': `prometheus`, `below` and `above` belong to `query`"),
        (QUERY | {"above": None}, "'errors': `query` needs `prometheus`, and `below` or `above`"),
        (QUERY | {"prometheus": None}, "'errors': `query` needs `prometheus`, and `below` or `above`"),
        (QUERY | {"service": "ocr"}, "'errors': `service` belongs to `run`"),
        (RUN | {"within": 0}, "Input should be greater than 0"),
        (RUN | {"run": "prisma migrate status"}, "Input should be a valid tuple"),
        (RUN | {"get": "app.example"}, "String should match pattern '^https?://'"),
    ],
)
def test_a_check_that_asks_nothing_or_two_things_is_refused(check: dict[str, Any], told: str) -> None:
    assert why(checks=[check]) == told


def test_two_checks_of_one_name_could_not_be_told_apart() -> None:
    assert why(checks=[RUN, RUN]) == "two are called 'schema'"


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("10m", 600), ("2h", 7200), (45, 45)])
def test_a_bake_is_written_as_a_duration(text: str | int, seconds: float) -> None:
    assert read(checks=[RUN], bake=text).bake == seconds


@pytest.mark.parametrize("text", ["10", "ten minutes", "-5m", "1d"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    assert why(bake=text) == f"{text!r} is no duration, such as 90s, 10m or 1h"


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"checks": [RUN]}, "targets.app.checks: 'schema' needs targets.app.host"),
        (
            {"host": "vps01", "checks": [RUN | {"service": "ocr"}]},
            "targets.app.checks: `service` of 'schema' is for compose alone",
        ),
        (
            {"host": "vps01", "bake": "10m"},
            "targets.app.bake: there are no [[targets.app.checks]] to ask again",
        ),
    ],
)
def test_what_a_targets_checks_need_must_be_there(table: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=r"^targets\.app") as caught:
        checks_fit({"app": read(**table)})
    assert str(caught.value) == told


def test_checks_that_need_nothing_more_fit() -> None:
    checks_fit({"app": read(checks=[QUERY]), "staging": read(host="vps01", checks=[RUN], bake="10m")})


def test_checks_are_named_in_the_order_of_the_file() -> None:
    assert named(read(checks=[RUN, QUERY]).checks) == "schema, errors"
