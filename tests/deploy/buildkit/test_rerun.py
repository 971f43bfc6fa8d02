"""Rerunning exactly the builds that a restart killed, which GitHub still shows as running and must cancel first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from deploy.buildkit.outcomes import BuildKitRestarted
from deploy.builds.outcomes import BuildRunsAgain, BuildStopped, BuildUnsure
from deploy.core import errors
from deploy.core.outcomes import Cancelled, Refused
from sandbox import story
from tests.deploy.conftest import ANA
from tests.deploy.play import TIMEOUTS, Play, code

if TYPE_CHECKING:
    from deploy.core.model import Operation
    from deploy.core.outcomes import Outcome
    from deploy.redis.connect import State
    from sandbox.world import World as Sandbox


async def rerun(play: Play, run: int, **more: Any) -> Outcome:
    operation = await play.begin("build rerun", build=run, sha=story.BUILDING, **more)
    return await play.end(operation)


async def stopping(play: Play, run: int) -> Operation:
    """One that has asked GitHub to stop the build, which takes its time."""
    operation = await play.begin("build rerun", build=run, sha=story.BUILDING, stop=True)
    await play.until(
        lambda: play.outside.github.asked(f"POST /repos/{story.REPOSITORY}/actions/runs/{run}/cancel")
    )
    return operation


async def killed(play: Play) -> int:
    outcome = await play.on_buildkit("restart", force=True)
    assert isinstance(outcome, BuildKitRestarted)
    return outcome.killed[0].run


async def test_what_hangs_is_stopped_first_and_then_run_again(play: Play) -> None:
    run = await killed(play)
    refused = await rerun(play, run)
    assert (isinstance(refused, Refused), code(refused)) == (True, "build_under_way")
    operation = await stopping(play, run)
    play.outside.clock.skip(60)
    again = await play.end(operation)
    assert isinstance(again, BuildRunsAgain), again
    assert (again.build, again.sha, again.attempt) == (run, story.BUILDING, 2)


async def test_a_cancel_before_github_was_asked_stops_nothing(play: Play) -> None:
    run = await killed(play)
    play.journal.cancel_at = "ask GitHub to stop it"
    assert await rerun(play, run, stop=True) == Cancelled(ANA, ("ask GitHub to stop it: GitHub",))
    assert not play.outside.github.asked(f"POST /repos/{story.REPOSITORY}/actions/runs/{run}/cancel")


async def test_once_the_build_is_being_stopped_a_cancel_does_not_leave_it_so(play: Play) -> None:
    operation = await stopping(play, await killed(play))
    await play.reached(operation, "stop it")
    await play.journal.cancel(operation.id, ANA)
    play.outside.clock.skip(60)
    again = await play.end(operation)
    assert isinstance(again, BuildRunsAgain), again


@pytest.mark.parametrize("step", ["remember", "ask GitHub"])
async def test_where_it_cannot_run_again_it_is_told_that_it_was_stopped(play: Play, step: str) -> None:
    run = await killed(play)
    play.journal.at[step] = lambda: play.outside.github.faults.queue("GET */runs/*", status=500, times=9)
    operation = await stopping(play, run)
    play.outside.clock.skip(60)
    url = f"https://github.com/{story.REPOSITORY}/actions/runs/{run}"
    why = errors.ServerFault(system="GitHub", status=500).failure
    assert await play.end(operation) == BuildStopped(run, story.BUILDING, "cancelled", url, why)


async def test_what_is_over_by_then_is_simply_run_again(play: Play) -> None:
    run = await killed(play)
    play.outside.clock.skip(3600)
    again = await rerun(play, run, stop=True)
    assert isinstance(again, BuildRunsAgain), again
    assert again.attempt == 2


async def test_what_github_does_not_stop_is_not_called_done(outside: Sandbox, state: State) -> None:
    play = Play(outside, state, timeouts=replace(TIMEOUTS, build_stops_within=0.1))
    run = await killed(play)
    outside.github.faults.queue("POST */cancel", status=500, times=3)
    outcome = await rerun(play, run, stop=True)
    assert isinstance(outcome, BuildUnsure), outcome
    assert "it still shows attempt 1 of 9c41d07 as running" in outcome.error.sentence
    await play.close()
