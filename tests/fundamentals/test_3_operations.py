"""Three: an operation is a sequence of steps. Results are stored, so that another process can resume."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deploy.core.events import StepFinished
from deploy.core.model import Done, Resource
from deploy.core.outcomes import Completed
from deploy.engine.journal import Lost
from deploy.engine.locks import BlockedBy, HeldBy, Locks
from deploy.engine.outbox import Outbox
from tests.deploy.conftest import MARKO, MakeEngine, an_operation, ended

if TYPE_CHECKING:
    from deploy.core.outcomes import Outcome
    from deploy.engine.engine import Op
    from deploy.engine.journal import Journal
    from deploy.redis.connect import State


async def test_a_step_that_was_done_is_not_done_again(engines: MakeEngine, journal: Journal) -> None:
    done: list[str] = []

    async def remember() -> Done:
        done.append("remember")
        return Done("a4c9e1f")

    async def story(op: Op) -> Outcome:
        before = await op.step("remember", Done, remember)
        if op.lease.runner == "first":
            op.suspend("the first process must go")
        after = await op.step("point", Done, remember)
        return Completed(f"{before.note}, {after.note}")

    operation = an_operation()
    await engines(story, "first").submit(operation)
    second = engines(story, "second")
    while not await second.run_one(operation.id):
        pass
    snapshot = await ended(journal, operation.id)
    assert snapshot.outcome == Completed("a4c9e1f, a4c9e1f")
    assert done == ["remember", "remember"]  # once for each step, over two processes


async def test_a_lock_belongs_to_an_operation_and_ends_with_it(journal: Journal, state: State) -> None:
    first, second = an_operation("app:app"), an_operation("app:app")
    lease = await journal.start(first, runner="r1")
    assert lease is not None
    assert await Locks(state).locked() == {Resource("app", "app"): first.id}
    with pytest.raises(BlockedBy) as blocked:
        await journal.start(second, runner="r2")
    assert blocked.value.snapshot.operation == first
    await journal.finish(lease, first, Completed())
    assert await Locks(state).locked() == {}


async def test_a_hold_belongs_to_a_person_and_lasts_until_somebody_lifts_it(
    journal: Journal, state: State
) -> None:
    locks = Locks(state)
    await locks.hold(Resource("app", "app"), MARKO, "the tax office calls")
    with pytest.raises(HeldBy) as held:
        await journal.start(an_operation("app:app"), runner="r1")
    assert (held.value.hold.actor, held.value.hold.reason) == (MARKO, "the tax office calls")
    await locks.unhold(Resource("app", "app"), MARKO)
    assert await locks.holds() == ()


async def test_a_fence_keeps_out_who_was_away_for_too_long(journal: Journal) -> None:
    operation = an_operation()
    old = await journal.start(operation, runner="slept too long")
    assert old is not None
    await journal.hand_over(old)
    new = await journal.take(operation.id, "took over")
    assert new is not None
    assert new.fence > old.fence
    with pytest.raises(Lost):
        await journal.checkpoint(old, "{}", StepFinished("trigger", 0))
    await journal.finish(new, operation, Completed())


async def test_an_end_its_unlocking_and_its_announcement_are_one(journal: Journal, state: State) -> None:
    operation = an_operation()
    lease = await journal.start(operation, runner="r1")
    assert lease is not None
    await journal.finish(lease, operation, Completed("well"))
    message = await Outbox(state).take("announcer", 1)
    assert message is not None
    assert message.about == operation.id
    assert (await journal.load(operation.id)).outcome == Completed("well")
