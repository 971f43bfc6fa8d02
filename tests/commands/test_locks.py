"""lock, unlock and locks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from commands.replies import AskFirst, Frozen, LocksTable, Started, TakenAway, Thawed
from deploy import errors
from deploy.model import Hold, Offer
from deploy.outcomes import Abandoned
from tests.commands.conftest import MARKO
from tests.deploy.state.conftest import ANA

if TYPE_CHECKING:
    from tests.commands.conftest import Asking


async def test_a_hold_says_who_and_why(asking: Asking) -> None:
    reply = await asking("lock app we measure")
    assert isinstance(reply, Frozen)
    assert reply.hold == Hold("app:app", ANA, "we measure", reply.hold.since)
    (entry,) = await asking.parts.world.record.latest()
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
    )
    assert await asking.parts.world.locks.locked() == {"app:app": operation}

    assert isinstance(question, AskFirst)
    taken = await asking(question.offer.command, MARKO)
    assert taken == TakenAway(operation, "app", Abandoned(MARKO, "unlock app --force", ""))
    assert await asking.parts.world.locks.locked() == {}


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


async def _table(asking: Asking) -> LocksTable:
    reply = await asking("locks")
    assert isinstance(reply, LocksTable)
    return reply
