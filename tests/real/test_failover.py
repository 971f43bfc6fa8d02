"""Real replicas and sentinels: what counts, what is refused, and who is asked after a failover."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from deploy.core import errors
from deploy.core.model import Resource
from deploy.engine.journal import Journal
from deploy.engine.locks import Locks
from deploy.kinds import KINDS
from deploy.redis.connect import State, connect
from tests.deploy.conftest import ANA, an_operation
from tests.keys import SEAL
from tests.real.replicated import Replicated, Server, replicated
from tests.waiting import until

pytestmark = [pytest.mark.debian("redis-server", "redis-sentinel"), pytest.mark.outage]

T = TypeVar("T")
PATIENCE = 60.0  # seconds until a failover is over, on a busy machine
APP = Resource("app", "app")


@pytest.fixture
async def servers(tmp_path: Path) -> AsyncIterator[Replicated]:
    async with replicated(tmp_path) as servers:
        yield servers


@pytest.fixture
async def state(servers: Replicated, tmp_path: Path) -> AsyncIterator[State]:
    async with memory(servers, tmp_path) as state:
        yield state


@asynccontextmanager
async def memory(servers: Replicated, folder: Path) -> AsyncIterator[State]:
    state = await connect(servers.url, folder, seal=SEAL)
    try:
        yield state
    finally:
        await state.aclose()


async def insist(act: Callable[[], Awaitable[T]]) -> T:
    """Ask until it is done: what comes of it is not known while the servers change."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return await act()
            except errors.StateUnavailable:
                await asyncio.sleep(0.1)


async def test_each_replica_that_could_take_over_must_have_a_write(state: State) -> None:
    view = await state.look()
    assert (view.wanted, view.online, view.alone) == (2, 2, False)
    assert await Journal(state, KINDS).start(an_operation("app:app"), runner="r1")


async def test_what_a_replica_does_not_confirm_is_not_known_until_it_counts_no_more(
    servers: Replicated, state: State
) -> None:
    stopped, _ = await servers.replicas()
    await state.look()
    stopped.send(signal.SIGSTOP)
    with pytest.raises(errors.Unconfirmed) as caught:
        await Locks(state).hold(APP, ANA, "why")
    assert (caught.value.found, caught.value.wanted) == (1, 2)
    # once the sentinels know that it is down, it is none that could take over
    hold = await insist(lambda: Locks(state).hold(APP, ANA, "why"))
    assert await Locks(state).holds() == (hold,)
    assert (await state.look()).wanted == 1


async def test_a_start_that_does_not_count_is_said_to_be_uncertain(servers: Replicated, state: State) -> None:
    stopped, _ = await servers.replicas()
    await state.look()
    stopped.send(signal.SIGSTOP)
    with pytest.raises(errors.MaybeBegun):
        await Journal(state, KINDS).start(an_operation("app:app"), runner="r1")
    assert await Locks(state).locked() == {}


async def test_without_most_of_the_sentinels_nothing_begins(servers: Replicated, state: State) -> None:
    for sentinel in servers.sentinels[:2]:
        await sentinel.end()
    with pytest.raises(errors.StateUnavailable, match="only 1 of 3"):
        await Locks(state).hold(APP, ANA, "why")


async def test_the_first_sentinel_may_be_down(servers: Replicated, tmp_path: Path) -> None:
    await servers.sentinels[0].end()
    async with memory(servers, tmp_path) as state:
        assert await Locks(state).hold(APP, ANA, "why")


async def test_one_sentinel_in_the_url_is_enough_to_know_the_others(
    servers: Replicated, tmp_path: Path
) -> None:
    url = f"redis+sentinel://127.0.0.1:{servers.sentinels[2].port}/fisk-memory"
    state = await connect(url, tmp_path, seal=SEAL)
    await servers.sentinels[0].end()
    assert await Locks(state).hold(APP, ANA, "why")
    await state.aclose()


async def test_a_master_that_comes_back_is_not_written_to(servers: Replicated, state: State) -> None:
    before = await servers.master()
    await state.look()
    before.send(signal.SIGSTOP)
    await servers.until_not(before)
    before.send(signal.SIGCONT)
    hold = await insist(lambda: Locks(state).hold(APP, ANA, "why"))
    assert await held_at(await servers.master()) == [str(APP)]
    assert await Locks(state).holds() == (hold,)


async def test_no_start_that_counted_is_lost_in_a_planned_failover(servers: Replicated, state: State) -> None:
    started: list[str] = []

    async def start() -> None:
        operation = an_operation(f"app:a{len(started)}-{id(object())}")
        await Journal(state, KINDS).start(operation, runner="r1")
        started.append(operation.id)

    async def go_on() -> None:
        while True:
            await insist(start)

    starting = asyncio.create_task(go_on())
    before = await servers.master()
    await until(lambda: len(started) > 20)
    await servers.fail_over()
    counted = len(started)
    await until(lambda: len(started) > counted + 20, within=PATIENCE)
    starting.cancel()
    await until(lambda: follows(before), within=PATIENCE)
    known = await (await servers.master()).ask("ZRANGE", state.key("leases"), 0, -1)
    assert [each for each in started if each not in known] == []


async def held_at(server: Server) -> list[str]:
    return list(await server.ask("HKEYS", "{fisk}:holds"))


async def follows(server: Server) -> bool:
    """Whether it is a replica by now, which has lost what only it had."""
    return bool((await server.ask("ROLE"))[0] == "slave")
