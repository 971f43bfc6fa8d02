"""Reading and writing variables: requests, parsed answers, and no values in errors."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

import httpx
import pytest
from pydantic import SecretStr

from deploy.core import errors
from deploy.engine.failures import freeze
from deploy.systems.coolify.coolify import Coolify
from deploy.systems.coolify.dialect import Dialect
from deploy.systems.coolify.values import Owner, Variable
from deploy.systems.coolify.variables import without_values
from sandbox.world import APP_UUID
from tests.contracts import contract
from tests.deploy.systems.played_transport import PlayedTransport, say

if TYPE_CHECKING:
    from sandbox.world import World
    from tests.deploy.systems.conftest import Clients

NEW = Dialect((4, 3, 11), "4.3.11")
CANARY = "first-half-5e1f0c second-half-b7a9d2"
SECRET = Variable("KEY", SecretStr(CANARY))


def coolify(*answers: httpx.Response | Exception) -> tuple[Coolify, PlayedTransport]:
    transport = PlayedTransport(*answers)
    return Coolify(transport.http()), transport


async def test_a_value_is_told_empty_or_not_told() -> None:
    rows = [
        {"key": "A", "value": "x", "real_value": "'x'", "is_literal": True, "uuid": "1"},
        {"key": "B", "value": None, "is_buildtime": False},
        {"key": "C", "is_preview": True, "is_runtime": False},
        {"key": "D", "value": None, "is_shown_once": True, "comment": "why"},
        {"key": "E", "value": "y", "is_build_time": False},
    ]
    client, _ = coolify(say(json=rows))
    assert await client.variables("app") == (
        Variable("A", SecretStr("x"), literal=True, uuid="1"),
        Variable("B", SecretStr(""), buildtime=False),
        Variable("C", None, preview=True, runtime=False),
        Variable("D", None, shown_once=True, comment="why"),
        Variable("E", SecretStr("y"), buildtime=False),
    )


async def test_applications_are_known_by_the_hosts_that_they_are_reached_at() -> None:
    rows = [
        {"uuid": "1", "name": "a", "fqdn": "https://a.example,http://b.example:8080/x"},
        {"uuid": "2", "fqdn": None},
    ]
    client, _ = coolify(say(json=rows))
    assert await client.owners() == (Owner("1", "a", ("a.example", "b.example")), Owner("2", ""))


async def test_writes_are_sent_once_and_a_gone_variable_is_as_good_as_deleted() -> None:
    client, transport = coolify(say(502), say(502), say(502), say(404), say(502), say(200))
    with pytest.raises(errors.ServerFault):
        await client.write_all("app", [SECRET], NEW)
    with pytest.raises(errors.ServerFault):
        await client.create("app", SECRET, NEW)
    with pytest.raises(errors.ServerFault):
        await client.overwrite("app", SECRET, NEW)
    await client.remove("app", Variable("KEY", None, uuid="u1"))
    await client.remove("app", Variable("KEY", None, uuid="u2"))
    base = "https://coolify.example/api/v1/applications/app/envs"
    assert transport.lines == [
        f"PATCH {base}/bulk", f"POST {base}", f"PATCH {base}",
        f"DELETE {base}/u1", f"DELETE {base}/u2", f"DELETE {base}/u2",
    ]  # fmt: skip


FAULTS: dict[str, httpx.Response | Exception] = {
    "quoted": say(422, {"message": f"The value {CANARY} is too long."}),
    "a part": say(422, {"message": "Incorrect value near second-half-b7"}),
    "in the errors": say(422, {"message": "Validation failed.", "errors": {"value": [CANARY]}}),
    "a fault": say(500, {"message": f"SQLSTATE: {CANARY}"}),
    "a refusal": say(403, {"message": f"no right to set {CANARY}"}),
    "a page": httpx.Response(500, text=f"<p>{CANARY}", headers={"Content-Type": "text/html"}),
    "httpx": httpx.LocalProtocolError(f"bad body {CANARY}"),
    "no connection": httpx.ConnectError(f"{CANARY}"),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_no_failure_carries_a_value_nor_a_part_of_one(fault: str) -> None:
    client, _ = coolify(FAULTS[fault])
    with pytest.raises(errors.SystemFailure) as failed:
        await client.write_all("app", [SECRET], NEW)
    error = failed.value
    told = (
        f"{error} {error.facts} {error.failure} {freeze(error)} {''.join(traceback.format_exception(error))}"
    )
    assert "half" not in told
    assert error.__context__ is None


@pytest.mark.parametrize(
    "why",
    [
        "The value field must be a string",
        "Environment variable already exists. Use PATCH request to update it",
        "status 500",
    ],
)
def test_coolifys_usual_reasons_are_told_whatever_the_value_is(why: str) -> None:
    error = errors.Rejected(system="Coolify", why=why, status=422)
    assert without_values(error, ["The value field must be a string", "already", "1"]).facts == error.facts


def test_a_short_value_is_no_less_a_secret() -> None:
    error = errors.Rejected(system="Coolify", why="cannot set it to 42", status=422)
    assert "42" not in str(without_values(error, ["42"]))
    assert without_values(error, ["7"]).facts == error.facts


async def test_coolify_is_asked_for_variables_as_its_document_says(clients: Clients, world: World) -> None:
    client = clients.coolify()
    await client.owners()
    (row, *_) = await client.variables(APP_UUID)
    known = contract("coolify")
    await client.create(APP_UUID, Variable("FRESH", SecretStr("x")), await client.dialect())
    await client.overwrite(APP_UUID, Variable("FRESH", SecretStr("y")), await client.dialect())
    await client.write_all(APP_UUID, [Variable("FRESH", SecretStr("z"))], await client.dialect())
    await client.remove(APP_UUID, row)
    undocumented = {"is_runtime", "is_buildtime", "comment"}
    wrong = {
        asked.line: faults
        for asked in world.coolify.received
        if (faults := known.request(asked.method, asked.path, body=asked.json if asked.body else None))
    }
    told = {fault for faults in wrong.values() for fault in faults}
    assert all(any(name in fault for name in undocumented) for fault in told), told
