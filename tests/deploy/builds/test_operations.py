"""Builds rerun, cancelled and started: done once, and reported only when GitHub shows it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from deploy.builds.outcomes import BuildRunsAgain, BuildStarted, BuildStopped, BuildUnsure
from deploy.core.model import Resource
from deploy.core.outcomes import Cancelled, Failed, Refused
from deploy.engine.journal import Lost
from sandbox import story
from tests.deploy.conftest import ANA
from tests.deploy.play import TIMEOUTS, Play, code

if TYPE_CHECKING:
    from deploy.core.model import Operation
    from deploy.core.outcomes import Outcome
    from deploy.redis.connect import State
    from sandbox.github.runs import Run
    from sandbox.github.server import GitHub
    from sandbox.world import World

RERUN, CANCEL = "POST */rerun", "POST */cancel"
DISPATCH = "POST */dispatches"
URL = "https://github.com/Wandeon/FiskAI/actions/runs/"


@pytest.fixture
async def hasty(outside: World, state: State) -> AsyncIterator[Play]:
    """fisk with hardly any patience for what GitHub does not show."""
    play = Play(outside, state, replace(TIMEOUTS, build_shown_within=0.2, build_stops_within=0.2))
    yield play
    await play.close()


def run_of(play: Play, sha: str) -> Run:
    return next(run for run in play.outside.github.runs.all if run.commit.sha == sha)


async def begin(play: Play, what: str, sha: str = "", **arguments: Any) -> Operation:
    if what == "start":
        return await play.begin("build start", workflow=story.WORKFLOW, **arguments)
    run = run_of(play, sha)
    return await play.begin(f"build {what}", build=run.id, sha=sha, **arguments)


async def done(play: Play, what: str, sha: str = "", **arguments: Any) -> Outcome:
    return await play.end(await begin(play, what, sha, **arguments))


def asked(play: Play, ending: str) -> int:
    """How often GitHub was asked to act so."""
    received = play.outside.github.received
    return sum(each.method == "POST" and each.path.endswith(ending) for each in received)


def lose() -> None:
    """The first runner loses its fence at this very moment, and another one goes on."""
    raise Lost("somebody else")


# --- rerun


async def test_a_failed_build_runs_again(play: Play) -> None:
    run = run_of(play, story.BUILD_FAILED)
    assert await done(play, "rerun", story.BUILD_FAILED) == BuildRunsAgain(
        run.id, story.BUILD_FAILED, 2, "queued", f"{URL}{run.id}"
    )
    assert asked(play, "/rerun") == 1


async def test_only_what_failed_runs_again_where_that_is_wanted(play: Play) -> None:
    outcome = await done(play, "rerun", story.BUILD_FAILED, failed=True)
    assert isinstance(outcome, BuildRunsAgain)
    assert outcome.failed_only
    assert (asked(play, "/rerun"), asked(play, "/rerun-failed-jobs")) == (0, 1)


async def test_a_rerun_is_told_once_github_shows_the_new_attempt(play: Play) -> None:
    play.outside.github.runs.shows_after = 0.3
    outcome = await done(play, "rerun", story.BUILD_FAILED)
    assert isinstance(outcome, BuildRunsAgain)
    assert (outcome.attempt, asked(play, "/rerun")) == (2, 1)


@pytest.mark.parametrize(
    ("sha", "failed", "why"),
    [(story.BUILDING, "", "build_under_way"), (story.BUILT, "yes", "nothing_failed")],
)
async def test_what_cannot_run_again_is_refused_before_github_is_asked(
    play: Play, sha: str, failed: str, why: str
) -> None:
    outcome = await done(play, "rerun", sha, failed=failed)
    assert isinstance(outcome, Refused)
    assert (code(outcome), asked(play, "/rerun"), asked(play, "/rerun-failed-jobs")) == (why, 0, 0)


async def test_a_build_that_is_too_old_fails_with_githubs_reason(play: Play) -> None:
    play.outside.clock.skip(40 * 24 * 60 * story.MINUTE)
    outcome = await done(play, "rerun", story.BUILD_FAILED)
    assert isinstance(outcome, Failed)
    assert code(outcome) == "github_not_rerunnable"
    assert "over a month ago" in outcome.error.sentence


async def test_a_build_that_was_deleted_is_refused(play: Play) -> None:
    operation = await play.begin("build rerun", build=1, sha=story.BUILT)
    assert code(await play.end(operation)) == "build_not_found"


async def test_a_lost_answer_to_a_rerun_is_settled_by_what_github_shows(play: Play) -> None:
    play.outside.github.faults.queue(RERUN, drop=True, after=True)
    outcome = await done(play, "rerun", story.BUILD_FAILED)
    assert isinstance(outcome, BuildRunsAgain)
    assert (outcome.attempt, asked(play, "/rerun")) == (2, 1)


async def test_a_crash_after_the_request_runs_it_again_once(play: Play) -> None:
    play.journal.before_keeping["ask GitHub"] = lose
    outcome = await done(play, "rerun", story.BUILD_FAILED)
    assert isinstance(outcome, BuildRunsAgain)
    assert (outcome.attempt, asked(play, "/rerun")) == (2, 1)


async def test_a_crash_while_github_still_shows_the_old_attempt_runs_it_again_once(play: Play) -> None:
    play.outside.github.runs.shows_after = 0.4
    play.journal.before_keeping["ask GitHub"] = lose
    outcome = await done(play, "rerun", story.BUILD_FAILED)
    assert isinstance(outcome, BuildRunsAgain)
    assert (outcome.attempt, len(run_of(play, story.BUILD_FAILED).attempts)) == (2, 2)


async def test_what_github_never_shows_is_told_as_unsure(hasty: Play) -> None:
    hasty.outside.github.faults.queue(RERUN, drop=True)
    outcome = await done(hasty, "rerun", story.BUILD_FAILED)
    assert isinstance(outcome, BuildUnsure)
    assert (outcome.status, outcome.error.code, outcome.sha) == (
        "failed",
        "build_not_shown",
        story.BUILD_FAILED,
    )
    assert "closed the connection" in outcome.lost


async def test_a_silent_github_is_waited_for_while_reading_back(play: Play) -> None:
    play.journal.at["see it there"] = lambda: play.outside.github.faults.queue(
        "GET */runs/*", status=503, times=9
    )
    operation = await begin(play, "rerun", story.BUILD_FAILED)
    assert isinstance(await play.end(operation), BuildRunsAgain)


async def test_once_github_was_asked_nobody_can_stop_the_reading_back(play: Play) -> None:
    play.journal.cancel_at = "see it there"
    assert isinstance(await done(play, "rerun", story.BUILD_FAILED), BuildRunsAgain)


async def test_before_github_was_asked_it_can_be_stopped(play: Play) -> None:
    play.journal.cancel_at = "ask GitHub"
    assert await done(play, "rerun", story.BUILD_FAILED) == Cancelled(ANA, ("ask GitHub: GitHub",))
    assert asked(play, "/rerun") == 0


# --- cancel


async def test_a_build_is_stopped_once_github_shows_it_as_over(play: Play) -> None:
    operation = await begin(play, "cancel", story.BUILDING)
    await play.reached(operation, "see it there")
    play.outside.clock.skip(5)
    run = run_of(play, story.BUILDING)
    assert await play.end(operation) == BuildStopped(run.id, story.BUILDING, "cancelled", f"{URL}{run.id}")
    assert asked(play, "/cancel") == 1


async def test_a_build_that_ends_first_is_told_as_it_ended(play: Play) -> None:
    play.journal.at["ask GitHub"] = lambda: play.outside.clock.skip(30 * story.MINUTE)
    outcome = await done(play, "cancel", story.BUILDING)
    assert isinstance(outcome, BuildStopped)
    assert (outcome.conclusion, outcome.status, asked(play, "/cancel")) == ("success", "failed", 0)


async def test_what_is_over_is_not_stopped(play: Play) -> None:
    assert code(await done(play, "cancel", story.BUILT)) == "build_over"


async def test_a_build_that_does_not_stop_is_told_as_unsure(hasty: Play) -> None:
    outcome = await done(hasty, "cancel", story.BUILDING)
    assert isinstance(outcome, BuildUnsure)
    assert (outcome.error.code, outcome.lost) == ("build_not_shown", "")


# --- start


async def test_a_build_of_the_head_is_started(play: Play) -> None:
    operation = await begin(play, "start", no_cache=True)
    outcome = await play.end(operation)
    run = play.outside.github.runs.all[-1]
    assert outcome == BuildStarted(run.id, story.BUILDING, "main", "queued", f"{URL}{run.id}", no_cache=True)
    (received,) = [each for each in play.outside.github.received if each.path.endswith("/dispatches")]
    inputs = {"force_no_cache": "true", "fisk": operation.id}
    assert received.json == {"ref": "main", "inputs": inputs, "return_run_details": True}


async def test_a_github_that_does_not_tell_the_run_is_looked_at_until_it_shows(play: Play) -> None:
    play.outside.github.actions.tells_run_ids = False
    play.outside.github.runs.shows_after = 0.2
    outcome = await done(play, "start")
    assert isinstance(outcome, BuildStarted)
    assert outcome.build == play.outside.github.runs.all[-1].id


@pytest.mark.parametrize("tells", [True, False])
async def test_a_lost_answer_to_a_start_starts_once(play: Play, *, tells: bool) -> None:
    play.outside.github.actions.tells_run_ids = tells
    play.outside.github.faults.queue(DISPATCH, drop=True, after=True)
    before = len(play.outside.github.runs.all)
    assert isinstance(await done(play, "start"), BuildStarted)
    assert len(play.outside.github.runs.all) == before + 1


async def test_a_crash_after_a_start_that_shows_late_starts_once(play: Play) -> None:
    play.outside.github.runs.shows_after = 0.3
    play.journal.before_keeping["ask GitHub"] = lose
    before = len(play.outside.github.runs.all)
    assert isinstance(await done(play, "start"), BuildStarted)
    assert (len(play.outside.github.runs.all), asked(play, "/dispatches")) == (before + 1, 1)


async def test_a_build_that_somebody_starts_meanwhile_is_not_taken_for_its_own(play: Play) -> None:
    """The answer is lost, and GitHub shows another person's build sooner."""
    github = play.outside.github
    github.actions.tells_run_ids = False
    play.journal.at["ask GitHub"] = lambda: _by_hand(github)
    github.faults.queue(DISPATCH, drop=True, after=True)
    outcome = await done(play, "start")
    assert isinstance(outcome, BuildStarted)
    *_, theirs, ours = github.runs.all
    assert (outcome.build, theirs.title, ours.title.split()[0]) == (ours.id, "Build", "fisk")


async def test_a_start_that_was_not_taken_is_not_seen_in_somebody_elses_build(hasty: Play) -> None:
    hasty.journal.at["ask GitHub"] = lambda: _by_hand(hasty.outside.github)
    hasty.outside.github.faults.queue(DISPATCH, drop=True)
    outcome = await done(hasty, "start")
    assert isinstance(outcome, BuildUnsure)


async def test_a_workflow_without_marks_is_started_all_the_same(play: Play) -> None:
    play.outside.github.contents.change("run-name:", "# run-name:")
    play.outside.github.actions.tells_run_ids = False
    outcome = await done(play, "start")
    assert isinstance(outcome, BuildStarted)
    assert play.outside.github.runs.all[-1].title == "Build"


def _by_hand(github: GitHub) -> None:
    run = github.runs.add(github.history.find("main"), "workflow_dispatch", story.MARKO)
    run.title = github.contents.title({})


async def test_a_start_that_never_shows_is_told_as_unsure(hasty: Play) -> None:
    hasty.outside.github.faults.queue(DISPATCH, drop=True)
    outcome = await done(hasty, "start")
    assert isinstance(outcome, BuildUnsure)
    assert (outcome.error.code, outcome.build, outcome.sha) == ("build_not_shown", 0, story.BUILDING)


async def test_a_workflow_that_cannot_be_started_changes_nothing(play: Play) -> None:
    play.outside.github.faults.queue(
        DISPATCH, status=422, body='{"message": "Workflow does not have \'workflow_dispatch\' trigger"}'
    )
    outcome = await done(play, "start")
    assert isinstance(outcome, Failed)
    assert code(outcome) == "github_not_startable"


async def test_one_at_a_time_acts_on_a_build(play: Play) -> None:
    operation = await begin(play, "cancel", story.BUILDING)
    await play.reached(operation, "see it there")
    run = run_of(play, story.BUILDING)
    assert (await play.world.memory.locks.locked())[Resource("build", str(run.id))] == operation.id
    play.outside.clock.skip(5)
    await play.end(operation)
