"""Redis by way of Sentinel, with Debian's servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from deploy.core import errors
from deploy.core.outcomes import Completed
from deploy.engine.journal import Journal
from deploy.kinds import KINDS
from deploy.redis.connect import State, connect
from tests.deploy.conftest import an_operation
from tests.keys import SEAL
from tests.real.sentinel import HOME, SERVICE, Guarded, guarded

pytestmark = pytest.mark.debian("redis-server", "redis-sentinel")


@pytest.fixture
async def servers(tmp_path: Path) -> AsyncIterator[Guarded]:
    async with guarded(tmp_path) as servers:
        yield servers


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, int]]:
    """Every address that this process opens a connection to."""
    dialled: set[tuple[str, int]] = set()
    opening = asyncio.open_connection

    async def noting(*, host: str, port: int, **options: Any) -> Any:
        dialled.add((host, port))
        return await opening(host=host, port=port, **options)

    monkeypatch.setattr(asyncio, "open_connection", noting)
    return dialled


@asynccontextmanager
async def memory(servers: Guarded, folder: Path) -> AsyncIterator[State]:
    state = await connect(servers.url(), folder, seal=SEAL)
    try:
        yield state
    finally:
        await state.aclose()


def keys_of(servers: Guarded) -> set[str]:
    with Redis(HOME, servers.master, decode_responses=True) as master:
        return set(master.keys())


async def test_an_operation_is_written_to_the_master_that_the_sentinel_names(
    servers: Guarded, tmp_path: Path
) -> None:
    operation = an_operation("app:app")
    async with memory(servers, tmp_path) as state:
        lease = await Journal(state, KINDS).start(operation, runner="r1")
        assert lease
        assert {state.key("locks"), state.key("leases"), state.key(f"op:{operation.id}")} <= keys_of(servers)
        await Journal(state, KINDS).finish(lease, operation, Completed())
        assert {state.key("locks"), state.key("leases")}.isdisjoint(keys_of(servers))


async def test_no_way_of_asking_reaches_for_another_server(
    servers: Guarded, tmp_path: Path, dialled: set[tuple[str, int]]
) -> None:
    async with memory(servers, tmp_path) as state:
        key = state.key("leases")
        answers: list[object] = await asyncio.gather(
            state.ask("ZCARD", key),
            state.run("due", [key], 1),
            state.run_confirmed("due", [key], 1),
            state.hashes([state.key("op:none")]),
            state.wait("BLPOP", state.key("none"), 0.01),
        )
    assert answers == [0, [], [], [{}], None]
    assert dialled == {(HOME, servers.sentinel), (HOME, servers.master)}


async def test_a_name_that_the_sentinel_does_not_know_is_said(servers: Guarded, tmp_path: Path) -> None:
    with pytest.raises(errors.StateUnavailable) as caught:
        await connect(servers.url("other"), tmp_path)
    where = f"other at {HOME}:{servers.sentinel}: its sentinels know no working master of that name"
    assert caught.value.facts == {"where": where}


async def test_a_sentinel_may_want_a_password_of_its_own(tmp_path: Path) -> None:
    async with guarded(tmp_path, "requirepass p4ss") as servers:
        state = await connect(f"{servers.url()}?sentinel_password=p4ss", tmp_path)
        assert await state.ask("DBSIZE") == 0
        await state.aclose()
        with pytest.raises(errors.StateUnavailable) as caught:
            await connect(f"{servers.url()}?sentinel_password=wr0ng", tmp_path)
    where = f"{SERVICE} at {HOME}:{servers.sentinel}: no answer from a sentinel that knows its master"
    assert caught.value.facts == {"where": where}
