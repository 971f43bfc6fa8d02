"""A line that is handled again: what the record has of it is not done twice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from commands import again
from commands.again import DoneBefore, dispatch_again
from commands.grammar import parse
from commands.reply import Reply, Started
from commands.request import Request
from deploy.core import errors
from deploy.core.model import Resource
from tests.commands.conftest import ANYONE, MARKO, Asking
from tests.deploy.conftest import ANA, HERE

if TYPE_CHECKING:
    from deploy.core.actor import Actor

FIRST = replace(HERE, request="trigger_id:1")


async def handled_again(asking: Asking, line: str, actor: Actor = ANA, tries: int = 2) -> Reply:
    asking.access.rules = replace(asking.access.rules, policy=ANYONE)
    request = Request(parse(line), line, actor, FIRST)
    return await dispatch_again(request, asking.parts.submitting(), since=0, tries=tries)


async def recorded(asking: Asking) -> list[str]:
    """What the record has, oldest first."""
    entries = await asking.parts.world.memory.audit.since(0)
    return [each.outcome or each.what for each in reversed(entries)]


async def begun(asking: Asking) -> str:
    """A deploy by somebody else's line."""
    reply = await asking("deploy 3f2a1b9", MARKO)
    assert isinstance(reply, Started)
    return reply.operation.id


@pytest.mark.parametrize(
    "line", ["lock app we measure", "unlock staging", "cancel {}", "unlock app --force --sure {}"]
)
async def test_what_was_done_is_told_as_done(asking: Asking, line: str) -> None:
    await asking("lock staging mine", MARKO)
    line = line.format(await begun(asking)) if "{}" in line else line
    await asking(line, origin=FIRST)
    before = await recorded(asking)
    assert await handled_again(asking, line) == DoneBefore(line, ANA)
    assert await recorded(asking) == before


async def test_what_was_not_done_is_done(asking: Asking) -> None:
    await handled_again(asking, "lock app we measure")
    assert await recorded(asking) == ["held"]


async def test_what_another_line_did_does_not_count(asking: Asking) -> None:
    await asking("lock app we measure", origin=replace(HERE, request="trigger_id:2"))
    await handled_again(asking, "lock app we measure")
    assert await recorded(asking) == ["held", "held"]


async def test_what_is_only_recorded_before_it_is_done_is_done_again(asking: Asking) -> None:
    for _ in range(2):
        await handled_again(asking, "notify all")
    assert await recorded(asking) == ["done", "done"]


async def test_an_operation_that_began_is_the_answer_whatever_is_in_its_way_now(asking: Asking) -> None:
    reply = await asking("deploy 3f2a1b9", origin=FIRST)
    assert isinstance(reply, Started)
    hold = asking.parts.world.memory.locks.hold
    await hold(Resource("app", "app"), MARKO, "stop")
    again_ = await handled_again(asking, "deploy 3f2a1b9")
    assert isinstance(again_, Started)
    assert again_.operation.id == reply.operation.id


async def test_a_line_is_given_up_unless_it_did_something(asking: Asking) -> None:
    with pytest.raises(errors.LineGivenUp):
        await handled_again(asking, "lock app we measure", tries=again.MOST + 1)
    await asking("lock app we measure", origin=FIRST)
    reply = await handled_again(asking, "lock app we measure", tries=again.MOST + 1)
    assert reply == DoneBefore("lock app we measure", ANA)


@pytest.mark.parametrize("line", ["unlock app", "rollback", "deploy 3f2a1b9"])
async def test_what_was_meant_for_how_it_stood_then_is_not_done_once_it_stands_otherwise(
    asking: Asking, line: str
) -> None:
    """Slack has told whoever typed it that it failed, or has them wait: they may have typed it again."""
    await asking("lock app we measure", MARKO)
    with pytest.raises(errors.LineOvertaken) as overtaken:
        await handled_again(asking, line)
    assert overtaken.value.facts == {
        "line": line,
        "who": MARKO.name,
        "what": "lock app we measure",
        "target": "app",
    }
    assert await recorded(asking) == ["held"]


async def test_what_was_done_to_something_else_since_is_in_nobodys_way(asking: Asking) -> None:
    await asking("lock staging mine", MARKO)
    reply = await handled_again(asking, "deploy 3f2a1b9")
    assert isinstance(reply, Started)


async def test_an_operation_that_began_since_overtakes_a_line(asking: Asking) -> None:
    operation = await begun(asking)
    with pytest.raises(errors.LineOvertaken, match="has done `deploy 3f2a1b9` since"):
        await handled_again(asking, "rollback app")
    assert operation
