"""Four eyes: what others must approve waits for them; both people are on record."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from commands.access import Answered
from deploy.access import approvals
from deploy.access.arguments import ApprovalArguments, Approved, AskedAgain
from deploy.access.errors import AnsweredBefore, ApprovalExpired, NotAnApprover, NothingToApprove, SamePerson
from deploy.access.people import People, Person
from deploy.access.policy import Policy, Role
from deploy.core.model import Actor, Approval
from deploy.core.outcomes import Cancelled, Refused
from deploy.deploys.outcomes import Deployed
from deploy.engine.leases import Lease
from deploy.engine.op import Op
from deploy.engine.records import Records
from deploy.kinds import KINDS
from sandbox import story
from sandbox.host import Container
from tests.commands.conftest import MARKO, Asking
from tests.commands.four_eyes import ALL, DEPLOY, IVO, LEA, TEAM, FourEyes, at_work
from tests.deploy.conftest import ANA

if TYPE_CHECKING:
    from sandbox.world import World


@pytest.fixture
async def eyes(asking: Asking) -> AsyncIterator[FourEyes]:
    async with at_work(asking) as eyes:
        eyes.wants(approvals=1)
        yield eyes


async def test_a_deploy_waits_locks_nothing_and_shows_its_plan(eyes: FourEyes, outside: World) -> None:
    asking = await eyes.began(DEPLOY)
    asks = asking.arguments
    assert isinstance(asks, ApprovalArguments)
    assert (asking.id[0], asking.kind, asking.actor, asking.resources) == ("a", "approval", ANA, ())
    assert (asks.deed, asks.count, asks.targets, asks.approvers) == (
        DEPLOY,
        1,
        ("app",),
        (MARKO.id, LEA.id, "cli:*"),
    )
    assert asks.plan.wants == "deploy 3f2a1b9 to app (3 commits, replaces a4c9e1f, all gates pass)"
    assert asks.until == asking.created + 1800
    assert await eyes.asking.parts.world.memory.locks.locked() == {}
    assert outside.coolify.apps["app"].deploys == 0


async def test_another_person_approves_and_both_are_on_record(eyes: FourEyes, outside: World) -> None:
    asking = await eyes.began(DEPLOY)
    assert await eyes(f"approve {asking.id}", MARKO) == Answered(asking, yes=True)
    outcome = await eyes.end(asking.id)
    assert outcome == Approved(f"d{asking.id[1:]}", (MARKO,))
    assert isinstance(await eyes.end(f"d{asking.id[1:]}"), Deployed)
    begun = (await eyes.load(f"d{asking.id[1:]}")).operation
    (approval,) = begun.approved
    assert (begun.actor, approval) == (ANA, Approval(MARKO, approval.at))
    assert outside.coolify.running("app").startswith("3f2a1b9")
    entries = [
        (entry.actor, entry.what, entry.outcome)
        for entry in await eyes.asking.parts.world.memory.audit.since(0)
    ]
    assert (MARKO, f"approve {asking.id}", "approved") in entries


@pytest.mark.parametrize(
    ("who", "why"),
    [
        (ANA, SamePerson),
        (Actor("cli:ana", "ana"), SamePerson),
        (Actor("cli:root", "root"), SamePerson),
        (IVO, NotAnApprover),
    ],
)
async def test_the_asker_by_no_other_name_and_nobody_without_the_right_approves(
    eyes: FourEyes, outside: World, who: Actor, why: type[Exception]
) -> None:
    asking = await eyes.began(DEPLOY)
    with pytest.raises(why):
        await eyes(f"approve {asking.id}", who)
    assert (await eyes.load(asking.id)).answers == {}
    assert outside.coolify.apps["app"].deploys == 0


async def test_whoever_is_known_to_be_another_may_approve_at_a_terminal(eyes: FourEyes) -> None:
    people = People({"ana": Person(ANA.id), "marko": Person(MARKO.id, terminal=("marko",))})
    eyes.asking.access.rules = replace(eyes.asking.access.rules, people=people)
    asking = await eyes.began(DEPLOY)
    await eyes(f"approve {asking.id}", Actor("cli:marko", "marko"))
    assert isinstance(await eyes.end(asking.id), Approved)


async def test_what_is_rejected_does_not_begin(eyes: FourEyes, outside: World) -> None:
    asking = await eyes.began(DEPLOY)
    await eyes(f"reject {asking.id} not before the month is closed", MARKO)
    outcome = await eyes.end(asking.id)
    assert isinstance(outcome, Refused)
    assert outcome.error.sentence == "Not started: marko rejected it: not before the month is closed."
    assert outside.coolify.apps["app"].deploys == 0
    with pytest.raises(NothingToApprove):
        await eyes(f"approve {asking.id}", LEA)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FISK_APPROVE_WITHIN", "0.2")


@pytest.mark.usefixtures("hasty")
async def test_what_nobody_approves_in_time_does_not_begin(outside: World, eyes: FourEyes) -> None:
    asking = await eyes.began(DEPLOY)
    outcome = await eyes.end(asking.id)
    assert isinstance(outcome, Refused)
    assert outcome.error.code == "approval_expired"
    with pytest.raises(NothingToApprove):
        await eyes(f"approve {asking.id}", MARKO)
    assert outside.coolify.apps["app"].deploys == 0


@pytest.mark.usefixtures("hasty")
async def test_an_expired_one_is_not_approved_though_nobody_has_noticed_yet(asking: Asking) -> None:
    """No bot is at work, so that the operation is open still."""
    eyes = FourEyes(asking)
    eyes.wants(approvals=1)
    question = await eyes.began(DEPLOY)
    await asyncio.sleep(0.25)
    with pytest.raises(ApprovalExpired):
        await eyes(f"approve {question.id}", MARKO)
    assert (await eyes.load(question.id)).answers == {}


async def test_two_approvals_at_the_same_moment_begin_it_once(eyes: FourEyes, outside: World) -> None:
    asking = await eyes.began(DEPLOY)
    await asyncio.gather(*(eyes(f"approve {asking.id}", who) for who in (MARKO, LEA)))
    await eyes.end(asking.id)
    await eyes.end(f"d{asking.id[1:]}")
    assert outside.coolify.apps["app"].deploys == 1


async def test_two_must_be_two_people(eyes: FourEyes) -> None:
    eyes.wants(approvals=2)
    asking = await eyes.began(DEPLOY)
    await eyes(f"approve {asking.id}", MARKO)
    with pytest.raises(AnsweredBefore):
        await eyes(f"approve {asking.id}", MARKO)
    await asyncio.sleep(0.3)
    assert (await eyes.load(asking.id)).open
    await eyes(f"approve {asking.id}", LEA)
    outcome = await eyes.end(asking.id)
    assert isinstance(outcome, Approved)
    assert {each.id for each in outcome.by} == {MARKO.id, LEA.id}


async def test_the_asker_takes_it_back(eyes: FourEyes) -> None:
    asking = await eyes.began(DEPLOY)
    await eyes(f"cancel {asking.id}")
    assert await eyes.end(asking.id) == Cancelled(ANA)


# --- what changed between asking and pressing, or after


def ships_past_fisk(outside: World, sha: str) -> None:
    """Somebody starts another image by hand."""
    shipped = outside.registry.find(story.IMAGE, sha)
    assert shipped is not None
    outside.host.running["app"] = Container.of(shipped)


async def test_a_plan_that_changed_is_asked_again(eyes: FourEyes, outside: World) -> None:
    question = await eyes.began(DEPLOY)
    ships_past_fisk(outside, story.MULTI_ARCH)
    await eyes(f"approve {question.id}", MARKO)
    outcome = await eyes.end(question.id)
    assert isinstance(outcome, AskedAgain)
    again = await eyes.load(outcome.begun)
    asks = again.operation.arguments
    assert isinstance(asks, ApprovalArguments)
    assert (asks.changed, again.open, again.answers) == (True, True, {})
    assert outside.coolify.apps["app"].deploys == 0
    await eyes(f"approve {again.operation.id}", MARKO)
    assert isinstance(await eyes.end(again.operation.id), Approved)


async def test_a_run_that_died_after_it_began_the_deploy_asks_nobody_again(eyes: FourEyes) -> None:
    """By then the deploy itself has changed what the plan would be."""
    question = await eyes.began(DEPLOY)
    await eyes(f"approve {question.id}", MARKO)
    await eyes.end((await eyes.load(question.id)).operation.id)
    begun = f"d{question.id[1:]}"
    await eyes.end(begun)
    asked, world = question.arguments, eyes.asking.parts.world
    assert isinstance(asked, ApprovalArguments)
    proposed = Records(KINDS).operation(asked.proposed)
    again = Op(world.memory.journal, question, Lease(question.id, 1, "r2"), 0)
    assert await approvals._begin(world, again, asked, proposed) == approvals.Begun(begun)


async def test_a_right_taken_between_asking_and_pressing_is_gone(eyes: FourEyes, outside: World) -> None:
    question = await eyes.began(DEPLOY)
    without_ana = replace(TEAM, members=TEAM.members - {ANA.id})
    await eyes(f"approve {question.id}", MARKO, policy=Policy(roles={"team": without_ana}))
    outcome = await eyes.end(question.id)
    assert isinstance(outcome, Refused)
    assert outcome.error.sentence == "Not started: ana may not deploy: deploy is for role team."
    assert outside.coolify.apps["app"].deploys == 0


async def test_an_approvers_right_is_looked_at_when_it_begins(asking: Asking, outside: World) -> None:
    eyes = FourEyes(asking)
    eyes.wants(approvals=1)
    question = await eyes.began(DEPLOY)
    await eyes(f"approve {question.id}", MARKO)
    without = Role(frozenset({MARKO.id}), ALL - {"approve"})
    changed = Policy(roles={"team": replace(TEAM, members=TEAM.members - {MARKO.id}), "marko": without})
    async with at_work(asking, changed):
        await asyncio.sleep(0.3)
        assert (await eyes.load(question.id)).open
        await eyes(f"approve {question.id}", LEA, changed)
        assert await eyes.end(question.id) == Approved(f"d{question.id[1:]}", (LEA,))
        await eyes.end(f"d{question.id[1:]}")
    assert outside.coolify.apps["app"].deploys == 1


async def test_a_target_that_wants_more_by_then_gets_more(eyes: FourEyes) -> None:
    question = await eyes.began(DEPLOY)
    eyes.wants(approvals=2)
    await eyes(f"approve {question.id}", MARKO)
    await asyncio.sleep(0.3)
    assert (await eyes.load(question.id)).open
    await eyes(f"approve {question.id}", LEA)
    assert isinstance(await eyes.end(question.id), Approved)
