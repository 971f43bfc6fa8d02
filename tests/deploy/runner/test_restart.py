"""runner restart: refused while a job runs, verified with systemd and GitHub."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from deploy.core.outcomes import Failed, Outcome, Refused
from deploy.runner.outcomes import RunnerDown, RunnerRestarted
from sandbox.hosts import RUNNER, SERVICE
from sandbox.output import Output
from tests.deploy.play import TIMEOUTS, Play, code

if TYPE_CHECKING:
    from deploy.redis.connect import State
    from sandbox.systemd import Unit
    from sandbox.world import World as Sandbox

HOUR = 3600.0


@pytest.fixture
def unit(play: Play) -> Unit:
    return play.outside.hosts.vps.systemd.units[SERVICE]


async def restart(play: Play, **arguments: Any) -> Outcome:
    operation = await play.begin("runner restart", runner=RUNNER, **arguments)
    return await play.end(operation)


async def test_an_idle_runner_is_restarted_and_github_sees_it_again(play: Play, unit: Unit) -> None:
    play.outside.clock.skip(HOUR)
    outcome = await restart(play)
    assert isinstance(outcome, RunnerRestarted), outcome
    assert replace(outcome, seconds=0) == RunnerRestarted(RUNNER, 0)
    assert (unit.restarts, unit.active) == (1, True)


async def test_a_job_that_runs_stops_it_unless_forced(play: Play, unit: Unit) -> None:
    outcome = await restart(play)
    assert isinstance(outcome, Refused), outcome
    assert outcome.error.code == "job_running"
    assert outcome.error.sentence.startswith(f"Not started: {RUNNER} works on the job ")
    assert [offer.command for offer in outcome.error.offers] == ["runner restart --force"]
    assert unit.restarts == 0
    assert isinstance(await restart(play, force=True), RunnerRestarted)
    assert unit.restarts == 1


async def test_without_github_nobody_knows_whether_a_job_runs(play: Play, unit: Unit) -> None:
    play.outside.github.faults.queue("GET */runs", status=500, times=3)
    assert (code(await restart(play)), unit.restarts) == ("jobs_unknown", 0)


async def test_a_token_that_may_not_list_runners_is_said_and_no_failure(play: Play) -> None:
    play.outside.github.faults.queue("GET */actions/runners", status=403, times=9)
    outcome = await restart(play, force=True)
    assert isinstance(outcome, RunnerRestarted), outcome
    assert outcome.unseen == "fisk's token may not list GitHub's runners"


async def test_a_service_that_does_not_come_back_is_down(outside: Sandbox, state: State) -> None:
    play = Play(outside, state, timeouts=replace(TIMEOUTS, buildkit_within=0.2))
    outside.hosts.vps.systemd.units[SERVICE].broken = True
    outcome = await restart(play, force=True)
    assert isinstance(outcome, RunnerDown), outcome
    assert "control process exited with error code" in outcome.error.sentence
    await play.close()


async def test_one_that_fails_only_later_is_down_too(outside: Sandbox, state: State) -> None:
    play = Play(outside, state, timeouts=replace(TIMEOUTS, buildkit_within=0.2))
    unit = outside.hosts.vps.systemd.units[SERVICE]
    play.journal.at["active"] = lambda: setattr(unit, "active", False)
    outcome = await restart(play, force=True)
    assert isinstance(outcome, RunnerDown), outcome
    assert outcome.error.sentence == f"The service of {RUNNER} is failed (failed) 0.2 s after its restart."
    await play.close()


async def test_a_service_that_systemd_does_not_know_is_named(play: Play) -> None:
    play.outside.hosts.vps.systemd.units.clear()
    outcome = await restart(play, force=True)
    assert isinstance(outcome, Failed), outcome
    assert outcome.error.sentence == f"systemd on vps knows no {SERVICE}."


async def test_a_connection_that_breaks_in_the_middle_is_no_second_restart(play: Play, unit: Unit) -> None:
    line = f"systemctl restart {SERVICE}"
    play.outside.hosts.vps.trouble(line, instead=line, hang_up=True)
    assert isinstance(await restart(play, force=True), RunnerRestarted)
    assert unit.restarts == 1


async def test_sudo_that_wants_a_password_is_told_as_it_says_it(play: Play) -> None:
    play.outside.hosts.vps.trouble("systemctl restart", Output("", "sudo: a password is required\n", 1))
    outcome = await restart(play, force=True)
    assert isinstance(outcome, RunnerDown), outcome
    assert "sudo: a password is required" in outcome.error.sentence
