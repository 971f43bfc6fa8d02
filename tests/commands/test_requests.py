"""A request of Slack's may be handled twice, by two replicas: it begins each operation once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from commands.dispatch import dispatch
from commands.grammar import parse
from commands.reply import Reply, Started
from commands.request import Request
from deploy.core import errors
from tests.commands.conftest import ANYONE, MARKO, Asking
from tests.deploy.conftest import ANA, HERE

if TYPE_CHECKING:
    from deploy.core.actor import Actor

FIRST, SECOND = (replace(HERE, request=f"trigger_id:{number}") for number in (1, 2))


async def begun(asking: Asking) -> list[str]:
    return [each.operation.id for each in await asking.parts.world.memory.journal.running()]


async def by_a_bot(asking: Asking, line: str, actor: Actor = ANA, request: str = FIRST.request) -> Reply:
    """A line that a bot handles, which runs the operation itself."""
    asking.access.rules = replace(asking.access.rules, policy=ANYONE)
    origin = replace(HERE, request=request)
    return await dispatch(Request(parse(line), line, actor, origin), asking.parts.world)


async def test_it_begins_one_operation_however_often_it_is_handled(asking: Asking) -> None:
    replies = [await asking("deploy 3f2a1b9", origin=FIRST) for _ in range(2)]
    first, second = (reply.operation for reply in replies if isinstance(reply, Started))
    assert first.id == second.id
    assert await begun(asking) == [first.id]


async def test_a_bot_that_meets_what_it_began_itself_is_not_refused_by_its_lock(asking: Asking) -> None:
    replies = [await by_a_bot(asking, "deploy 3f2a1b9") for _ in range(2)]
    first, second = (reply.operation for reply in replies if isinstance(reply, Started))
    assert first.id == second.id
    await asking.parts.engine.drain(0)


async def test_another_request_for_the_same_is_refused(asking: Asking) -> None:
    await asking("deploy 3f2a1b9", origin=FIRST)
    with pytest.raises(errors.Locked):
        await by_a_bot(asking, "deploy 3f2a1b9", request=SECOND.request)


async def test_one_request_may_begin_operations_on_several_things(asking: Asking) -> None:
    replies = [
        await asking(line, MARKO, origin=FIRST) for line in ("deploy 3f2a1b9", "deploy 3f2a1b9 --to staging")
    ]
    assert len({reply.operation.id for reply in replies if isinstance(reply, Started)}) == 2


async def test_at_a_terminal_each_line_is_one_of_its_own(asking: Asking) -> None:
    ids = {
        reply.operation.id
        for reply in [await asking("deploy 3f2a1b9 --wait") for _ in range(2)]
        if isinstance(reply, Started)
    }
    assert len(ids) == 2
