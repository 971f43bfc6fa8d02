"""follow: who switches it, who answers for what is begun by itself, and who may approve it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from commands.releases import FollowTable, Standing, Switched
from deploy.access.arguments import ApprovalArguments, Approved
from deploy.access.errors import NotAllowed, SamePerson
from deploy.access.people import People, Person
from deploy.access.policy import Policy, Role
from deploy.core.actor import Actor
from deploy.core.freeze import RULE
from deploy.core.outcomes import Cancelled, Refused
from deploy.deploys.outcomes import Deployed, PutBack
from deploy.redis.mutex import Mutex
from deploy.releases.arguments import FollowArguments
from deploy.releases.follower import Follower, note
from deploy.releases.follows import Follows
from sandbox import story
from tests.commands.conftest import MARKO, Asking
from tests.commands.four_eyes import IVO, LEA, TEAM, FourEyes, at_work
from tests.deploy.conftest import ANA, HERE

if TYPE_CHECKING:
    from deploy.core.model import Operation
    from deploy.releases.following import Following
    from sandbox.world import World  # noqa: TC004 (a dataclass only keeps the name)

ON, OFF, LIST = "follow staging on", "follow staging off", "follow staging"
PUSHER = {"ivo": Person(slack=IVO.id, github="ivo-peric"), "marko": Person(slack=MARKO.id)}


@dataclass(frozen=True)
class Pushing:
    """Ivo pushes, and one replica looks."""

    eyes: FourEyes
    outside: World

    async def __call__(self, title: str, **how: object) -> str:
        """Push, and begin what follows; the commit."""
        sha = self.outside.github.push(title, built=story.Built(minutes=1, **how)).sha  # type: ignore[arg-type]
        self.outside.clock.skip(20 * story.MINUTE)
        world = self.eyes.asking.parts.world
        (build,) = await world.systems.github.builds(story.WORKFLOW, sha=sha)
        await note(world, build)
        await self.look()
        return sha

    async def look(self) -> None:
        parts = self.eyes.asking.parts
        await Follower(parts.world, Mutex(parts.state, "r1")).look()

    async def how(self) -> Following:
        found = await self.eyes.asking.parts.world.memory.stores.of(Follows).of("staging")
        assert found is not None
        return found

    async def question(self) -> Operation:
        """What asks others to approve what was begun last."""
        return (await self.eyes.load(f"a{(await self.how()).operation[1:]}")).operation


@pytest.fixture
async def eyes(asking: Asking) -> AsyncIterator[FourEyes]:
    async with at_work(asking) as eyes:
        yield eyes


@pytest.fixture
def push(eyes: FourEyes, outside: World) -> Pushing:
    return Pushing(eyes, outside)


async def the_list(eyes: FourEyes, line: str = LIST) -> tuple[Standing, ...]:
    reply = await eyes(line)
    assert isinstance(reply, FollowTable)
    return reply.targets


# --- switching


async def test_at_first_nothing_follows(eyes: FourEyes) -> None:
    assert await the_list(eyes, "follow") == (
        Standing("app", "main", None),
        Standing("staging", "main", None),
    )


async def test_whoever_may_deploy_switches_it_on_and_off(eyes: FourEyes) -> None:
    assert await eyes(ON) == Switched("staging", on=True, by=ANA, branch="main")
    (standing,) = await the_list(eyes)
    assert standing.how is not None
    assert (standing.how.by, standing.how.where) == (ANA, HERE)
    assert await eyes(OFF, MARKO) == Switched("staging", on=False, by=MARKO, branch="main")
    assert await the_list(eyes) == (Standing("staging", "main", None),)


async def test_whoever_may_not_deploy_does_not(eyes: FourEyes) -> None:
    elsewhere = Policy(roles={"team": replace(TEAM, targets=frozenset({"app"}))})
    for line in (ON, OFF):
        with pytest.raises(NotAllowed):
            await eyes(line, policy=elsewhere)
    assert await the_list(eyes) == (Standing("staging", "main", None),)


async def test_what_fisk_toml_says_can_be_switched_off(eyes: FourEyes) -> None:
    eyes.wants("staging", follow=True)
    (standing,) = await the_list(eyes)
    assert standing.how is not None
    assert standing.how.by == RULE
    await eyes(OFF)
    assert await the_list(eyes) == (Standing("staging", "main", None, off=ANA),)


async def test_it_is_in_the_record_before_it_is_done(eyes: FourEyes) -> None:
    await eyes(ON)
    (newest, *_) = await eyes.asking.parts.world.memory.audit.since(0)
    assert (newest.actor, newest.what, newest.decided) == (ANA, ON, "team: U1")


# --- who answers for it


async def test_whoever_switched_it_on_answers_for_what_is_begun(eyes: FourEyes, push: Pushing) -> None:
    await eyes(ON)
    sha = await push("Round VAT once more")
    operation = (await eyes.load((await push.how()).operation)).operation
    assert (operation.actor, operation.decided) == (Actor("", "follow"), "team: U1")
    assert isinstance(operation.arguments, FollowArguments)
    assert (operation.arguments.by, operation.arguments.where) == (ANA, HERE)
    outcome = await eyes.end(operation.id)
    assert isinstance(outcome, Deployed)
    assert outcome.sha == sha


async def test_once_they_may_no_longer_deploy_nothing_is(
    eyes: FourEyes, push: Pushing, outside: World
) -> None:
    await eyes(ON)
    eyes.allows(Policy(roles={"team": Role(frozenset({MARKO.id}), TEAM.may)}))
    await push("Round VAT once more")
    outcome = await eyes.end((await push.how()).operation)
    assert isinstance(outcome, Refused)
    assert (outcome.error.code, outcome.error.sentence) == (
        "no_longer_allowed",
        "Not started: ana may not deploy: deploy is for role team.",
    )
    assert outside.coolify.apps["staging"].deploys == 0


async def test_after_a_put_back_somebody_lets_it_go_on(eyes: FourEyes, push: Pushing, outside: World) -> None:
    await eyes(ON)
    await push("Read the certificate", healthy=False)
    failed = (await push.how()).operation
    assert isinstance(await eyes.end(failed), PutBack)
    (standing,) = await the_list(eyes)
    assert standing.how is not None
    assert standing.how.stopped is not None
    assert standing.how.stopped.operation == failed
    fixed = await push("Read it again")
    assert (await push.how()).operation == failed
    assert await eyes(ON, MARKO) == Switched("staging", on=True, by=MARKO, branch="main", wants=fixed)
    await push.look()
    assert isinstance(await eyes.end((await push.how()).operation), Deployed)
    assert outside.coolify.running("staging") == fixed


async def test_what_waits_says_for_what(eyes: FourEyes, push: Pushing) -> None:
    await eyes(ON)
    await eyes("lock staging the importer is tried", MARKO)
    sha = await push("Round VAT once more")
    (standing,) = await the_list(eyes)
    assert standing.how is not None
    assert standing.how.wants is not None
    assert (standing.how.wants.sha, standing.waits.partition(" since ")[0]) == (sha, "@marko holds staging")


# --- who may approve it


@pytest.fixture
async def asks(eyes: FourEyes) -> FourEyes:
    """Staging follows, and another person must approve what is deployed to it."""
    eyes.wants("staging", follow=True, approvals=1)
    access = eyes.asking.access
    access.rules = replace(access.rules, people=People(PUSHER))
    team = replace(TEAM, members=TEAM.members | {IVO.id})
    eyes.allows(Policy(roles={"team": team}))
    await eyes(LIST, policy=access.rules.policy)
    return eyes


async def test_whoever_pushed_asks_and_may_not_approve_it(asks: FourEyes, push: Pushing) -> None:
    policy = asks.asking.access.rules.policy
    sha = await push("Round VAT once more")
    question = await push.question()
    arguments = question.arguments
    assert isinstance(arguments, ApprovalArguments)
    assert (question.asked_by, arguments.approvers) == (
        Actor(IVO.id, "ivo-peric"),
        (ANA.id, MARKO.id, LEA.id, "cli:*"),
    )
    assert arguments.plan.wants.startswith(f"deploy {sha[:7]} to staging, which follows main (")
    with pytest.raises(SamePerson):
        await asks(f"approve {question.id}", IVO, policy)
    await asks(f"approve {question.id}", MARKO, policy)
    begun = await asks.end(question.id)
    assert isinstance(begun, Approved)
    assert isinstance(await asks.end(begun.begun), Deployed)


async def test_where_nobody_says_who_pushed_nobody_may_approve_it(asks: FourEyes, push: Pushing) -> None:
    access = asks.asking.access
    access.rules = replace(access.rules, people=People())
    await push("Round VAT once more")
    question = await push.question()
    assert question.asked_by == Actor("", "ivo-peric")
    with pytest.raises(SamePerson) as refusal:
        await asks(f"approve {question.id}", MARKO, access.rules.policy)
    assert str(refusal.value) == (
        "ivo-peric asked for this, and marko may be the same person: somebody else approves it."
    )
    access.rules = replace(access.rules, people=People(PUSHER))
    await asks(f"approve {question.id}", MARKO, access.rules.policy)
    begun = await asks.end(question.id)
    assert isinstance(begun, Approved)
    await asks.end(begun.begun)


async def test_a_newer_build_takes_the_question_about_an_older_one_back(
    asks: FourEyes, push: Pushing, outside: World
) -> None:
    first = await push("Round VAT once more")
    asked = (await push.question()).id
    await push("Round it for good")
    assert await asks.end(asked) == Cancelled(Actor("", "follow"))
    arguments = (await push.question()).arguments
    assert isinstance(arguments, ApprovalArguments)
    assert arguments.plan.notes[0] == f"skips {first[:7]}, which it overtook"
    assert outside.coolify.apps["staging"].deploys == 0


async def test_what_was_switched_off_while_it_waited_is_not_begun(
    asks: FourEyes, push: Pushing, outside: World
) -> None:
    policy = asks.asking.access.rules.policy
    await push("Round VAT once more")
    question = await push.question()
    await asks(OFF, ANA, policy)
    await asks(f"approve {question.id}", MARKO, policy)
    outcome = await asks.end(question.id)
    assert getattr(outcome, "error", None) is not None
    assert outcome.error.code == "not_following"  # type: ignore[attr-defined]
    assert outside.coolify.apps["staging"].deploys == 0
