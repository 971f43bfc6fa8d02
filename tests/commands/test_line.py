"""deploy --at and --in, and skip: when a deploy begins, and who may let a newer one go first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from commands.deploys import Judged
from commands.line import Skipping
from commands.reply import AskFirst, Started
from deploy.access.errors import NotAllowed
from deploy.access.policy import Policy
from deploy.core.freeze import Freezes
from deploy.deploys.arguments import LaterArguments, WaitArguments
from deploy.deploys.later_errors import NoSuchTime, NotInLine, TooFarAhead
from deploy.engine.audit import Entry
from deploy.engine.snapshot import Answer
from sandbox import story
from tests.commands.conftest import MARKO
from tests.deploy.conftest import ANA, HERE

if TYPE_CHECKING:
    from deploy.core.model import Operation
    from sandbox.world import World
    from tests.commands.conftest import Asking

DEPLOYERS = Policy(frozenset({ANA.id, MARKO.id}))


async def test_a_deploy_at_a_time_begins_to_wait_for_it(asking: Asking) -> None:
    now = await asking.parts.world.memory.now()
    begun = await _begun(
        asking, "deploy 3f2a1b9 --at 07:00 --wait --newest --force --reason 'before they wake'"
    )
    at = Freezes().until("07:00", now)
    assert at is not None
    assert (begun.kind, begun.arguments, begun.resources, begun.reason) == (
        "later",
        LaterArguments("app", "3f2a1b9", force=True, newest=True, at=at, wait=True),
        (),
        "before they wake",
    )


async def test_a_deploy_after_some_time_is_counted_by_the_stores_clock(asking: Asking) -> None:
    now = await asking.parts.world.memory.now()
    begun = (await _begun(asking, "deploy 3f2a1b9 --in 30m")).arguments
    assert isinstance(begun, LaterArguments)
    assert begun.at == pytest.approx(now + 1800, abs=5)
    assert begun == LaterArguments("app", "3f2a1b9", at=begun.at)


async def test_its_time_is_that_of_the_configured_zone(asking: Asking) -> None:
    zagreb = Freezes(zone="Europe/Zagreb")
    asking = replace(asking, parts=replace(asking.parts, world=replace(asking.parts.world, freezes=zagreb)))
    begun = (await _begun(asking, "deploy 3f2a1b9 at Mon 07:00")).arguments
    assert isinstance(begun, LaterArguments)
    assert begun.at == zagreb.until("Mon 07:00", await asking.parts.world.memory.now())


@pytest.mark.parametrize("time", ["yesterday", "2001-01-01T07:00", "7", "25:00"])
async def test_a_time_that_is_not_to_come_is_refused_with_what_to_type(asking: Asking, time: str) -> None:
    with pytest.raises(NoSuchTime) as refusal:
        await asking(f"deploy 3f2a1b9 --at {time}")
    assert (str(refusal.value), refusal.value.failure.hint) == (
        f'`{time}` is no time to come: give one as `07:00`, `"Mon 07:00"` or `2026-12-01T07:00` (UTC).',
        "Or say after how long: `--in 30m`.",
    )


@pytest.mark.parametrize("time", ["--in 8d", "--at 2999-01-01T07:00"])
async def test_more_than_a_week_ahead_is_refused(asking: Asking, time: str) -> None:
    with pytest.raises(TooFarAhead) as refusal:
        await asking(f"deploy 3f2a1b9 {time}")
    assert str(refusal.value) == (
        f"`{time.split()[1]}` is too far ahead: a deploy may wait for 7 days at most."
    )


async def test_a_branch_is_asked_about_with_its_time(asking: Asking, outside: World) -> None:
    assert outside.github.url
    question = await asking("deploy main --at 07:00")
    assert isinstance(question, AskFirst)
    assert question.question.endswith("Deploy that to app at 07:00?")
    assert question.offer.command == f"deploy {story.BUILDING} --to app --at 07:00"


async def test_what_would_be_done_later_is_judged_by_the_holds_of_then(asking: Asking) -> None:
    await asking("lock app measuring --for 1h")
    now, later = await asking("deploy 3f2a1b9 --noop"), await asking("deploy 3f2a1b9 --noop --in 2h")
    assert isinstance(now, Judged)
    assert isinstance(later, Judged)
    assert [each.code for each in now.report.refusals] == ["on_hold"]
    assert later.report.refusals == ()
    assert [each.command for each in later.offers] == ["deploy 3f2a1b9 --to app --in 2h"]


async def test_newest_alone_waits_in_line(asking: Asking) -> None:
    begun = await _begun(asking, "deploy 3f2a1b9 --newest")
    assert (begun.kind, begun.arguments) == ("wait", WaitArguments("app", "3f2a1b9", newest=True))


# --- skip


async def test_whoever_waits_may_let_a_newer_one_go_first(asking: Asking) -> None:
    waiting = await _begun(asking, "deploy 3f2a1b9 --wait")
    assert await asking(f"skip {waiting.id}") == Skipping(waiting, (), ANA)
    snapshot = await asking.parts.world.memory.journal.load(waiting.id)
    said = snapshot.answers[ANA.id]
    assert said == Answer(ANA, said.at, yes=True)
    entry, *_ = await asking.parts.world.memory.audit.since(0)
    assert entry == Entry(entry.at, ANA, HERE, f"skip {waiting.id}", "", "told to skip", operation=waiting.id)


async def test_who_said_so_before_is_told_the_same(asking: Asking) -> None:
    waiting = await _begun(asking, "deploy 3f2a1b9 --wait")
    first = await asking(f"skip {waiting.id}")
    assert await asking(f"skip {waiting.id}") == first


async def test_for_another_persons_it_takes_the_right_to_cancel(asking: Asking) -> None:
    waiting = await _begun(asking, "deploy 3f2a1b9 --wait")
    alone = Policy(frozenset({ANA.id}))
    with pytest.raises(NotAllowed):
        await asking(f"skip {waiting.id}", MARKO, policy=alone)
    assert (await asking.parts.world.memory.journal.load(waiting.id)).answers == {}
    assert await asking(f"skip {waiting.id}", MARKO, policy=DEPLOYERS) == Skipping(waiting, (), MARKO)


async def test_what_does_not_wait_in_line_is_told_so(asking: Asking) -> None:
    deploy = await _begun(asking, "deploy 3f2a1b9")
    with pytest.raises(NotInLine) as refusal:
        await asking(f"skip {deploy.id}")
    assert str(refusal.value) == f"{deploy.id} does not wait in line: it is of the kind deploy."


async def test_one_that_is_over_is_told_so(asking: Asking) -> None:
    waiting = await _begun(asking, "deploy 3f2a1b9 --wait")
    await asking.parts.world.memory.journal.abandon(waiting.id, ANA, "no need")
    with pytest.raises(NotInLine) as refusal:
        await asking(f"skip {waiting.id}")
    assert str(refusal.value).startswith(f"{waiting.id} does not wait in line: it is over (")


async def _begun(asking: Asking, line: str) -> Operation:
    reply = await asking(line)
    assert isinstance(reply, Started)
    return reply.operation
