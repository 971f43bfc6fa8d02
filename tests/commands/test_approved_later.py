"""What is to be done later is asked about at once: the yes lasts until then, unless something else runs by then."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from deploy.access.approvals import submit
from deploy.access.arguments import ApprovalArguments, Approved
from deploy.access.errors import NotApprovedInTime
from deploy.core.model import Approval, Operation
from deploy.core.outcomes import Completed, Refused
from deploy.core.units import instant
from deploy.deploys.arguments import LaterArguments
from deploy.deploys.outcomes import Deployed
from deploy.kinds import KINDS
from sandbox import story
from tests.commands.conftest import MARKO, Asking
from tests.commands.four_eyes import FourEyes, at_work
from tests.deploy.conftest import ANA, HERE

if TYPE_CHECKING:
    from sandbox.world import World

SOON = 0.3  # seconds


@pytest.fixture
async def eyes(asking: Asking) -> AsyncIterator[FourEyes]:
    async with at_work(asking) as eyes:
        eyes.wants(approvals=1)
        yield eyes


async def test_the_question_is_asked_at_once_and_open_until_its_time(eyes: FourEyes) -> None:
    question = await eyes.began("deploy 3f2a1b9 --in 2h")
    asks = question.arguments
    assert isinstance(asks, ApprovalArguments)
    at = asks.plan.until
    assert asks.until == at == pytest.approx(await eyes.asking.parts.world.memory.now() + 7200, abs=10)
    wants = f"deploy 3f2a1b9 to app at {instant(at)} (3 commits, replaces a4c9e1f, all gates pass)"
    assert asks.plan.wants == wants
    await eyes(f"approve {question.id}", MARKO)
    approved = await eyes.end(question.id)
    assert isinstance(approved, Approved)
    later = (await eyes.load(approved.begun)).operation
    assert (later.kind, later.arguments) == ("later", LaterArguments("app", "3f2a1b9", at=at))
    assert ([each.actor.id for each in later.approved], later.plan) == ([MARKO.id], asks.plan.fingerprint)


async def test_what_was_approved_is_done_at_its_time_without_another_question(
    eyes: FourEyes, outside: World
) -> None:
    outcome = await _came(eyes, await _approved(eyes))
    deploy = (await eyes.load(outcome.begun)).operation
    assert (deploy.kind, [each.actor.id for each in deploy.approved]) == ("deploy", [MARKO.id])
    assert isinstance(await eyes.end(deploy.id), Deployed)
    assert outside.coolify.running("app") == story.BUILT


async def test_one_that_waits_in_line_at_its_time_is_not_asked_about_again(eyes: FourEyes) -> None:
    approved = await _approved(eyes)
    asked = approved.arguments
    assert isinstance(asked, LaterArguments)
    waiting = (await _came(eyes, replace(approved, arguments=replace(asked, wait=True)))).begun
    assert (await eyes.load(waiting)).operation.kind == "wait"
    outcome = await eyes.end(waiting)
    assert isinstance(outcome, Completed)
    assert isinstance(await eyes.end(outcome.begun), Deployed)


async def test_where_something_else_would_be_done_by_then_it_is_asked_again(
    eyes: FourEyes, outside: World
) -> None:
    begun = (await _came(eyes, replace(await _approved(eyes), plan="0123456789abcdef"))).begun
    asks = (await eyes.load(begun)).operation.arguments
    assert isinstance(asks, ApprovalArguments)
    assert (asks.changed, asks.plan.until) == (True, 0)
    assert outside.coolify.apps["app"].deploys == 0
    await eyes(f"approve {begun}", MARKO)
    again = await eyes.end(begun)
    assert isinstance(again, Approved)
    assert isinstance(await eyes.end(again.begun), Deployed)


async def test_without_approval_it_asks_when_its_time_has_come(eyes: FourEyes, outside: World) -> None:
    written = replace(await _approved(eyes), approved=(), plan="")
    begun = (await _came(eyes, written)).begun
    assert (await eyes.load(begun)).operation.kind == "approval"
    assert outside.coolify.apps["app"].deploys == 0


async def test_what_nobody_approved_by_its_time_is_not_done(eyes: FourEyes) -> None:
    proposed = await _later(eyes, after=SOON)
    question = await submit(eyes.asking.parts.world, proposed)
    outcome = await eyes.end(question.id)
    assert isinstance(outcome, Refused)
    assert outcome.error.code == NotApprovedInTime.slug
    at = getattr(proposed.arguments, "when", "")
    assert outcome.error.sentence == (
        f"Not started: its time came ({at}) before anybody who may had approved it."
    )


async def test_an_answer_that_comes_after_its_time_is_told_so(asking: Asking) -> None:
    async with at_work(asking) as eyes:
        eyes.wants(approvals=1)
    proposed = await _later(eyes, after=0)
    question = await submit(asking.parts.submitting(), proposed)
    with pytest.raises(NotApprovedInTime):
        await eyes(f"approve {question.id}", MARKO)


async def _later(eyes: FourEyes, after: float) -> Operation:
    now = await eyes.asking.parts.world.memory.now()
    arguments = LaterArguments("app", story.BUILT, at=now + after)
    return KINDS["later"].operation(arguments, now, actor=ANA, origin=HERE, line="deploy 3f2a1b9 --at 07:00")


async def _approved(eyes: FourEyes) -> Operation:
    """One whose time has come, and that Marko approved as it is."""
    proposed = await _later(eyes, after=0)
    plan = await eyes.asking.access.plan(eyes.asking.parts.world, proposed)
    assert plan is not None
    return replace(proposed, approved=(Approval(MARKO, 1),), plan=plan.fingerprint)


async def _came(eyes: FourEyes, later: Operation) -> Completed:
    await eyes.asking.parts.world.memory.submit(later)
    outcome = await eyes.end(later.id)
    assert isinstance(outcome, Completed), outcome
    return outcome
