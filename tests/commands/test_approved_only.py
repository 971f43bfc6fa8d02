"""What was not approved does not run, whoever wrote it down; and the ways out that need nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from deploy.access.arguments import ApprovalArguments, Approved
from deploy.access.errors import NotAllowed
from deploy.buildkit.arguments import RecreateArguments
from deploy.core import errors
from deploy.core.model import Approval, Arguments, Operation, Release
from deploy.core.outcomes import Completed, Refused
from deploy.deploys.arguments import DeployArguments
from deploy.deploys.outcomes import Deployed
from deploy.env.order import Order
from deploy.env.outcomes import EnvCopied
from deploy.env.propose import propose, two_owners
from deploy.groups.arguments import GroupArguments
from deploy.kinds import KINDS
from deploy.releases.arguments import FollowArguments, PromoteArguments
from deploy.releases.following import switched_on
from deploy.releases.follows import Follows
from sandbox import story
from tests.commands.conftest import MARKO, Asking
from tests.commands.env_lines import COPY, asked
from tests.commands.four_eyes import DEPLOY, GLASS, FourEyes, at_work
from tests.deploy.conftest import ANA, HERE

if TYPE_CHECKING:
    from sandbox.world import World


@pytest.fixture
async def eyes(asking: Asking) -> AsyncIterator[FourEyes]:
    async with at_work(asking) as eyes:
        eyes.wants(approvals=1)
        yield eyes


def _written(kind: str, arguments: Arguments, **more: Any) -> Operation:
    return replace(KINDS[kind].operation(arguments, 0, actor=ANA, origin=HERE, line="line"), **more)


async def _recreate(_eyes: FourEyes) -> Arguments:
    return RecreateArguments("vps01", force=True)


async def _deploy(_eyes: FourEyes) -> Arguments:
    return DeployArguments("app", story.BUILT)


async def _copy(eyes: FourEyes) -> Arguments:
    source, target = await two_owners(eyes.asking.parts.world, "app", "staging")
    order = Order(source, target)
    return replace(order, sure=(await propose(eyes.asking.parts.world, order)).sure)


async def _group(_eyes: FourEyes) -> Arguments:
    return GroupArguments("both", (("staging", story.BUILT), ("app", story.BUILT)))


async def _promote(eyes: FourEyes) -> Arguments:
    """Of what staging runs, which was proven there."""
    world = eyes.asking.parts.world
    digest = await world.systems.registry.digest(world.targets["staging"].image, story.RUNS) or ""
    release = Release("staging", story.RUNS, story.RUNS, digest, await world.memory.now(), "d-1", ANA)
    await world.memory.history.add_release(release)
    return PromoteArguments("app", source="staging", force=True)


async def _follow(eyes: FourEyes) -> Arguments:
    follows = eyes.asking.parts.world.memory.stores.of(Follows)
    await follows.change("app", lambda it: switched_on(it, ANA, HERE, 1.0))
    return FollowArguments("app", story.BUILT, "main", by=ANA, where=HERE)


WRITTEN = {
    "deploy": _deploy,
    "group": _group,
    "env copy": _copy,
    "buildkit recreate": _recreate,
    "promote": _promote,
    "follow": _follow,
}


@pytest.mark.parametrize("kind", WRITTEN)
async def test_an_operation_without_approval_is_refused_before_it_acts(
    eyes: FourEyes, outside: World, kind: str
) -> None:
    before = outside.coolify.asked("PATCH *"), outside.hosts.vps01.asked("docker rename")
    operation = _written(kind, await WRITTEN[kind](eyes))
    await eyes.asking.parts.world.memory.submit(operation)
    outcome = await eyes.end(operation.id)
    assert isinstance(outcome, Refused)
    assert (
        outcome.error.sentence
        == "Not started: app needs the approval of another person, and has that of nobody."
    )
    assert (outside.coolify.asked("PATCH *"), outside.hosts.vps01.asked("docker rename")) == before


@pytest.mark.parametrize("kind", WRITTEN)
async def test_an_approval_of_something_else_is_none(eyes: FourEyes, outside: World, kind: str) -> None:
    operation = _written(
        kind, await WRITTEN[kind](eyes), approved=(Approval(MARKO, 1),), plan="0123456789abcdef"
    )
    await eyes.asking.parts.world.memory.submit(operation)
    outcome = await eyes.end(operation.id)
    assert isinstance(outcome, Refused)
    assert outcome.error.code == "plan_not_approved"
    assert outside.coolify.apps["app"].deploys == 0


async def test_every_kind_that_may_need_approval_is_tried_here() -> None:
    assert {name for name, kind in KINDS.items() if kind.plan} == {
        *WRITTEN,
        "rollback",
        "env undo",
        "later",
    }


# --- the way out


async def test_the_way_back_to_the_last_proven_release_needs_nobody(eyes: FourEyes, outside: World) -> None:
    await eyes.approved(DEPLOY)
    back = await eyes.began("rollback")
    assert back.kind == "rollback"
    assert isinstance(await eyes.end(back.id), Deployed)
    assert outside.coolify.running("app").startswith("a4c9e1f")


async def test_a_forced_way_back_needs_approval(eyes: FourEyes) -> None:
    await eyes.approved(DEPLOY)
    assert (await eyes.began("rollback --force")).kind == "approval"


async def test_a_way_to_what_was_released_after_what_runs_needs_approval(eyes: FourEyes) -> None:
    await eyes.approved(DEPLOY)
    await eyes.end((await eyes.began("rollback")).id)
    assert (await eyes.began("rollback app 3f2a1b9")).kind == "approval"


async def test_break_glass_needs_the_right_and_is_marked(eyes: FourEyes, outside: World) -> None:
    line = f"{DEPLOY} --break-glass 'VAT is wrong and everybody sleeps'"
    with pytest.raises(NotAllowed) as refusal:
        await eyes(line)
    assert refusal.value.facts["verb"] == "deploy with break-glass"
    begun = await eyes.began(line, policy=GLASS)
    assert (begun.kind, begun.break_glass) == ("deploy", "VAT is wrong and everybody sleeps")
    assert isinstance(await eyes.end(begun.id), Deployed)
    assert outside.coolify.running("app").startswith("3f2a1b9")


async def test_break_glass_passes_a_hold(eyes: FourEyes) -> None:
    await eyes("lock app nobody touches it", MARKO)
    eyes.wants(approvals=0)
    with pytest.raises(errors.OnHold):
        await eyes(DEPLOY)
    begun = await eyes.began(f"{DEPLOY} --break-glass fire", policy=GLASS)
    assert isinstance(await eyes.end(begun.id), Deployed)


# --- variables


async def test_a_copy_out_of_the_app_waits_for_another_person(eyes: FourEyes) -> None:
    plan = await asked(eyes.asking, COPY)
    assert plan.view.approvals == 1
    question = await eyes.began(plan.offer.command)
    assert isinstance(question.arguments, ApprovalArguments)
    asks = question.arguments.plan
    assert (asks.wants, asks.fingerprint) == (
        "copy variables from fiskai-app to staging (22 to copy)",
        plan.offer.command.rpartition(" ")[2],
    )
    assert asks.notes[0].startswith("own host: ")
    await eyes(f"approve {question.id}", MARKO)
    await eyes.end(question.id)
    assert isinstance(await eyes.end(f"e{question.id[1:]}"), EnvCopied)


async def test_the_undo_of_a_copy_made_before_the_app_was_protected_waits_too(eyes: FourEyes) -> None:
    eyes.wants(approvals=0)
    begun = await eyes.began((await asked(eyes.asking, COPY)).offer.command)
    assert isinstance(await eyes.end(begun.id), EnvCopied)
    eyes.wants("staging", approvals=1)
    undo = await asked(eyes.asking, f"env undo {begun.id}")
    assert (await eyes.began(undo.offer.command)).kind == "approval"


# --- waiting for a build, and a crash


async def test_a_deploy_that_waited_for_its_build_asks_then(eyes: FourEyes, outside: World) -> None:
    waiting = await eyes.began("deploy 9c41d07 --wait")
    assert waiting.kind == "wait"
    outside.clock.skip(20 * story.MINUTE)
    outcome = await eyes.end(waiting.id)
    assert isinstance(outcome, Completed)
    assert (await eyes.load(outcome.begun)).operation.kind == "approval"


async def test_a_question_outlives_the_bot_that_asked_it(asking: Asking, outside: World) -> None:
    async with at_work(asking) as eyes:
        eyes.wants(approvals=1)
        question = await eyes.began(DEPLOY)
    eyes = FourEyes(asking)
    await eyes(f"approve {question.id}", MARKO)
    async with at_work(asking):
        assert isinstance(await eyes.end(question.id), Approved)
        assert isinstance(await eyes.end(f"d{question.id[1:]}"), Deployed)
    assert outside.coolify.apps["app"].deploys == 1
