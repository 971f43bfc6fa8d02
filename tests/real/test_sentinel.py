"""Redis by way of Sentinel, with Debian's servers."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from deploy.core import errors
from deploy.core.outcomes import Completed
from deploy.engine.journal import Journal
from deploy.kinds import KINDS
from deploy.redis.connect import State, connect
from sandbox.ports import free_port
from tests.deploy.conftest import an_operation
from tests.keys import SEAL
from tests.real.sentinel import SERVICE, Guarded, guarded
from tests.real.servers import HOME
from tests.waiting import until

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
            state.wait(1.0, "BLPOP", state.key("none"), 0.01),
        )
    assert answers == [0, [], [], [{}], None]
    assert dialled == {(HOME, servers.sentinel), (HOME, servers.master)}


async def refusal(url: str, folder: Path) -> tuple[type[Exception], dict[str, object]]:
    with pytest.raises(errors.StateUnavailable) as caught:
        await connect(url, folder, seal=SEAL)
    return type(caught.value), caught.value.facts


async def test_a_name_that_no_sentinel_knows_is_said_though_another_one_is_down(tmp_path: Path) -> None:
    async with guarded(tmp_path, sentinels=2) as servers:
        where = {"where": f"other at {servers.places}"}
        assert await refusal(servers.url("other"), tmp_path) == (errors.ServiceUnknown, where)
        servers.watching[0].kill()
        await servers.watching[0].wait()
        assert await refusal(servers.url("other"), tmp_path) == (errors.ServiceUnknown, where)


@pytest.mark.outage
@pytest.mark.parametrize("fault", [signal.SIGKILL, signal.SIGSTOP])
async def test_the_first_sentinel_may_be_down_or_hang(tmp_path: Path, fault: signal.Signals) -> None:
    async with guarded(tmp_path, sentinels=3) as servers:
        servers.watching[0].send_signal(fault)
        async with memory(servers, tmp_path) as state:
            assert await state.run("due", [state.key("leases")], 1) == []
            await asyncio.gather(*(state.ask("GET", state.key("x")) for _ in range(50)))


async def test_too_few_sentinels_are_no_majority(tmp_path: Path) -> None:
    async with guarded(tmp_path, sentinels=2) as servers:
        await until(partial(acquainted, servers))
        servers.watching[0].kill()
        await servers.watching[0].wait()
        where = {"where": f"{SERVICE} at {servers.places}: only 1 of 2"}
        assert await refusal(servers.url(), tmp_path) == (errors.SentinelsDisagree, where)


async def acquainted(servers: Guarded) -> bool:
    """Whether each sentinel knows of the others."""
    for port in servers.sentinels:
        with Redis(HOME, port) as sentinel:
            (state,) = sentinel.sentinel_masters().values()
            if state["num-other-sentinels"] != len(servers.sentinels) - 1:
                return False
    return True


@pytest.mark.parametrize(
    "query", ["", "?sentinel_password=wr0ng", "?sentinel_username=ana&sentinel_password=p4ss"]
)
async def test_a_sentinel_may_want_a_password_of_its_own(tmp_path: Path, query: str) -> None:
    async with guarded(tmp_path, "requirepass p4ss") as servers:
        state = await connect(f"{servers.url()}?sentinel_password=p4ss", tmp_path)
        assert await state.ask("DBSIZE") == 0
        await state.aclose()
        told = await refusal(servers.url() + query, tmp_path)
    assert told == (errors.SentinelsRefuse, {"where": f"{SERVICE} at {servers.places}"})


async def test_the_masters_password_is_told_from_the_sentinels(tmp_path: Path) -> None:
    lines = ("requirepass p4ss", "masterauth p4ss")
    async with guarded(tmp_path, "sentinel auth-pass {service} p4ss", server=lines) as servers:
        place = f"{SERVICE} at {servers.places}"
        for login, kind in {"": errors.MemoryWantsPassword, ":wr0ng@": errors.MemoryWrongPassword}.items():
            url = servers.url().replace("://", f"://{login}")
            assert await refusal(url, tmp_path) == (kind, {"where": place})
        state = await connect(servers.url().replace("://", "://:p4ss@"), tmp_path, seal=SEAL)
        await state.aclose()


async def test_nobody_at_the_sentinels_addresses_is_said(tmp_path: Path) -> None:
    places = f"{HOME}:{free_port()},{HOME}:{free_port()}"
    told = await refusal(f"redis+sentinel://{places}/{SERVICE}", tmp_path)
    assert told == (errors.SentinelsSilent, {"where": f"{SERVICE} at {places}"})
