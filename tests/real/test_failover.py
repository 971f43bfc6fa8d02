"""Real replicas and sentinels: what counts, what is refused, and who is asked after a failover or in a partition."""

from __future__ import annotations

import asyncio
import itertools
import signal
import sys
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
from tests.chaos.servers import SERVICE, Server, Servers
from tests.deploy.conftest import ANA, an_operation
from tests.keys import SEAL
from tests.waiting import until

pytestmark = [pytest.mark.debian("redis-server", "redis-sentinel"), pytest.mark.outage]

T = TypeVar("T")
PATIENCE = 60.0  # seconds until a failover is over, on a busy machine
SOON, AFTER_THE_TEST = 700, 600_000  # milliseconds
ANSWERS = 20.0  # seconds for an answer of the other process
APP = Resource("app", "app")
UNCERTAIN = {
    "state_unavailable",
    "sentinels_disagree",
    "unconfirmed",
    "maybe_begun",
    "replicas_missing",
    "memory_alone",
}
clients: dict[str, int] = {}  # the processes that a proxy can tell apart, by name


@pytest.fixture
async def servers(tmp_path: Path) -> AsyncIterator[Servers]:
    servers = Servers("sentinel", tmp_path, lambda: clients)
    try:
        await servers.start()
        yield servers
    finally:
        await servers.stop()


@pytest.fixture
async def state(servers: Servers, tmp_path: Path) -> AsyncIterator[State]:
    async with memory(servers.url, tmp_path) as state:
        yield state


@asynccontextmanager
async def memory(url: str, folder: Path) -> AsyncIterator[State]:
    state = await connect(url, folder, seal=SEAL)
    try:
        yield state
    finally:
        await state.aclose()


class Elsewhere:
    """Another process with the same memory, as of a bot on another machine."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def __call__(self, line: str) -> str:
        assert self._process.stdin
        self._process.stdin.write(f"{line}\n".encode())
        return await self.told()

    async def told(self) -> str:
        assert self._process.stdout
        async with asyncio.timeout(ANSWERS):
            return (await self._process.stdout.readline()).decode().strip()


@pytest.fixture
async def elsewhere(servers: Servers, tmp_path: Path) -> AsyncIterator[Elsewhere]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.real.elsewhere", servers.url, str(tmp_path / "elsewhere")),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    clients["elsewhere"] = process.pid
    try:
        other = Elsewhere(process)
        assert await other.told() == "ready"
        yield other
    finally:
        clients.clear()
        process.kill()
        await process.wait()


async def insist(act: Callable[[], Awaitable[T]]) -> T:
    """Ask until it is done: what comes of it is not known while the servers change."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return await act()
            except errors.StateUnavailable:
                await asyncio.sleep(0.1)


def noticed_after(servers: Servers, milliseconds: int) -> None:
    """How long a server must be silent until the sentinels take it for down."""
    for sentinel in servers.sentinels:
        with sentinel.client() as client:
            client.execute_command("SENTINEL SET", SERVICE, "down-after-milliseconds", milliseconds)


def replicas(servers: Servers) -> list[Server]:
    master = servers.master()
    return [server for server in servers.redis if server is not master]


async def test_each_replica_that_could_take_over_must_have_a_write(state: State) -> None:
    view = await state.look()
    assert (view.wanted, view.online, view.alone) == (2, 2, False)
    assert await Journal(state, KINDS).start(an_operation("app:app"), runner="r1")


async def test_what_a_replica_does_not_confirm_is_not_known_until_it_counts_no_more(
    servers: Servers, state: State
) -> None:
    noticed_after(servers, AFTER_THE_TEST)
    replicas(servers)[0].signal(signal.SIGSTOP)
    with pytest.raises(errors.Unconfirmed) as caught:
        await Locks(state).hold(APP, ANA, "why")
    assert (caught.value.found, caught.value.wanted) == (1, 2)
    noticed_after(servers, SOON)
    # once the sentinels know that it is down, it is none that could take over
    hold = await insist(lambda: Locks(state).hold(APP, ANA, "why"))
    assert await Locks(state).holds() == (hold,)
    assert (await state.look()).wanted == 1


async def test_a_start_that_does_not_count_is_said_to_be_uncertain(servers: Servers, state: State) -> None:
    noticed_after(servers, AFTER_THE_TEST)
    replicas(servers)[0].signal(signal.SIGSTOP)
    with pytest.raises(errors.MaybeBegun):
        await Journal(state, KINDS).start(an_operation("app:app"), runner="r1")
    assert await Locks(state).locked() == {}


async def test_without_most_of_the_sentinels_nothing_begins(servers: Servers, state: State) -> None:
    for sentinel in servers.sentinels[:2]:
        await sentinel.kill()
    with pytest.raises(errors.StateUnavailable, match="only 1 of 3"):
        await Locks(state).hold(APP, ANA, "why")


async def test_the_first_sentinel_may_be_down(servers: Servers, tmp_path: Path) -> None:
    await servers.sentinels[0].kill()
    async with memory(servers.url, tmp_path) as state:
        assert await Locks(state).hold(APP, ANA, "why")


async def test_one_sentinel_in_the_url_is_enough_to_know_the_others(servers: Servers, tmp_path: Path) -> None:
    url = f"redis+sentinel://127.0.0.1:{servers.sentinels[2].front}/fisk"
    async with memory(url, tmp_path) as state:
        await servers.sentinels[0].kill()
        assert await Locks(state).hold(APP, ANA, "why")


async def test_a_master_that_comes_back_is_not_written_to(servers: Servers, state: State) -> None:
    before = servers.master()
    await state.look()
    before.signal(signal.SIGSTOP)
    await until(lambda: servers.master() is not before, within=PATIENCE)
    before.signal(signal.SIGCONT)
    hold = await insist(lambda: Locks(state).hold(APP, ANA, "why"))
    with servers.master().client() as master:
        assert master.hkeys(state.key("holds")) == [str(APP)]
    assert await Locks(state).holds() == (hold,)


async def test_no_start_that_counted_is_lost_in_a_planned_failover(servers: Servers, state: State) -> None:
    started: list[str] = []
    numbers = itertools.count()

    async def start() -> None:
        operation = an_operation(f"app:a{next(numbers)}")
        await Journal(state, KINDS).start(operation, runner="r1")
        started.append(operation.id)

    async def go_on() -> None:
        while True:
            await insist(start)

    starting = asyncio.create_task(go_on())
    before = servers.master()
    await until(lambda: len(started) > 20)
    await until(lambda: _failed_over(servers, before), within=PATIENCE)
    counted = len(started)
    await until(lambda: len(started) > counted + 20, within=PATIENCE)
    starting.cancel()
    await until(lambda: _follows(before), within=PATIENCE)  # it has lost what only it had
    with servers.master().client() as master:
        known = master.zrange(state.key("leases"), 0, -1)
    assert [each for each in started if each not in known] == []


async def test_of_two_sides_only_the_one_that_has_the_majority_acts(
    servers: Servers, state: State, elsewhere: Elsewhere
) -> None:
    master = servers.master()
    assert await elsewhere("look") == "done"
    apart(servers, {"elsewhere", master.name, servers.sentinels[0].name})
    assert await elsewhere("start") in UNCERTAIN
    assert await elsewhere("hold") in UNCERTAIN
    hold = await insist(lambda: Locks(state).hold(APP, ANA, "an incident"))
    assert await elsewhere("lift") in UNCERTAIN
    assert await elsewhere("start") in UNCERTAIN
    assert await Locks(state).holds() == (hold,)
    await servers.heal()

    async def refused() -> bool:
        return await elsewhere("start") == "held"

    await until(refused, within=PATIENCE)
    assert await Locks(state).holds() == (hold,)


def apart(servers: Servers, side: set[str]) -> None:
    """Cut all lines between this side and the rest; this process is on the other side."""
    rest = {"", *(server.name for server in servers.everything), "elsewhere"} - side
    for server in servers.everything:
        servers.proxies[server.name].cut |= rest if server.name in side else side


def _failed_over(servers: Servers, before: Server) -> bool:
    """Asked for again, since none begins as long as one is just over."""
    if servers.master() is before:
        servers.fail_over()
    return servers.master() is not before


def _follows(server: Server) -> bool:
    with server.client() as client:
        return bool(client.role()[0] == "slave")
