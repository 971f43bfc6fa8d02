"""Warnings before variables are copied: keys, never a value."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from deploy.env.cautions import Caution, cautions
from deploy.env.plan import USUAL, plan
from deploy.systems.coolify.dialect import Dialect
from deploy.systems.coolify.values import Owner, Variable

APP = Owner("uuid-app", "fiskai-app", ("app.fiskai.example", "shared.example"))
STAGING = Owner("uuid-staging", "fiskai-staging", ("staging.fiskai.example", "shared.example"))
NEW, OLD = Dialect((4, 3, 11), "4.3.11"), Dialect((4, 1, 0), "4.1.0")


def told(value: str, dialect: Dialect = NEW, key: str = "KEY", **flags: Any) -> list[str]:
    made = plan([Variable(key, SecretStr(value), **flags)], [], USUAL, dialect)
    found = cautions(made, APP, STAGING)
    assert all(caution.keys == (key,) for caution in found)
    return [caution.kind for caution in found]


@pytest.mark.parametrize(
    "value",
    [
        "https://app.fiskai.example",
        "postgres://user:p@ss@APP.fiskai.example:5432/db?x=1",
        "redis://uuid-app",
        "amqp://a,http://fiskai-app:80",
        "app.fiskai.example",
        "app.fiskai.example:5432",
        "x" * 100_000 + "://app.fiskai.example",
    ],
    ids=lambda value: value[:40],
)
def test_a_value_that_names_the_sources_own_host_is_named_first(value: str) -> None:
    assert told(value)[:1] == ["own host"]


@pytest.mark.parametrize(
    "value",
    [
        "https://staging.fiskai.example",
        "https://shared.example",
        "https://myapp.fiskai.example",
        "app",
        "x" * 200_000,
    ],
    ids=lambda value: value[:40],
)
def test_other_hosts_are_none_of_its_business(value: str) -> None:
    assert told(value) == []


@pytest.mark.parametrize("scope", ["team", "project", "environment", "server"])
def test_references_resolve_elsewhere(scope: str) -> None:
    assert told(f"a {{{{ {scope}.X }}}}") == ["reference"]


def test_dollars_and_quotes_depend_on_literal() -> None:
    assert told("pa$$word") == ["dollar"]
    assert told("pa$$word", literal=True) == []
    assert told("it's", literal=True) == told('say "so"', literal=True) == ["quotes"]
    assert told("it's") == []


def test_a_key_that_newer_versions_refuse_is_named_where_it_still_goes() -> None:
    assert told("x", OLD, key="feature-toggles") == ["key"]


def test_the_open_twin_of_a_secret_is_named_though_neither_is_copied() -> None:
    secret = Variable("KEY", None, shown_once=True)
    twin = Variable("KEY", SecretStr("x"), preview=True)
    made = plan([secret, twin], [], USUAL, NEW)
    assert [item.fate for item in made.items] == ["cannot", "cannot"]
    assert cautions(made, APP, STAGING) == (Caution("open preview", ("KEY",)),)
