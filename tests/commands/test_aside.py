"""op ID of an operation that is set aside, op ID retry, op ID abandon."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commands.history import GivenUp, OperationStory, Retried
from commands.locks import LocksTable
from commands.reply import AskFirst
from deploy.access.errors import NotAllowed
from deploy.access.policy import Policy, Role
from deploy.core import errors
from deploy.core.model import Actor
from deploy.engine.claims import Aside
from tests.commands.conftest import MARKO
from tests.deploy.conftest import ANA, an_operation

if TYPE_CHECKING:
    from deploy.core.model import Operation
    from tests.commands.conftest import Asking

DEPLOYERS = Policy(roles={"deployers": Role(frozenset({"U1", "U2"}), frozenset({"look", "deploy"}))})


async def set_aside(asking: Asking) -> Operation:
    journal, operation = asking.parts.world.memory.journal, an_operation()
    lease = await journal.start(operation, runner="r1")
    assert lease
    await journal.set_aside(operation.id, str(lease.fence), "died")
    return operation


async def test_it_is_shown_with_the_reason_in_op_and_in_locks(asking: Asking) -> None:
    operation = await set_aside(asking)
    story, table = await asking(f"op {operation.id}"), await asking("locks")
    assert isinstance(story, OperationStory)
    assert isinstance(table, LocksTable)
    assert (story.snapshot.open, story.snapshot.aside) == (True, "died")
    assert (table.running, table.set_aside) == ((), (Aside(operation.id, "died"),))


async def test_whoever_began_it_may_retry_it_and_others_with_the_right(asking: Asking) -> None:
    operation = await set_aside(asking)
    with pytest.raises(NotAllowed):
        await asking(f"op {operation.id} retry", actor=MARKO, policy=DEPLOYERS)
    assert await asking(f"op {operation.id} retry", policy=DEPLOYERS) == Retried(operation.id, ANA)
    with pytest.raises(errors.NotSetAside, match="nothing to retry"):
        await asking(f"op {operation.id} retry")
    lease = await asking.parts.world.memory.journal.claim("r2")
    assert lease
    await asking.parts.world.memory.journal.set_aside(operation.id, str(lease.fence), "died")
    assert await asking(f"op {operation.id} retry", actor=MARKO) == Retried(operation.id, MARKO)
    by = [
        entry.actor.id
        for entry in await asking.parts.world.memory.audit.since(0)
        if entry.outcome == "retried"
    ]
    assert by == [MARKO.id, ANA.id]


async def test_to_abandon_it_asks_first_and_takes_the_right_to_unlock(asking: Asking) -> None:
    operation = await set_aside(asking)
    asked = await asking(f"op {operation.id} abandon")
    assert isinstance(asked, AskFirst)
    assert "3 runners died under it" in asked.question
    with pytest.raises(NotAllowed):
        await asking(asked.offer.command, policy=DEPLOYERS)
    assert await asking(asked.offer.command) == GivenUp(operation.id, ANA)
    assert await asking.parts.world.memory.locks.locked() == {}


async def test_a_stranger_may_neither(asking: Asking) -> None:
    operation = await set_aside(asking)
    for deed in ("retry", "abandon"):
        with pytest.raises(errors.Refusal):
            await asking(f"op {operation.id} {deed}", actor=Actor("U9"), policy=DEPLOYERS)
