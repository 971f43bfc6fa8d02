"""The engine that drains, hands over, or loses a lock."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

import commands.dispatch  # noqa: F401 (it loads every feature, and so every error)
from deploy.core import errors
from deploy.core.model import Done, Operation
from deploy.core.outcomes import Abandoned, Completed, Outcome
from deploy.engine.claims import Claims
from deploy.engine.locks import Locks
from tests.deploy.conftest import ANA, MARKO, MakeEngine, an_operation
from tests.deploy.engine.stories import waits, watching

if TYPE_CHECKING:
    from deploy.engine.engine import Engine, Op
    from deploy.engine.journal import Journal
    from deploy.redis.connect import State


async def test_a_draining_engine_refuses_and_lets_what_runs_finish(
    engines: MakeEngine, journal: Journal
) -> None:
    async def story(op: Op) -> Outcome:
        await op.pause(0.05)
        return Completed()

    engine = engines(story)
    operation = an_operation()
    await engine.submit(operation)
    draining = asyncio.create_task(engine.drain(10))
    await asyncio.sleep(0)
    with pytest.raises(errors.Draining):
        await engine.submit(an_operation("app:staging"))
    await draining
    assert (await journal.load(operation.id)).outcome == Completed()


async def test_what_does_not_finish_in_time_is_handed_over_at_once(
    engines: MakeEngine, journal: Journal
) -> None:
    engine = engines(waits)
    operation = an_operation()
    await engine.submit(operation)
    await watching(journal, operation)
    await engine.drain(0)
    snapshot = await journal.load(operation.id)
    assert (snapshot.state, snapshot.runner) == ("running", "")

    async def story(_: Op) -> Outcome:
        return Completed("the other one")

    assert await engines(story, "r2").run_one(operation.id)
    assert (await journal.load(operation.id)).outcome == Completed("the other one")


async def test_what_is_being_claimed_when_it_drains_is_handed_over_too(
    engines: MakeEngine, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    claimed, go_on = asyncio.Event(), asyncio.Event()
    take = Claims.take

    async def slowly(self: Claims, *args: Any) -> Any:
        lease = await take(self, *args)
        if lease:
            claimed.set()
            await go_on.wait()
        return lease

    monkeypatch.setattr(Claims, "take", slowly)
    operation = an_operation()
    await journal.start(operation)
    engine = engines(waits)
    working = asyncio.create_task(engine.work())
    await claimed.wait()
    draining = asyncio.create_task(engine.drain(0))
    await asyncio.sleep(0)
    go_on.set()
    await draining
    await working
    snapshot = await journal.load(operation.id)
    assert (snapshot.state, snapshot.runner, engine.running) == ("running", "", frozenset())
    await journal.abandon(operation.id, ANA, "the test is over")


async def test_a_step_that_hears_nothing_is_cut_off_when_fisk_must_go(
    engines: MakeEngine, journal: Journal
) -> None:
    async def story(op: Op) -> Outcome:
        await op.step("watch", Done, lambda: asyncio.sleep(3600, Done()))
        return Completed()

    engine = engines(story)
    operation = an_operation()
    await engine.submit(operation)
    await watching(journal, operation)
    await engine.drain(0)
    assert (await journal.load(operation.id)).runner == ""
    await journal.abandon(operation.id, ANA, "the test is over")


async def _abandoned(engine: Engine, journal: Journal) -> Operation:
    """Run an operation that somebody takes the lock of while it watches."""
    operation = an_operation()
    await engine.submit(operation)
    await watching(journal, operation)
    await journal.abandon(operation.id, MARKO, "stuck")
    await engine.idle()
    return operation


async def test_a_run_that_was_abandoned_stops_and_says_no_more(
    engines: MakeEngine, journal: Journal, state: State
) -> None:
    acted = []

    async def story(op: Op) -> Outcome:
        async def watch() -> Done:
            await op.pause(60)
            return Done()

        await op.step("watch", Done, watch)
        acted.append("went on")
        return Completed()

    await _abandoned(engines(story), journal)
    assert acted == []
    assert await Locks(state).locked() == {}


async def test_a_step_that_asks_nobody_is_cut_off_when_its_lock_is_taken_away(
    engines: MakeEngine, journal: Journal
) -> None:
    undone = []

    async def story(op: Op) -> Outcome:
        try:
            await op.step("watch", Done, deaf)
        except errors.FiskError:
            undone.append("put back")
        return Completed()

    operation = await _abandoned(engines(story), journal)
    assert undone == []
    assert (await journal.load(operation.id)).outcome == Abandoned(MARKO, "stuck", "watch")


async def deaf() -> Done:
    """As long as many requests in a row, none of which asks fisk whether it may go on."""
    await asyncio.Event().wait()
    return Done()
