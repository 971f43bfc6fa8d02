"""Several targets as one operation: all gates before the first is touched, and back in the reverse order."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from deploy.core.acting import Suspended
from deploy.core.outcomes import Refused
from deploy.deploys.outcomes import Deployed, NotPutBack, PutBack
from deploy.engine.locks import BlockedBy
from deploy.groups.outcomes import GroupDeployed, GroupPutBack
from sandbox import story, workers_story
from tests.sandbox.workers import everywhere

if TYPE_CHECKING:
    from deploy.core.outcomes import Outcome
    from tests.deploy.play import Play
    from tests.sandbox.workers import Workers

BOTH = (("workers", workers_story.BUILT), ("app", story.BUILT))


async def release(play: Play, *parts: tuple[str, str], at_once: bool = False, force: bool = False) -> Outcome:
    operation = await play.begin("group", group="release", parts=parts or BOTH, at_once=at_once, force=force)
    return await play.end(operation)


def put_back(outcome: Outcome) -> GroupPutBack:
    assert isinstance(outcome, GroupPutBack), outcome
    return outcome


@pytest.mark.parametrize("at_once", [False, True])
async def test_each_target_gets_its_commit_and_a_record_of_its_own(
    play: Play, workers: Workers, *, at_once: bool
) -> None:
    outcome = await release(play, at_once=at_once)
    assert isinstance(outcome, GroupDeployed), outcome
    assert [(part.target, part.sha, part.proof) for part in outcome.parts] == [
        ("workers", workers_story.BUILT, "digest"),
        ("app", story.BUILT, "digest"),
    ]
    assert (await workers.commits(), play.runs) == (everywhere(workers_story.BUILT), story.BUILT)
    newest = [(await play.world.memory.history.releases(name, 1))[0].sha for name in ("workers", "app")]
    assert newest == [workers_story.BUILT, story.BUILT]


async def test_no_target_is_touched_where_one_is_refused(play: Play, workers: Workers) -> None:
    before = await workers.seen()
    outcome = await release(play, ("workers", workers_story.BUILT), ("app", story.AMD64_ONLY))
    assert isinstance(outcome, Refused), outcome
    assert outcome.error.code == "wrong_platform"
    assert (await workers.seen(), play.app.deploys) == (before, 0)


@pytest.mark.parametrize("at_once", [False, True])
async def test_what_was_deployed_before_another_failed_is_taken_back(
    play: Play, workers: Workers, *, at_once: bool
) -> None:
    outcome = put_back(
        await release(play, ("workers", workers_story.BUILT), ("app", story.SICK), at_once=at_once)
    )
    (failed,), (back,) = outcome.failed, outcome.back
    assert isinstance(failed, PutBack)
    assert isinstance(back, PutBack)
    assert (failed.target, failed.sha, failed.healthy) == ("app", story.RUNS, True)
    assert (back.target, back.sha, back.healthy) == ("workers", workers_story.RUNS, True)
    assert back.error.code == "taken_back"
    assert (await workers.commits(), play.runs) == (everywhere(workers_story.RUNS), story.RUNS)


async def test_a_target_that_runs_its_commit_already_stays_as_it_is(play: Play, workers: Workers) -> None:
    before = await workers.seen()
    outcome = await release(play, ("workers", workers_story.RUNS), ("app", story.BUILT))
    assert isinstance(outcome, GroupDeployed), outcome
    assert [part.target for part in outcome.parts] == ["app"]
    assert outcome.unchanged == (("workers", workers_story.RUNS),)
    assert (await workers.seen(), play.runs) == (before, story.BUILT)


async def test_where_all_of_them_do_nothing_is_begun(play: Play) -> None:
    await release(play)
    outcome = await release(play)
    assert isinstance(outcome, Refused), outcome
    assert [each.code for each in (outcome.error, *outcome.also)] == ["runs_already", "runs_already"]
    assert outcome.error.sentence.startswith(
        f"77aa001 runs in workers already, and {play.outside.hosts.workers}/.env is"
    )


async def test_what_comes_after_a_failure_is_not_begun(play: Play, workers: Workers) -> None:
    outcome = put_back(await release(play, ("workers", workers_story.CRASHES), ("app", story.BUILT)))
    assert ([each.target for each in outcome.failed], outcome.back, outcome.untouched) == (
        ["workers"],
        (),
        ("app",),
    )
    assert (await workers.commits(), play.app.deploys) == (everywhere(workers_story.RUNS), 0)


@pytest.mark.parametrize(
    "step",
    [
        "resolve",
        "app: gates",
        "workers: point",
        "workers: trigger",
        "app: trigger",
        "app: prove",
        "app: record",
    ],
)
async def test_a_crash_at_any_point_is_resumed_to_the_same_end(
    play: Play, workers: Workers, step: str
) -> None:
    def die() -> None:
        raise Suspended("the power went")

    play.journal.before_keeping[step] = die
    outcome = await release(play)
    assert isinstance(outcome, GroupDeployed), outcome
    assert (await workers.commits(), play.runs, play.app.deploys) == (
        everywhere(workers_story.BUILT),
        story.BUILT,
        1,
    )


@pytest.mark.parametrize(
    "step", ["app: trigger", "app: put back", "workers back: put back", "workers back: watch again"]
)
async def test_a_crash_on_the_way_back_goes_on_with_it(play: Play, workers: Workers, step: str) -> None:
    def die() -> None:
        raise Suspended("the power went")

    play.journal.before_keeping[step] = die
    outcome = put_back(await release(play, ("workers", workers_story.BUILT), ("app", story.SICK)))
    assert [each.target for each in outcome.back] == ["workers"]
    assert (await workers.commits(), play.runs) == (everywhere(workers_story.RUNS), story.RUNS)


async def test_a_cancelled_one_puts_everything_back(play: Play, workers: Workers) -> None:
    play.journal.cancel_at = "app: watch"
    outcome = put_back(await release(play))
    assert outcome.status == "cancelled"
    assert (await workers.commits(), play.runs) == (everywhere(workers_story.RUNS), story.RUNS)


async def test_a_host_that_goes_away_is_told_and_the_rest_is_not_begun(play: Play, workers: Workers) -> None:
    play.world = replace(play.world, timeouts=replace(play.world.timeouts, deploy_within=0.5))
    play.engine = play.another_engine("hurried")
    play.journal.at["workers: trigger"] = lambda: setattr(workers.machine, "cut", True)
    outcome = put_back(await release(play))
    (failed,) = outcome.failed
    assert isinstance(failed, NotPutBack)
    assert (failed.runs, outcome.untouched, play.app.deploys) == ("", ("app",), 0)


async def test_nobody_else_gets_a_target_meanwhile(play: Play) -> None:
    operation = await play.begin("group", group="release", parts=BOTH)
    with pytest.raises(BlockedBy):
        await play.begin("deploy", target="app", ref=story.BUILT)
    assert isinstance(await play.end(operation), GroupDeployed)
    assert isinstance(await play.deploy(story.MULTI_ARCH, force=True), Deployed)
