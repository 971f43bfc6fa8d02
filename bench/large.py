"""Whether reading what was and what is locked stays as quick with 100,000 operations as with 100."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from bench.engine import operation
from bench.harness import Measured, alternate, bench
from deploy.core.outcomes import Completed
from deploy.core.seal import Seal, new_key
from deploy.engine.history import History
from deploy.engine.journal import Journal
from deploy.engine.locks import Locks
from deploy.kinds import KINDS
from deploy.redis.connect import connect

if TYPE_CHECKING:
    from deploy.core.model import Operation
    from deploy.redis.connect import State

MANY, FEW = 100_000, 100
AT_A_TIME = 5000  # records in one pipeline
READS = 40  # of each in a round
ROUNDS = 7
SHOWN = 10


@dataclass(frozen=True, slots=True)
class Store:
    """A store with finished operations, as the commands `history` and `locks` read it."""

    history: History
    locks: Locks
    journal: Journal

    async def read(self) -> float:
        """Milliseconds for one look at each: the median of several."""
        return statistics.median([await _took(self._look) for _ in range(READS)])

    async def _look(self) -> None:
        assert len(await self.history.operations(limit=SHOWN)) == SHOWN
        assert len(await self.locks.locked()) == 1
        assert len(await self.journal.running()) == 1
        assert not await self.locks.holds()


async def _took(look: Callable[[], Awaitable[None]]) -> float:
    begun = time.perf_counter()
    await look()
    return (time.perf_counter() - begun) * 1000


@bench("history and locks at 100,000 operations", "ms", short="large", seconds=15, bound=1.5, better="lower")
async def large() -> Measured:
    """Against the same at 100. One operation is under way in both."""
    async with AsyncExitStack() as stack:
        many = await stack.enter_async_context(_filled(MANY))
        few = await stack.enter_async_context(_filled(FEW))
        return await alternate(many.read, few.read, ROUNDS)


@asynccontextmanager
async def _filled(count: int) -> AsyncIterator[Store]:
    with tempfile.TemporaryDirectory(prefix="fisk-bench-") as folder:
        state = await connect("", Path(folder), seal=Seal(SecretStr(new_key())))
        try:
            journal = Journal(state, KINDS, keep_operations=2 * MANY)
            await _fill(state, journal, count)
            assert await journal.start(replace(operation(), id="d-under-way"), runner="bench")
            yield Store(History(state, KINDS), Locks(state), journal)
        finally:
            await state.aclose()


async def _fill(state: State, journal: Journal, count: int) -> None:
    """One operation begins and ends as any does; the others are written down as that one was."""
    first = operation()
    lease = await journal.start(first, runner="bench")
    assert lease
    await journal.finish(lease, first, Completed())
    record = await state.ask("HGETALL", state.key(f"op:{first.id}"))
    at = await state.ask("ZSCORE", state.key("history"), first.id)
    for begin in range(1, count, AT_A_TIME):
        await _write(state, journal, record, float(at), range(begin, min(count, begin + AT_A_TIME)))
    assert await state.ask("ZCARD", state.key("history")) == count


async def _write(state: State, journal: Journal, record: dict[str, str], at: float, numbers: range) -> None:
    async with state.redis.pipeline(transaction=False) as pipe:
        for number in numbers:
            like = replace(operation(), id=f"d-old{number}")
            fields: dict[Any, Any] = {**record, **_signed(journal, like)}
            pipe.hset(state.key(f"op:{like.id}"), mapping=fields)
            pipe.zadd(state.key("history"), {like.id: at - number})
        await pipe.execute()


def _signed(journal: Journal, like: Operation) -> dict[str, str]:
    """What its record has that is signed for its id."""
    contents = {
        "operation": journal.records.dump_operation(like),
        "outcome": journal.records.dump_outcome(Completed()),
        "step": "",
    }
    return {field: journal.signed(like.id, field, content) for field, content in contents.items()}
