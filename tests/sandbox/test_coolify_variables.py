"""The stand-in's environment variables behave as Coolify's, by pitfall and version."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.waiting import until

if TYPE_CHECKING:
    import httpx

    from sandbox.coolify.variables import Variables
    from tests.sandbox.coolify import Asker

OLDEST, NO_FLAGS, FLAGS, LENIENT, NEWEST = (
    "4.0.0-beta.426",
    "4.0.0-beta.430",
    "4.0.0-beta.435",
    "4.1.0",
    "4.3.11",
)
ALL = {
    "is_literal": False,
    "is_multiline": False,
    "is_shown_once": False,
    "is_runtime": True,
    "is_buildtime": True,
}


@pytest.fixture
async def envs(coolify: Asker) -> Envs:
    coolify.app.variables.rows.clear()
    return Envs(coolify)


class Envs:
    """The application's variables, and short ways to ask for them."""

    def __init__(self, coolify: Asker) -> None:
        self.coolify = coolify
        self.path = f"/applications/{coolify.app.uuid}/envs"

    @property
    def variables(self) -> Variables:
        return self.coolify.app.variables

    def version(self, version: str) -> None:
        self.coolify.world.coolify.version = version

    async def listed(self, *abilities: str) -> list[dict[str, Any]]:
        asker = self.coolify.may(*abilities) if abilities else self.coolify
        answer = await asker("GET", self.path)
        rows: list[dict[str, Any]] = answer.json()
        return rows

    async def post(self, **body: Any) -> httpx.Response:
        return await self.coolify("POST", self.path, json=body)

    async def patch(self, **body: Any) -> httpx.Response:
        return await self.coolify("PATCH", self.path, json=body)

    async def bulk(self, *items: dict[str, Any]) -> httpx.Response:
        return await self.coolify("PATCH", f"{self.path}/bulk", json={"data": list(items)})

    @property
    def names(self) -> list[tuple[str, bool, str | None]]:
        return [(row.key, row.is_preview, row.value) for row in self.variables.rows]


async def test_without_read_sensitive_values_are_absent(envs: Envs) -> None:
    envs.variables.add("A", "x")
    (row, _) = await envs.listed("read")
    assert {"value", "real_value"} & row.keys() == set()
    assert (await envs.listed())[0]["value"] == "x"


async def test_what_is_shown_once_never_comes_back_but_its_twin_does(envs: Envs) -> None:
    assert (await envs.post(key="A", value="x", **{**ALL, "is_shown_once": True})).status_code == 201
    told = [(row["is_preview"], row["is_shown_once"], row["value"]) for row in await envs.listed()]
    assert told == [(False, True, None), (True, False, "x")]
    envs.version(LENIENT)
    assert [row["value"] for row in await envs.listed()] == ["x", "x"]


async def test_a_production_variable_brings_a_twin_unless_there_is_a_preview(envs: Envs) -> None:
    await envs.post(key="A", value="preview", is_preview=True)
    await envs.post(key="A", value="x")
    await envs.post(key="B", value="y")
    assert envs.names == [("A", True, "preview"), ("A", False, "x"), ("B", False, "y"), ("B", True, "y")]


async def test_a_missing_literal_becomes_false_and_a_missing_stubborn_flag_a_fault(envs: Envs) -> None:
    envs.variables.add("A", "x", is_literal=True)
    assert (await envs.patch(key="A", value="y")).status_code == 201
    assert envs.variables.rows[0].is_literal is False
    envs.variables.add("M", "x", is_multiline=True, is_runtime=False)
    assert (await envs.patch(key="M", value="y")).status_code == 500
    assert (await envs.patch(key="M", value="y", is_multiline=True, is_shown_once=False)).status_code == 201
    row = envs.variables.find("M", preview=False)
    assert row is not None
    assert (row.value, row.is_multiline, row.is_runtime) == ("y", True, False)


@pytest.mark.parametrize(
    ("version", "refused"),
    [
        (OLDEST, {"is_multiline", "is_shown_once", "is_runtime", "is_buildtime", "comment"}),
        (
            NO_FLAGS,
            {"is_multiline", "is_shown_once", "is_runtime", "is_buildtime", "comment", "is_build_time"},
        ),
        (FLAGS, {"comment", "is_build_time"}),
        (NEWEST, {"is_build_time"}),
    ],
)
async def test_single_requests_refuse_fields_that_bulk_drops(
    envs: Envs, version: str, refused: set[str]
) -> None:
    envs.version(version)
    body = {"key": "A", "value": "x", "comment": "why", "is_build_time": False, **ALL}
    answer = await envs.post(**body)
    assert (answer.status_code, set(answer.json()["errors"])) == (422, refused)
    assert envs.names == []
    assert (await envs.bulk(body)).status_code == 201
    assert envs.names == [("A", False, "x"), ("A", True, "x")]


async def test_bulk_is_no_transaction_and_makes_a_key_twice(envs: Envs) -> None:
    answer = await envs.bulk({"key": "A", "value": "x"}, {"key": "B", "value": 1}, {"key": "C", "value": "z"})
    assert (answer.status_code, answer.json()["errors"]) == (
        422,
        {"value": ["The value field must be a string."]},
    )
    assert envs.names == [("A", False, "x"), ("A", True, "x")]
    await envs.bulk({"key": "D", "value": "1"}, {"key": "D", "value": "2"})
    assert envs.names[2:] == [("D", False, "1"), ("D", True, "1"), ("D", False, "2")]


async def test_bulk_goes_on_when_nobody_waits_and_makes_twice_what_came_meanwhile(envs: Envs) -> None:
    go_on = asyncio.Event()
    envs.coolify.world.coolify.held.append(go_on)
    given_up = asyncio.create_task(envs.bulk({"key": "A", "value": "x", "is_preview": True}))
    await until(lambda: not envs.coolify.world.coolify.held)
    await envs.post(key="A", value="x", is_preview=True)
    given_up.cancel()
    await asyncio.wait([given_up])
    go_on.set()
    await until(lambda: len(envs.names) > 1)
    assert envs.names == [("A", True, "x"), ("A", True, "x")]


async def test_values_are_trimmed_and_nothing_is_null(envs: Envs) -> None:
    await envs.post(key="A", value=" \t x y\n")
    await envs.post(key="B", value=" ")
    await envs.post(key="C")
    await envs.post(key="D", value="\ufeff\xa0x\u200by\u200b\u2028")
    assert [value for _, preview, value in envs.names if not preview] == ["x y", None, None, "x\u200by"]


@pytest.mark.parametrize(
    ("version", "key", "kept"),
    [
        (NEWEST, "with-dash", None),
        (NEWEST, "K" * 256, None),
        (NEWEST, "a.b_1", "a.b_1"),
        (LENIENT, "with-dash and space", "with-dash and space"),
        (LENIENT, "a=b", None),
        (FLAGS, "with space", "with_space"),
    ],
)
async def test_keys_by_version(envs: Envs, version: str, key: str, kept: str | None) -> None:
    envs.version(version)
    answer = await envs.post(key=key, value="x")
    assert answer.status_code == (201 if kept else 422)
    assert [name for name, preview, _ in envs.names if not preview] == ([kept] if kept else [])


async def test_an_existing_key_is_a_409_and_a_missing_one_a_404(envs: Envs) -> None:
    await envs.post(key="A", value="x")
    assert (await envs.post(key="A", value="y")).status_code == 409
    assert (await envs.post(key="A", value="y", is_preview=True)).status_code == 409
    assert (await envs.patch(key="B", value="y")).status_code == 404
    uuid = envs.variables.rows[0].uuid
    assert (await envs.coolify("DELETE", f"{envs.path}/{uuid}")).status_code == 200
    assert (await envs.coolify("DELETE", f"{envs.path}/{uuid}")).status_code == 404
    assert envs.names == [("A", True, "x")]


async def test_real_values_are_quoted_and_resolved(envs: Envs) -> None:
    envs.variables.add("A", "{{team.X}} costs $1", preview_too=False)
    envs.variables.add("B", "a b", preview_too=False, is_literal=True)
    assert [row["real_value"] for row in await envs.listed()] == [
        f"resolved in {envs.coolify.app.name} costs \\$1",
        "'a b'",
    ]
    assert [row["is_shared"] for row in await envs.listed()] == [True, False]


async def test_the_limit_counts_these_requests_too(envs: Envs) -> None:
    envs.coolify.world.coolify.access.per_minute = len(envs.coolify.world.coolify.received) + 1
    assert (await envs.post(key="A", value="x")).status_code == 201
    answer = await envs.post(key="B", value="x")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
