"""lock, unlock and locks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from commands.history import GivenUp
from commands.locks import Frozen, LocksTable, TakenAway, Thawed
from commands.reply import AskFirst, Started
from deploy.access.errors import NotAllowed
from deploy.access.policy import Policy
from deploy.core import errors
from deploy.core.model import Failure, Hold, Offer, Resource
from deploy.core.outcomes import Abandoned
from deploy.engine.audit import Entry
from deploy.engine.claims import Aside
from deploy.engine.journal import Lost
from deploy.engine.snapshot import lost
from tests.commands.conftest import MARKO
from tests.deploy.conftest import ANA, HERE, an_operation

if TYPE_CHECKING:
    from tests.commands.conftest import Asking


async def test_a_hold_says_who_and_why(asking: Asking) -> None:
    reply = await asking("lock app we measure")
    assert isinstance(reply, Frozen)
    assert reply.hold == Hold(Resource("app", "app"), ANA, "we measure", reply.hold.since)
    (entry,) = await asking.parts.world.memory.audit.since(0)
    assert (entry.actor, entry.what, entry.outcome) == (ANA, "lock app:app we measure", "held")


async def test_a_target_is_held_by_one_person(asking: Asking) -> None:
    await asking("lock app we measure")
    with pytest.raises(errors.OnHold) as refusal:
        await asking("lock app me too", MARKO)
    assert (refusal.value.facts["holder"], refusal.value.facts["target"]) == ("@ana", "app")


async def test_anybody_who_may_change_things_lifts_a_hold(asking: Asking) -> None:
    await asking("lock app we measure")
    reply = await asking("unlock", MARKO)
    assert isinstance(reply, Thawed)
    assert (reply.hold.actor, reply.hold.reason) == (ANA, "we measure")
    with pytest.raises(errors.NotHeld):
        await asking("unlock")


async def test_a_lock_is_taken_away_only_once_its_operation_is_named(asking: Asking) -> None:
    begun = await asking("deploy 3f2a1b9")
    assert isinstance(begun, Started)
    operation = begun.operation.id
    question = await asking("unlock app --force", MARKO)
    assert question == AskFirst(
        f"{operation} is deploying 3f2a1b9 to app. Taking its lock away stops it where it is and puts nothing"
        f" back; `/fisk cancel {operation}` would put back what it changed.",
        Offer("Take the lock away", f"unlock app --force --sure {operation}", danger=True),
        f"Let {operation} have it",
    )
    assert await asking.parts.world.memory.locks.locked() == {Resource("app", "app"): operation}

    assert isinstance(question, AskFirst)
    taken = await asking(question.offer.command, MARKO)
    assert taken == TakenAway(operation, "app", Abandoned(MARKO, "unlock app --force", ""), MARKO)
    assert await asking.parts.world.memory.locks.locked() == {}


async def test_naming_another_operation_asks_again(asking: Asking) -> None:
    await asking("deploy 3f2a1b9")
    assert isinstance(await asking("unlock app --force --sure d-other"), AskFirst)


async def test_there_is_no_lock_to_take_away_where_nothing_runs(asking: Asking) -> None:
    with pytest.raises(errors.NotLocked):
        await asking("unlock app --force")


async def test_the_table_shows_holds_and_what_is_under_way(asking: Asking) -> None:
    nothing = await _table(asking)
    assert nothing == replace(nothing, holds=(), running=())
    frozen = await asking("lock staging we measure")
    begun = await asking("deploy 3f2a1b9")
    assert isinstance(frozen, Frozen)
    assert isinstance(begun, Started)
    table = await _table(asking)
    assert table == replace(table, holds=(frozen.hold,))
    assert [(each.operation, each.state) for each in table.running] == [(begun.operation, "waiting")]


@pytest.fixture
async def forgotten(asking: Asking) -> str:
    """An operation of which nothing is left but its lock of app."""
    state = asking.parts.state
    await state.ask("HSET", state.key("locks"), "app:app", "d-gone")
    return "d-gone"


async def test_a_lock_without_a_record_refuses_and_says_how_to_take_it_away(
    asking: Asking, forgotten: str
) -> None:
    with pytest.raises(errors.LockedForUnknown) as refusal:
        await asking("deploy 3f2a1b9")
    failure = refusal.value.failure
    assert failure == Failure(
        "locked_for_unknown",
        f"Not started: app is locked for {forgotten}, of which there is no record that fisk can read.",
        "Make sure that nothing runs there any more, then take the lock away: `/fisk unlock app --force`.",
        (Offer("Take the lock away", "unlock app --force"),),
    )


async def test_a_lock_without_a_record_is_shown_and_taken_away_on_record(
    asking: Asking, forgotten: str
) -> None:
    (shown,) = (await _table(asking)).running
    assert shown == lost(forgotten, Resource("app", "app"))
    question = await asking("unlock app --force", MARKO)
    assert question == AskFirst(
        "app is locked for d-gone, of which there is no record that fisk can read. Taking its lock away puts"
        " nothing back: first make sure that nothing runs there any more.",
        Offer("Take the lock away", "unlock app --force --sure d-gone", danger=True),
        "Let d-gone have it",
    )
    assert isinstance(question, AskFirst)
    taken = await asking(question.offer.command, MARKO)
    assert taken == TakenAway(forgotten, "app", Abandoned(MARKO, "unlock app --force", ""), MARKO)
    assert await asking.parts.world.memory.locks.locked() == {}
    (entry,) = await asking.parts.world.memory.audit.since(0)
    assert entry == Entry(entry.at, MARKO, HERE, "unlock app --force", outcome="lifted", operation=forgotten)
    assert (await _table(asking)).running == ()


async def test_what_is_no_target_is_unlocked_by_the_name_that_is_shown(asking: Asking) -> None:
    state = asking.parts.state
    await state.ask("HSET", state.key("locks"), "buildkit:vps01", "b-gone")
    with pytest.raises(errors.LockedForUnknown, match="buildkit:vps01 is locked for b-gone"):
        await asking("build rerun 3f2a1b9")
    taken = await asking("unlock buildkit:vps01 --force --sure b-gone", MARKO)
    assert isinstance(taken, TakenAway)
    assert await asking.parts.world.memory.locks.locked() == {}


async def test_whoever_runs_what_cannot_be_read_is_fenced_off(asking: Asking) -> None:
    journal, state = asking.parts.world.memory.journal, asking.parts.state
    operation = an_operation()
    lease = await journal.start(operation, runner="newer")
    assert lease
    await state.ask("HSET", state.key(f"op:{operation.id}"), "operation", '{"from":"a newer fisk"}')
    taken = await asking(f"unlock app --force --sure {operation.id}")
    assert isinstance(taken, TakenAway)
    with pytest.raises(Lost):
        await journal.begin(lease, "trigger")


async def _table(asking: Asking) -> LocksTable:
    reply = await asking("locks")
    assert isinstance(reply, LocksTable)
    return reply


async def test_an_operation_that_is_set_aside_is_named_and_can_be_ended(asking: Asking) -> None:
    memory, state = asking.parts.world.memory, asking.parts.state
    operation = an_operation()
    await memory.journal.start(operation)
    await state.ask("HSET", state.key(f"op:{operation.id}"), "operation", "{}")

    table = await asking("locks")
    assert isinstance(table, LocksTable)
    assert (table.running, table.set_aside) == ((), (Aside(operation.id, "forged"),))
    with pytest.raises(errors.SetAside):
        await asking(f"op {operation.id}")
    asked = await asking(f"op {operation.id} abandon")
    assert isinstance(asked, AskFirst)
    assert asked.offer == Offer(f"End {operation.id}", f"op {operation.id} abandon --sure", danger=True)
    assert asked.keep == "Leave it set aside"
    with pytest.raises(NotAllowed):
        await asking(f"op {operation.id} abandon --sure", policy=Policy())
    assert await asking(asked.offer.command) == GivenUp(operation.id, ANA)

    assert await memory.locks.locked() == {}
    newest, *_ = await memory.audit.since(0)
    assert (newest.actor, newest.what, newest.operation) == (ANA, f"op {operation.id} abandon", operation.id)
    with pytest.raises(errors.NotSetAside):
        await asking(f"op {operation.id} abandon")


async def test_an_operation_under_way_is_not_abandoned(asking: Asking) -> None:
    operation = an_operation()
    await asking.parts.world.memory.journal.start(operation)
    with pytest.raises(errors.NotSetAside, match="is not set aside"):
        await asking(f"op {operation.id} abandon --sure")
