"""follow: each good build of the branch is deployed by itself, once, through all gates; the newest one wins."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from deploy.core.actor import Actor
from deploy.core.freeze import Freeze
from deploy.core.model import After, Resource
from deploy.core.outcomes import Refused
from deploy.deploys.outcomes import Deployed, PutBack
from deploy.deploys.steady import Sample, Steadies
from deploy.engine.journal import Lost
from deploy.releases.arguments import FollowArguments
from deploy.releases.follows import Follows
from sandbox import story
from tests.deploy.conftest import MARKO
from tests.deploy.play import IMAGE
from tests.worlds import with_targets

if TYPE_CHECKING:
    from deploy.redis.connect import State
    from tests.deploy.releases.conftest import Followed

STAGING = Resource("app", "staging")


async def test_a_good_build_is_deployed_by_itself(followed: Followed) -> None:
    pushed = await followed.push("Round VAT once more")
    await followed.look()
    outcome = await followed.end()
    assert isinstance(outcome, Deployed)
    assert (outcome.target, outcome.sha, followed.runs) == ("staging", pushed, pushed)


async def test_nobody_typed_it_and_fisk_toml_answers_for_it(followed: Followed) -> None:
    pushed = await followed.push("Round VAT once more")
    await followed.look()
    operation = (await followed.last()).operation
    arguments = operation.arguments
    assert isinstance(arguments, FollowArguments)
    assert (operation.kind, operation.actor, operation.asked_by, operation.decided, operation.line) == (
        "follow",
        Actor("", "follow"),
        Actor("", "ivo-peric"),
        "fisk.toml: follow",
        f"deploy {pushed[:7]} --to staging",
    )
    assert (arguments.ref, arguments.branch, arguments.pushed) == (pushed, "main", "ivo-peric")
    await followed.end()


async def test_it_is_deployed_once_however_often_anybody_looks(followed: Followed) -> None:
    await followed.push("Round VAT once more")
    for name in ("r1", "r2", "r1"):
        await followed.look(name)
    await followed.end()
    await followed.look()
    assert followed.deploys == 1


async def test_two_replicas_at_once_begin_it_once(followed: Followed, state: State) -> None:
    """The second one takes over when the first had begun it, but could not write that down."""
    await followed.push("Round VAT once more")
    await followed.look()
    before = await followed.how()
    assert before.done is not None
    wanted = replace(before, wants=before.done, done=None, operation="")
    await followed.play.world.memory.stores.of(Follows).change("staging", lambda _: wanted)
    await state.ask("DEL", state.key("mutex:follow"))
    await followed.look("r2")
    assert (await followed.how()).operation == before.operation
    await followed.end()
    assert followed.deploys == 1


@pytest.mark.parametrize("step", ["resolve", "gates", "point", "trigger", "watch", "prove", "record"])
async def test_a_crash_at_any_step_is_resumed_and_told_once(followed: Followed, step: str) -> None:
    def lose() -> None:
        raise Lost("the runner is gone")

    pushed = await followed.push("Round VAT once more")
    followed.play.journal.before_keeping[step] = lose
    await followed.look()
    operation = (await followed.last()).operation
    assert isinstance(await followed.end(), Deployed)
    events = [event.event for event in await followed.play.journal.events(operation.id)]
    assert (followed.runs, followed.deploys) == (pushed, 1)
    assert (events.count("taken_over"), events.count("finished")) == (2, 1)


async def test_a_build_that_failed_is_not_deployed(followed: Followed) -> None:
    await followed.push("Break it", conclusion="failure", platforms=())
    await followed.look()
    assert (followed.deploys, followed.runs) == (0, story.RUNS)


async def test_of_several_the_newest_is_deployed_and_the_others_are_named(followed: Followed) -> None:
    await followed.play.world.memory.locks.hold(STAGING, MARKO, "the importer is tried")
    first = await followed.push("Round VAT once more")
    await followed.look()
    assert followed.deploys == 0
    second = await followed.push("Round it for good")
    await followed.look()
    await followed.play.world.memory.locks.unhold(STAGING, MARKO)
    await followed.look()
    operation = (await followed.last()).operation
    assert isinstance(operation.arguments, FollowArguments)
    assert (operation.arguments.ref, operation.arguments.passed) == (second, (first,))
    assert isinstance(await followed.end(), Deployed)
    assert (followed.runs, followed.deploys) == (second, 1)


async def test_it_waits_for_the_end_of_a_freeze(followed: Followed) -> None:
    freezes = followed.play.journal.freezes
    followed.play.world = replace(followed.play.world, freezes=freezes)
    freezes.windows = (Freeze("the year's end", weekly=("00:00 to 12:00", "12:00 to 00:00")),)
    pushed = await followed.push("Round VAT once more")
    await followed.look()
    assert followed.deploys == 0
    freezes.windows = ()
    await followed.look()
    await followed.end()
    assert followed.runs == pushed


async def test_it_waits_for_another_operation(followed: Followed) -> None:
    followed.play.outside.coolify.queue.freeze()
    running = await followed.play.begin("deploy", target="staging", ref=story.BUILT)
    pushed = await followed.push("Round VAT once more")
    await followed.look()
    assert (await followed.how()).operation == ""
    followed.play.outside.coolify.queue.thaw()
    await followed.play.end(running)
    await followed.look()
    await followed.end()
    assert followed.runs == pushed


async def test_what_somebody_deployed_meanwhile_is_not_deployed_again(followed: Followed) -> None:
    pushed = await followed.push("Round VAT once more")
    await followed.play.deploy(pushed, "staging")
    await followed.look()
    how = await followed.how()
    assert (how.operation, how.wants, followed.deploys) == ("", None, 1)


async def test_it_never_goes_back(followed: Followed) -> None:
    """Somebody has deployed what is newer by hand, before its turn came."""
    await followed.play.world.memory.locks.hold(STAGING, MARKO, "the importer is tried")
    await followed.push("Round VAT once more")
    await followed.look()
    await followed.play.world.memory.locks.unhold(STAGING, MARKO)
    newer = await followed.push("Round it for good")
    await followed.play.deploy(newer, "staging")
    _, follower = followed.replica()
    await follower.look()
    how = await followed.how()
    assert (how.operation, how.wants, followed.runs) == ("", None, newer)


async def test_after_a_put_back_it_waits_for_somebody(followed: Followed) -> None:
    await followed.push("Read the certificate", healthy=False)
    await followed.look()
    assert isinstance(await followed.end(), PutBack)
    fixed = await followed.push("Read it again")
    await followed.look()
    how = await followed.how()
    assert how.stopped is not None
    assert (how.goes, how.stopped.operation, followed.runs) == (False, how.operation, story.RUNS)
    assert how.wants is not None
    assert how.wants.sha == fixed


async def test_a_put_back_of_what_a_person_deployed_stops_it_too(followed: Followed) -> None:
    await followed.play.deploy(story.SICK, "staging", force=True)
    await followed.push("Round VAT once more")
    await followed.look()
    assert (await followed.how()).stopped is not None
    assert followed.runs == story.RUNS


async def test_what_a_gate_refuses_is_told_and_not_tried_again(followed: Followed) -> None:
    await followed.push("Build it elsewhere", platforms=("linux/amd64",))
    await followed.look()
    outcome = await followed.end()
    assert isinstance(outcome, Refused)
    await followed.look()
    assert (outcome.error.code, followed.deploys) == ("wrong_platform", 0)


async def test_where_github_does_not_answer_it_waits(followed: Followed) -> None:
    pushed = await followed.push("Round VAT once more")
    watch, follower = followed.replica()
    await watch.look()
    followed.play.outside.github.faults.queue("GET */compare/*", status=502, times=1000)
    await follower.look()
    assert (await followed.how()).operation == ""
    followed.play.outside.github.faults.clear()
    await follower.look()
    await followed.end()
    assert followed.runs == pushed


async def test_where_it_must_have_run_elsewhere_it_waits_for_that(followed: Followed) -> None:
    app = replace(followed.play.world.targets["app"], after=After("staging", 1800))
    followed.play.sees(with_targets(followed.play.world, app))
    followed.wants("app", follow=True)
    followed.wants("staging", follow=False)
    await followed.look()
    pushed = await followed.push("Round VAT once more")
    await followed.look()
    assert (await followed.how("app")).operation == ""
    now, world = await followed.play.world.memory.now(), followed.play.world
    digest = await world.systems.registry.digest(IMAGE, pushed) or ""
    for ago in range(1830, -1, -30):
        await world.memory.stores.of(Steadies).add("staging", Sample(now - ago, digest))
    await followed.look()
    operation = (await followed.play.journal.load((await followed.how("app")).operation)).operation
    assert isinstance(await followed.play.end(operation), Deployed)
    assert followed.play.runs == pushed


async def test_once_fisk_toml_says_it_no_more_nothing_is_begun(followed: Followed) -> None:
    await followed.push("Round VAT once more")
    watch, follower = followed.replica()
    await watch.look()
    followed.wants("staging", follow=False)
    await follower.look()
    assert (followed.deploys, await followed.play.journal.running()) == (0, ())


async def test_what_is_written_down_by_nobody_lets_nothing_follow(followed: Followed, state: State) -> None:
    await followed.push("Round VAT once more")
    await state.ask("HSET", state.key("follows"), "staging", "forged")
    await followed.look()
    assert (followed.deploys, await state.ask("HGET", state.key("follows"), "staging")) == (0, "forged")


async def test_a_hundred_targets_that_follow_cost_what_one_costs(followed: Followed) -> None:
    """One conditional request for a workflow, which GitHub does not count while nothing changes."""
    staging = followed.play.world.targets["staging"]
    many = [replace(staging, name=f"staging{number}") for number in range(100)]
    followed.play.sees(with_targets(followed.play.world, *many))
    how, follows = await followed.how(), followed.play.world.memory.stores.of(Follows)
    for each in many:
        followed.wants(each.name, follow=True)
        await follows.change(each.name, lambda _: how)
    github = followed.play.outside.github
    asked = f"GET /repos/{story.REPOSITORY}/actions/workflows/{story.WORKFLOW}/runs"
    watch, follower = followed.replica()
    await watch.look()
    before = github.asked(asked), github.allowance.window(github.token).used
    for _ in range(5):
        await watch.look()
        await follower.look()
    assert (github.asked(asked) - before[0], github.allowance.window(github.token).used - before[1]) == (5, 0)
