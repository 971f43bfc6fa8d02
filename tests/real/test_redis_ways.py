"""Users, sockets and clusters of a real Redis: what is wrong is said by a sentence of its own."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from redis.asyncio import Redis

from deploy.core import errors
from deploy.core.outcomes import Completed
from deploy.engine.journal import Journal
from deploy.kinds import KINDS
from deploy.redis.connect import connect
from deploy.redis.scripts import FOLDER
from sandbox.ports import free_port
from tests.deploy.conftest import an_operation
from tests.keys import SEAL
from tests.real.servers import HOME, server
from tests.waiting import until

pytestmark = pytest.mark.debian("redis-server")
NOBODY = 65534
RIGHTS = "~{fisk}:* +@all -@dangerous +info +role +config|get"


@pytest.fixture
async def users(tmp_path: Path) -> AsyncIterator[int]:
    """A server with ACL users: one as the runbook has it, and some with too little."""
    async with server(
        tmp_path,
        "user default off",
        f"user fisk on >p4ss {RIGHTS}",
        "user reader on >p4ss ~{fisk}:* +@read +@scripting +info +wait +ping",
        "user elsewhere on >p4ss ~other:* +@all",
        "user blind on >p4ss ~{fisk}:* +@all -@dangerous",
        "user away off >p4ss ~{fisk}:* +@all",
    ) as port:
        yield port


async def used(url: str, folder: Path) -> None:
    """Begin an operation there, and finish it."""
    state = await connect(url, folder, seal=SEAL)
    try:
        operation = an_operation("app:app")
        lease = await Journal(state, KINDS).start(operation, runner="r1")
        assert lease
        await Journal(state, KINDS).finish(lease, operation, Completed())
    finally:
        await state.aclose()


async def refusal(url: str, folder: Path) -> tuple[type[Exception], dict[str, object]]:
    with pytest.raises(errors.StateUnavailable) as caught:
        await connect(url, folder, seal=SEAL)
    return type(caught.value), caught.value.facts


async def test_a_user_with_the_rights_of_the_runbook_can_do_all_that_fisk_does(
    users: int, tmp_path: Path
) -> None:
    await used(f"redis://fisk:p4ss@{HOME}:{users}", tmp_path)


def test_the_rights_of_the_runbook_are_those_that_are_tried_here() -> None:
    assert RIGHTS in Path("docs/operations.md").read_text()


@pytest.mark.parametrize(
    ("login", "kind"),
    [
        ("fisk:wr0ng", errors.MemoryWrongPassword),
        ("nobody:p4ss", errors.MemoryWrongPassword),
        ("away:p4ss", errors.MemoryWrongPassword),
        ("", errors.MemoryWantsPassword),
    ],
)
async def test_a_login_that_does_not_fit_is_said_without_it(
    users: int, tmp_path: Path, login: str, kind: type[Exception]
) -> None:
    place = f"{HOME}:{users}"
    assert await refusal(f"redis://{login}@{place}", tmp_path) == (kind, {"where": place})


async def test_a_password_that_the_server_does_not_have_is_said(tmp_path: Path) -> None:
    async with server(tmp_path) as port:
        told = await refusal(f"redis://:p4ss@{HOME}:{port}", tmp_path)
    assert told == (errors.MemoryWithoutPassword, {"where": f"{HOME}:{port}"})


WRITING = (
    "SET, INCR, PEXPIRE, EXPIRE, TIME, HSET, HSETNX, HINCRBY, HDEL, LPUSH, LTRIM, ZADD, ZREM, "
    "ZREMRANGEBYSCORE, XADD, XTRIM, XDEL, XGROUP, XREADGROUP, XACK, XAUTOCLAIM, XCLAIM, SADD, SREM, DEL"
)


@pytest.mark.parametrize(
    ("user", "what"), [("reader", WRITING), ("elsewhere", "its keys"), ("blind", "INFO")]
)
async def test_what_a_user_may_not_is_named_at_the_start(
    users: int, tmp_path: Path, user: str, what: str
) -> None:
    place = f"{HOME}:{users}"
    told = await refusal(f"redis://{user}:p4ss@{place}", tmp_path)
    assert told == (errors.MemoryForbids, {"where": place, "what": what})


def test_every_command_of_fisks_is_among_those_that_are_tried() -> None:
    lua = "".join(path.read_text() for path in FOLDER.glob("*.lua") if path.name != "forbidden.lua")
    python = "".join(path.read_text() for part in ("bot", "deploy") for path in Path(part).rglob("*.py"))
    asked = re.findall(r'state\w*\.(?:ask|wait)\(\s*"([A-Z]+)"', python)
    tried = set(re.findall(r"\{'([A-Z]+)'", (FOLDER / "forbidden.lua").read_text()))
    outside_of_scripts = {"WAIT", "INFO", "CLUSTER", "CONFIG"}
    assert set(re.findall(r"redis\.call\('(\w+)'", lua)) | set(asked) <= tried | outside_of_scripts


# --- sockets


@contextmanager
def somebody_else() -> Iterator[None]:
    """Whoever is root would be let in everywhere."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


async def test_a_socket_that_is_not_there_is_said(tmp_path: Path) -> None:
    socket = tmp_path / "none.sock"
    assert await refusal(f"unix://{socket}", tmp_path) == (errors.MemoryNoSocket, {"where": str(socket)})


async def test_a_socket_that_fisk_may_not_use_is_said(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    async with server(tmp_path, f"unixsocket {closed}/redis.sock", "unixsocketperm 770"):
        await used(f"unix://{closed}/redis.sock", tmp_path)
        closed.chmod(0)
        try:
            with somebody_else():
                told = await refusal(f"unix://{closed}/redis.sock", tmp_path)
        finally:
            closed.chmod(0o700)
    assert told == (errors.MemorySocketForbidden, {"where": f"{closed}/redis.sock"})


async def test_a_socket_that_nobody_listens_on_any_more_is_told_from_one_that_is_missing(
    tmp_path: Path,
) -> None:
    (tmp_path / "left.sock").write_text("")
    told = await refusal(f"unix://{tmp_path}/left.sock", tmp_path)
    assert told == (errors.StateUnavailable, {"where": f"{tmp_path}/left.sock: nobody listens there"})


# --- clusters


class Node(NamedTuple):
    port: int
    bus: int


@asynccontextmanager
async def node(folder: Path) -> AsyncIterator[Node]:
    """One of a cluster. The port of its bus would else be one that an outgoing connection may have."""
    bus = free_port()
    async with server(folder, "cluster-enabled yes", f"cluster-port {bus}") as port:
        yield Node(port, bus)


async def slots(port: int, first: int, last: int) -> None:
    async with Redis(host=HOME, port=port) as redis:
        await redis.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)  # type: ignore[no-untyped-call]


async def told_by(port: int) -> str:
    async with Redis(host=HOME, port=port) as redis:
        return str(await redis.execute_command("CLUSTER", "INFO"))  # type: ignore[no-untyped-call]


async def test_a_cluster_of_one_node_has_all_keys_in_one_slot_and_works(tmp_path: Path) -> None:
    async with node(tmp_path) as (port, _):
        await slots(port, 0, 16383)

        async def whole() -> bool:
            return "cluster_state:ok" in await told_by(port)

        await until(whole)
        await used(f"redis://{HOME}:{port}", tmp_path)


async def test_a_cluster_of_several_nodes_is_refused_whether_it_has_the_slot_or_not(tmp_path: Path) -> None:
    async with (
        node(tmp_path) as (one, _),
        node(tmp_path) as (other, bus),
    ):
        await slots(one, 0, 8191)
        await slots(other, 8192, 16383)

        async def whole() -> bool:
            async with Redis(host=HOME, port=one) as redis:  # a meeting may be missed
                await redis.execute_command("CLUSTER", "MEET", HOME, other, bus)  # type: ignore[no-untyped-call]
            told = [await told_by(port) for port in (one, other)]
            return all("cluster_known_nodes:2" in each for each in told)

        await until(whole)
        for port in (one, other):
            told = await refusal(f"redis://{HOME}:{port}", tmp_path)
            assert told == (errors.MemoryIsCluster, {"where": f"{HOME}:{port}"})
