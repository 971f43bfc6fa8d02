"""buildkit restart: names the builds it kills, finishes once begun, and waits until BuildKit answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from deploy.buildkit.offers import RECREATE
from deploy.buildkit.outcomes import BuildKitDown, BuildKitRestarted, Killed
from deploy.core.model import Resource
from deploy.core.outcomes import Cancelled, Failed, Outcome, Refused
from deploy.core.timeouts import Timeouts
from sandbox import story
from sandbox.buildkitd import Nature
from sandbox.output import Output
from tests.deploy.play import TIMEOUTS, Play, code
from tests.waiting import until

if TYPE_CHECKING:
    from deploy.redis.connect import State
    from sandbox.docker import Docker
    from sandbox.world import World as Sandbox

PLATFORMS = ("linux/arm64", "linux/arm/v7", "linux/arm/v6")
RESTART = "docker restart buildkitd"


def restarted(outcome: Outcome) -> BuildKitRestarted:
    """A good end, without how long it took."""
    assert isinstance(outcome, BuildKitRestarted), outcome
    return replace(outcome, seconds=0)


def the_build(play: Play) -> Killed:
    """The one that runs when the story begins."""
    (run,) = [run for run in play.outside.github.runs.all if run.commit.sha == story.BUILDING]
    return Killed(run.id, story.BUILDING, f"https://github.com/{story.REPOSITORY}/actions/runs/{run.id}")


async def test_an_idle_builder_is_restarted_and_answers(
    play: Play, docker: Docker, idle: Callable[[], None]
) -> None:
    idle()
    before = docker.containers["buildkitd"].started
    assert restarted(await play.on_buildkit("restart")) == BuildKitRestarted("vps01", 0, PLATFORMS)
    assert docker.containers["buildkitd"].started > before
    assert (await play.world.systems.buildkit.answer()).answers  # type: ignore[union-attr]


async def test_ready_is_when_it_answers_and_not_when_docker_returns(
    play: Play, docker: Docker, idle: Callable[[], None]
) -> None:
    idle()
    docker.containers["buildkitd"].nature = Nature(boot=0.7)
    operation = await play.begin_on_buildkit("restart")
    outcome = await play.end(operation)
    assert isinstance(outcome, BuildKitRestarted)
    assert outcome.seconds >= 0.7
    assert any("from here" in line for line in await play.said(operation))


async def test_a_connection_that_is_cut_while_docker_stops_it_restarts_it_once(
    play: Play, docker: Docker, idle: Callable[[], None]
) -> None:
    idle()
    docker.stopping = 0.7
    machine = play.outside.hosts.vps01
    operation = await play.begin_on_buildkit("restart")
    await until(lambda: machine.asked(RESTART))
    play.outside.hosts.sshd["vps01"].hang_up()
    assert restarted(await play.end(operation)) == BuildKitRestarted("vps01", 0, PLATFORMS)
    assert machine.asked(RESTART) == 1


async def test_without_force_nothing_is_restarted_while_a_build_runs(play: Play, docker: Docker) -> None:
    before = docker.containers["buildkitd"].started
    outcome = await play.on_buildkit("restart")
    assert isinstance(outcome, Refused)
    assert outcome.error.sentence == "Not started: 1 build (9c41d07) on vps01 would die."
    assert (outcome.error.code, docker.containers["buildkitd"].started) == ("builds_on_it", before)
    assert [offer.command for offer in outcome.error.offers] == ["buildkit restart --force"]


async def test_by_force_it_is_and_the_build_that_died_is_named(play: Play) -> None:
    outcome = restarted(await play.on_buildkit("restart", force=True))
    assert outcome.killed == (the_build(play),)


async def test_a_container_that_is_not_there_cannot_be_restarted(play: Play, docker: Docker) -> None:
    await docker.stop("buildkitd")
    del docker.containers["buildkitd"]
    outcome = await play.on_buildkit("restart", force=True)
    assert isinstance(outcome, Refused), outcome
    assert outcome.error.code == "no_container"
    assert outcome.error.offers == (RECREATE,)


async def test_a_stopped_container_is_started(play: Play, docker: Docker) -> None:
    await docker.stop("buildkitd")
    assert restarted(await play.on_buildkit("restart", force=True)).platforms == PLATFORMS
    assert play.outside.hosts.vps01.asked(RESTART) == 0


# --- what GitHub says, and does not say


async def test_without_github_nobody_knows_what_would_die(play: Play) -> None:
    play.outside.github.faults.queue("GET */runs", status=500, times=9)
    assert code(await play.on_buildkit("restart")) == "builds_unknown"


async def test_by_force_it_goes_without_github(play: Play) -> None:
    play.outside.github.faults.queue("GET */runs", status=500, times=9)
    assert restarted(await play.on_buildkit("restart", force=True)).killed == ()


# --- when idle


async def test_when_idle_waits_for_the_build_and_keeps_its_lock(play: Play, idle: Callable[[], None]) -> None:
    operation = await play.begin_on_buildkit("restart", when_idle=True)
    said: list[str] = []

    async def busy() -> bool:
        said[:] = await play.said(operation)
        return any("9c41d07" in line for line in said)

    await until(busy)
    assert "1 build (9c41d07) on it; fisk starts no new one meanwhile" in said
    assert (await play.world.memory.locks.locked())[Resource("buildkit", "vps01")] == operation.id
    assert play.outside.hosts.vps01.asked(RESTART) == 0
    idle()
    assert restarted(await play.end(operation)) == BuildKitRestarted("vps01", 0, PLATFORMS)


async def test_when_idle_gives_up_after_the_time_for_a_build(outside: Sandbox, state: State) -> None:
    play = Play(outside, state, timeouts=replace(TIMEOUTS, build_within=0.1))
    outcome = await play.on_buildkit("restart", when_idle=True)
    assert (isinstance(outcome, Failed), code(outcome)) == (True, "gave_up_waiting")
    await play.close()


async def test_waiting_for_idle_can_be_cancelled(play: Play) -> None:
    play.journal.cancel_at = "wait until idle"
    assert isinstance(await play.on_buildkit("restart", when_idle=True), Cancelled)
    assert play.outside.hosts.vps01.asked(RESTART) == 0


# --- what goes wrong in the middle


async def test_a_connection_that_breaks_in_the_middle_is_no_second_restart(play: Play) -> None:
    """Docker restarted it all the same; whoever asks again finds that out."""
    machine = play.outside.hosts.vps01
    machine.trouble(RESTART, instead=RESTART, hang_up=True)
    assert restarted(await play.on_buildkit("restart", force=True)).platforms == PLATFORMS
    assert machine.asked(RESTART) == 1


async def test_one_that_was_left_stopped_in_the_middle_is_started(play: Play) -> None:
    machine = play.outside.hosts.vps01
    machine.trouble(RESTART, instead="docker stop buildkitd", hang_up=True)
    assert restarted(await play.on_buildkit("restart", force=True)).platforms == PLATFORMS
    assert machine.asked("docker start buildkitd") == 1


async def test_once_begun_a_cancel_does_not_leave_the_builder_down(play: Play) -> None:
    play.journal.cancel_at = "ready"
    assert restarted(await play.on_buildkit("restart", force=True)).platforms == PLATFORMS


async def test_a_builder_that_stays_silent_is_down_with_its_reason(outside: Sandbox, state: State) -> None:
    play = Play(outside, state, timeouts=replace(TIMEOUTS, buildkit_within=0.3))
    outside.hosts.buildkit.nature = Nature("mute")
    outcome = await play.on_buildkit("restart", force=True)
    assert isinstance(outcome, BuildKitDown), outcome
    assert outcome.error.code == "buildkit_silent"
    assert outcome.so.startswith("The container buildkitd is running; its last word: time=")
    assert outcome.killed == (the_build(play),)
    await play.close()


async def test_a_crash_loop_is_told_with_its_last_words(play: Play, docker: Docker) -> None:
    docker.containers["buildkitd"].nature = Nature("crashes")
    outcome = await play.on_buildkit("restart", force=True)
    assert isinstance(outcome, BuildKitDown), outcome
    assert outcome.error.sentence == (
        "BuildKit on vps01 starts and ends again by itself:"
        " buildkitd: cannot create /var/lib/buildkit: no space left on device."
    )


async def test_a_builder_without_the_platform_is_not_ready(outside: Sandbox, state: State) -> None:
    play = Play(outside, state, timeouts=replace(TIMEOUTS, buildkit_within=0.5))
    outside.hosts.buildkit.nature = Nature(platforms=("linux/amd64",))
    outcome = await play.on_buildkit("restart", force=True)
    assert isinstance(outcome, BuildKitDown)
    assert "no worker builds linux/arm64" in outcome.error.sentence
    await play.close()


async def test_what_docker_says_no_to_is_told_as_it_says_it(play: Play) -> None:
    no = Output("", "Error response from daemon: Cannot restart container buildkitd: tried to kill\n", 1)
    play.outside.hosts.vps01.trouble(RESTART, no)
    outcome = await play.on_buildkit("restart", force=True)
    assert isinstance(outcome, BuildKitDown), outcome
    assert "Cannot restart container buildkitd: tried to kill" in outcome.error.sentence
    assert outcome.so.startswith("The container buildkitd is running")


async def test_a_host_out_of_reach_at_the_end_leaves_the_truth_unknown(
    outside: Sandbox, state: State
) -> None:
    play = Play(outside, state, timeouts=Timeouts(**{**_seconds(), "buildkit_within": 0.2}))
    machine = outside.hosts.vps01

    def cut_off() -> None:
        for _ in range(99):
            machine.trouble("docker", hang_up=True)

    play.journal.at["ready"] = cut_off
    outcome = await play.on_buildkit("restart", force=True)
    assert isinstance(outcome, BuildKitDown), outcome
    assert outcome.so.startswith("How buildkitd is nobody knows: The connection to vps01 was lost")
    await play.close()


def _seconds() -> dict[str, float]:
    return {name: getattr(TIMEOUTS, name) for name in TIMEOUTS.__slots__}


@pytest.mark.parametrize("kind", ["restart", "recreate"])
async def test_two_at_once_one_wins(play: Play, kind: str) -> None:
    operation = await play.begin_on_buildkit("restart", when_idle=True)
    with pytest.raises(Exception, match=operation.id):
        await play.begin_on_buildkit(kind, force=True)
    await play.journal.cancel(operation.id, operation.actor)
    assert isinstance(await play.end(operation), Cancelled)
