"""The epoch: a memory that was emptied, or is another one, is told from that of a first start."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from deploy.core import errors
from deploy.engine.journal import Journal
from deploy.kinds import KINDS
from deploy.redis.connect import State, connect
from tests.deploy.conftest import ANA, an_operation
from tests.keys import SEAL

Replica = Callable[[str], Awaitable[State]]


@pytest.fixture
async def replica(valkey_url: str, tmp_path: Path) -> AsyncIterator[Replica]:
    """Opens the memory as a replica does whose FISK_STATE is a folder of that name."""
    async with AsyncExitStack() as stack:

        async def opened(name: str) -> State:
            state = await connect(valkey_url, tmp_path / name, seal=SEAL)
            stack.push_async_callback(state.aclose)
            return state

        yield opened


async def begins(state: State) -> bool:
    operation = an_operation("app:app")
    try:
        await Journal(state, KINDS).start(operation, runner="r1")
    except errors.MemoryEmptied:
        return False
    await Journal(state, KINDS).abandon(operation.id, ANA, "it began")
    return True


async def test_a_first_start_begins_an_epoch(replica: Replica, tmp_path: Path) -> None:
    state = await replica("one")
    await state.epoch.check()
    assert await begins(state)
    assert (tmp_path / "one" / "epoch-fisk").stat().st_mode & 0o777 == 0o600


async def test_a_memory_that_is_emptied_under_a_replica_takes_no_start(replica: Replica) -> None:
    state = await replica("one")
    await state.ask("FLUSHALL")
    assert not await begins(state)
    with pytest.raises(errors.MemoryEmptied):
        await state.epoch.check()


async def test_a_restart_does_not_make_an_emptied_memory_a_first_one(replica: Replica) -> None:
    await (await replica("one")).ask("FLUSHALL")
    again = await replica("one")
    assert not await begins(again)
    assert await again.ask("EXISTS", again.epoch.key) == 0


async def test_nor_does_a_newcomer(replica: Replica) -> None:
    state = await replica("one")
    await state.ask("FLUSHALL")
    await replica("new")
    assert not await begins(state)


async def test_who_accepts_it_goes_on_with_the_memory_as_it_is(replica: Replica) -> None:
    one, two = await replica("one"), await replica("two")
    await one.ask("FLUSHALL")
    assert await one.epoch.accept()
    assert (await begins(one), await begins(two)) == (True, True)


async def test_a_replica_that_was_away_for_two_of_them_knows_that_both_were_accepted(
    replica: Replica,
) -> None:
    one, away = await replica("one"), await replica("away")
    for _ in range(2):
        await one.ask("FLUSHALL")
        assert await one.epoch.accept()
    assert await begins(away)


async def test_there_is_nothing_to_accept_in_the_memory_that_it_was(replica: Replica) -> None:
    assert not await (await replica("one")).epoch.accept()


async def test_an_epoch_that_somebody_else_wrote_is_none(replica: Replica) -> None:
    state = await replica("one")
    await state.ask("SET", state.epoch.key, "0" * 32 + " abcd")
    assert not await begins(state)


async def test_a_folder_that_takes_no_file_keeps_nothing_from_beginning(valkey_url: str) -> None:
    state = await connect(valkey_url, Path("/proc/nowhere"), seal=SEAL)
    assert await begins(state)
    await state.aclose()
