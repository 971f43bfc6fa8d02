"""Running again exactly what a restart killed: GitHub still shows it as running, and must stop it first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from deploy.outcomes import Refused
from deploy.outcomes.builder import BuilderRestarted
from deploy.outcomes.builds import BuildRunsAgain, BuildUnsure
from sandbox import story
from tests.deploy.operations.play import PACE, Play, code

if TYPE_CHECKING:
    from deploy.outcomes import Outcome
    from deploy.state.connect import State
    from sandbox.world import World as Sandbox


async def rerun(play: Play, run: int, **more: str) -> Outcome:
    operation = await play.begin("build rerun", resource=f"build:{run}", build=str(run), **more)
    return await play.end(operation)


async def killed(play: Play) -> int:
    outcome = await play.on_builder("restart", force="yes")
    assert isinstance(outcome, BuilderRestarted)
    return outcome.killed[0].run


async def test_what_hangs_is_stopped_first_and_then_run_again(play: Play) -> None:
    run = await killed(play)
    refused = await rerun(play, run)
    assert (isinstance(refused, Refused), code(refused)) == (True, "build_under_way")
    operation = await play.begin("build rerun", resource=f"build:{run}", build=str(run), stop="yes")
    await play.until(
        lambda: play.outside.github.asked(f"POST /repos/{story.REPOSITORY}/actions/runs/{run}/cancel")
    )
    play.outside.clock.skip(60)
    again = await play.end(operation)
    assert isinstance(again, BuildRunsAgain), again
    assert (again.build, again.sha, again.attempt) == (run, story.BUILDING, 2)


async def test_what_is_over_by_then_is_simply_run_again(play: Play) -> None:
    run = await killed(play)
    play.outside.clock.skip(3600)
    again = await rerun(play, run, stop="yes")
    assert isinstance(again, BuildRunsAgain), again
    assert again.attempt == 2


async def test_what_github_does_not_stop_is_not_called_done(outside: Sandbox, state: State) -> None:
    play = Play(outside, state, pace=replace(PACE, build_stops_within=0.1))
    run = await killed(play)
    outside.github.faults.queue("POST */cancel", status=500, times=3)
    outcome = await rerun(play, run, stop="yes")
    assert isinstance(outcome, BuildUnsure), outcome
    assert "it still shows attempt 1 of 9c41d07 as running" in outcome.error.sentence
    await play.close()
