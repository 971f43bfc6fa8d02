"""runner, status and build where the runner is the organisation's, hangs, or is lost in the midst of a job."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.words.format import TERMINAL
from bot.words.texts import reply_text
from commands.builds import OneBuild
from deploy.core.ask import Unknown, known
from deploy.status.journey import Built
from sandbox import story
from sandbox.github.runner import RUNNER
from sandbox.github.runs import LOST
from tests.commands.chain import build, runners, status, where

if TYPE_CHECKING:
    from deploy.runner.report import RunnerNow, Runners
    from sandbox.github.runs import Run
    from sandbox.world import World
    from tests.commands.conftest import Asking

LOST_BY_IT = LOST.format(runner=RUNNER)
UNPAID = "The job was not started because recent account payments have failed."


def the_one(it: Runners) -> RunnerNow:
    assert not isinstance(it.runners, Unknown)
    (only,) = it.runners
    return only


async def test_a_runner_of_the_organisation_is_found(asking: Asking, outside: World) -> None:
    outside.github.actions.organisation = True
    only = the_one(await runners(asking))
    assert (only.runner.name, only.runner.shared, only.runs is not None) == (RUNNER, True, True)
    assert the_one((await status(asking)).runners).runner.shared


async def test_a_runner_of_an_organisation_that_the_token_may_not_see_shows_in_its_jobs(
    asking: Asking, outside: World
) -> None:
    outside.github.actions.organisation = True
    outside.github.actions.organisation_administrator = False
    it = await runners(asking)
    assert (it.runners, [each.job.runner for each in it.running]) == ((), [RUNNER])


async def test_without_either_right_the_runners_are_not_known(asking: Asking, outside: World) -> None:
    outside.github.actions.administrator = False
    outside.github.actions.organisation_administrator = False
    it = await runners(asking)
    assert it.runners == Unknown(
        "the token may not see the runners", "Give the token in FISK_GITHUB_TOKEN the missing right."
    )


async def test_a_runner_that_is_busy_with_nothing_while_a_job_waits_is_stuck(
    asking: Asking, outside: World
) -> None:
    _waits(outside)
    outside.github.runs.hangs = True
    for it in (await runners(asking), (await status(asking)).runners):
        only = the_one(it)
        assert (only.runner.busy, only.runs, only.stuck) == (True, None, True)


async def test_with_a_job_of_any_workflow_it_is_not_stuck(asking: Asking, outside: World) -> None:
    outside.github.push("Sum VAT twice")
    outside.github.runs.all[-1].newest.created = -10 * story.MINUTE
    only = the_one((await status(asking)).runners)
    assert (only.runner.busy, only.stuck) == (True, False)


async def test_a_job_whose_runner_was_lost_says_so_in_every_view(asking: Asking, outside: World) -> None:
    run = _lost(outside)
    outside.clock.skip(146 * 60 * story.MINUTE)
    it = await build(asking, story.BUILDING)
    assert it.failing is not None
    assert it.failing.step is not None
    assert (it.failing.step.name, it.failing.step.status) == ("Build and push", "in_progress")
    assert it.failing.said == (LOST_BY_IT,)
    assert isinstance(it.failing.log, Unknown)
    text = reply_text(OneBuild(it, "main"), TERMINAL)[0].split("\n")
    assert "    ✗ Build and push: it had not ended when its job was over" in text
    assert "    5 steps never began" in text
    assert f"GitHub says: {LOST_BY_IT}" in text
    assert not [line for line in text if "for 146 h" in line]
    built = (await where(asking, story.BUILDING)).built
    assert isinstance(built, Built)
    assert (built.failing, built.step) == (it.failing, None)
    assert run.job.conclusion == "failure"


async def test_a_job_that_never_began_says_why(asking: Asking, outside: World) -> None:
    pushed = outside.github.push("Sum VAT twice", built=story.Built(refused=UNPAID))
    it = await build(asking, pushed.sha)
    assert it.failing is not None
    assert (it.failing.step, it.failing.said) == (None, (UNPAID,))


@pytest.mark.parametrize("right", ["denied", "hidden"])
async def test_without_the_right_to_see_checks_the_log_alone_is_told(
    asking: Asking, outside: World, right: str
) -> None:
    _lost(outside)
    outside.clock.skip(60 * story.MINUTE)
    getattr(outside.github.allowance, right).add("check-runs")
    it = await build(asking, story.BUILDING)
    assert it.failing is not None
    assert (it.failing.said, known(it.failing.log)) == ((), None)


async def test_where_the_log_is_there_nothing_else_is_asked_for(asking: Asking, outside: World) -> None:
    it = await build(asking, story.BUILD_FAILED)
    assert it.failing is not None
    assert (it.failing.said, outside.github.asked("GET */annotations")) == ((), 0)


def _waits(outside: World) -> None:
    """A job that has waited for ten minutes, while none runs."""
    outside.clock.skip(30 * story.MINUTE)
    outside.github.runs.stuck = True
    outside.github.push("Sum VAT twice")
    outside.github.runs.all[-1].newest.created = -10 * story.MINUTE


def _lost(outside: World) -> Run:
    """The build under way, whose runner has fallen silent."""
    run = next(run for run in outside.github.runs.all if run.commit.sha == story.BUILDING)
    outside.github.runs.lose(run)
    return run
