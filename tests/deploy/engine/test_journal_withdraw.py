"""What the journal refuses or takes back: locks without a record, holds, starts that too few replicas took."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deploy.core import errors
from deploy.core.events import StepFinished, StepStarted, TakenOver
from deploy.core.model import Hold, Resource
from deploy.engine.journal import Journal
from deploy.engine.locks import BlockedBy, HeldBy, Locks
from deploy.kinds import KINDS
from deploy.redis.connect import connect
from tests.deploy.conftest import ANA, an_operation
from tests.deploy.engine.begun import begun
from tests.keys import SEAL

if TYPE_CHECKING:
    from deploy.redis.connect import State


async def test_a_lock_of_which_nobody_has_a_record_still_locks(journal: Journal, state: State) -> None:
    await state.ask("HSET", state.key("locks"), "app:app", "d-lost")
    with pytest.raises(BlockedBy) as caught:
        await journal.start(an_operation(), runner="r1")
    assert caught.value.snapshot.operation.id == "d-lost"
    await journal.abandon("d-lost", ANA, "nobody knows it")
    assert await Locks(state).locked() == {}
    with pytest.raises(errors.UnknownOperation):
        await journal.abandon("d-lost", ANA, "again")


async def test_locks_of_the_wrong_shape_refuse_everything(journal: Journal, state: State) -> None:
    await state.ask("SET", state.key("locks"), "nonsense")
    with pytest.raises(errors.StateUnavailable):
        await journal.start(an_operation(), runner="r1")


async def test_a_hold_refuses_whoever_asks_for_what_is_held(state: State) -> None:
    hold = await Locks(state).hold(Resource("app", "app"), ANA, "incident")
    with pytest.raises(HeldBy) as caught:
        await Journal(state, KINDS).start(an_operation(), runner="r1")
    assert caught.value.hold == Hold(Resource("app", "app"), ANA, "incident", hold.since)
    assert await Journal(state, KINDS).start(an_operation("app:staging"), runner="r1")


async def test_where_too_few_replicas_follow_nothing_begins(valkey_url: str, tmp_path: Path) -> None:
    state = await connect(valkey_url, tmp_path, replicas=1, seal=SEAL)
    operation = an_operation()
    async with aclosing(state):
        with pytest.raises(errors.ReplicasMissing, match="Only 0 of 1"):
            await Journal(state, KINDS).start(operation, runner="r1")
        assert await Locks(state).locked() == {}
        with pytest.raises(errors.UnknownOperation):
            await Journal(state, KINDS).load(operation.id)


async def test_what_has_begun_a_step_is_not_withdrawn(journal: Journal, state: State) -> None:
    operation = an_operation()
    await journal.begin(await begun(journal, operation), "one")
    await journal.withdraw(operation, "r1", errors.StateUnavailable(where="x"))
    assert await Locks(state).locked() == {Resource("app", "app"): operation.id}


async def test_a_first_step_that_began_with_its_operation_is_on_record_and_taken_back_with_it(
    journal: Journal, state: State
) -> None:
    operation, no_answer = an_operation(), errors.StateUnavailable(where="x")
    lease = await journal.start(operation, runner="r1", opening="one")
    assert lease
    assert (await journal.load(operation.id)).step == "one"
    events = [replace(event, at=0) for event in await journal.events(operation.id)]
    assert events == [TakenOver("r1", 0, lease.fence), StepStarted("one", 0)]
    await journal.withdraw(operation, "r1", no_answer)
    assert await Locks(state).locked() == {Resource("app", "app"): operation.id}
    await journal.withdraw(operation, "r1", no_answer, "one")
    assert await Locks(state).locked() == {}


async def test_a_first_step_that_came_to_its_end_is_not_withdrawn(journal: Journal, state: State) -> None:
    operation = an_operation()
    lease = await journal.start(operation, runner="r1", opening="one")
    assert lease
    await journal.checkpoint(lease, "{}", StepFinished("one", 0))
    await journal.withdraw(operation, "r1", errors.StateUnavailable(where="x"), "one")
    assert await Locks(state).locked() == {Resource("app", "app"): operation.id}
