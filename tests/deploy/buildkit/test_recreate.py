"""buildkit recreate: exactly the configured definition; the old container is kept until the new one answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from deploy.buildkit.outcomes import BuildKitDown, BuildKitPutBack, BuildKitRestarted
from deploy.core.outcomes import Outcome, Refused
from deploy.systems.buildkit import BuildKit
from deploy.systems.hosts import BuildKitSpec
from sandbox.buildkitd import Nature
from sandbox.output import Output
from tests.deploy.machines import ssh_to
from tests.deploy.play import TIMEOUTS, Play, code

if TYPE_CHECKING:
    from deploy.redis.connect import State
    from sandbox.docker import Docker
    from sandbox.world import World as Sandbox

Become = "Callable[[Nature], None]"
OLD = "buildkitd-before"


def test_the_definition_is_the_platforms_word_for_word(play: Play) -> None:
    ssh = play.world.systems.hosts["vps01"]
    assert " ".join(BuildKit(BuildKitSpec("vps01", "100.64.123.81"), ssh).definition()) == (
        "docker run --detach --name buildkitd --restart unless-stopped --privileged"
        " --publish 100.64.123.81:1234:1234 moby/buildkit:latest --addr tcp://0.0.0.0:1234"
    )


def names(docker: Docker) -> dict[str, str]:
    return {name: each.status for name, each in docker.containers.items()}


def made(outcome: Outcome) -> BuildKitRestarted:
    assert isinstance(outcome, BuildKitRestarted), outcome
    assert outcome.anew
    return outcome


async def test_the_new_container_is_as_defined_and_the_old_one_is_gone(
    play: Play, docker: Docker, idle: Callable[[], None]
) -> None:
    idle()
    old = docker.containers["buildkitd"]
    old.policy, old.privileged = "no", False
    outcome = made(await play.on_buildkit("recreate"))
    assert (outcome.killed, outcome.note, names(docker)) == ((), "", {"buildkitd": "running"})
    new = docker.containers["buildkitd"]
    assert (new.id != old.id, new.policy, new.privileged) == (True, "unless-stopped", True)
    assert new.bindings == [("127.0.0.1", play.outside.hosts.port)]
    assert new.arguments == ["--addr", "tcp://0.0.0.0:1234"]


async def test_where_there_was_none_it_is_simply_made(
    play: Play, docker: Docker, idle: Callable[[], None]
) -> None:
    idle()
    await docker.stop("buildkitd")
    del docker.containers["buildkitd"]
    made(await play.on_buildkit("recreate"))
    assert names(docker) == {"buildkitd": "running"}


async def test_a_running_build_stops_it_unless_forced(play: Play) -> None:
    assert code(await play.on_buildkit("recreate")) == "builds_on_it"
    assert len(made(await play.on_buildkit("recreate", force=True)).killed) == 1


# --- where it must not be published


@pytest.mark.parametrize("address", ["0.0.0.0", "::", ""])
async def test_published_everywhere_it_is_refused(outside: Sandbox, state: State, address: str) -> None:
    play = Play(outside, state, buildkit=_at(outside, address))
    outcome = await play.on_buildkit("recreate", force=True)
    assert (isinstance(outcome, Refused), code(outcome)) == (True, "open_to_all")
    assert names(outside.hosts.vps01.docker) == {"buildkitd": "running"}
    await play.close()


async def test_an_address_that_the_host_does_not_have_is_refused(outside: Sandbox, state: State) -> None:
    play = Play(outside, state, buildkit=_at(outside, "100.64.123.81"))
    outcome = await play.on_buildkit("recreate", force=True)
    assert isinstance(outcome, Refused), outcome
    assert outcome.error.sentence == (
        "Not started: vps01 does not have the address 100.64.123.81; it has 127.0.0.1, 203.0.113.81."
    )
    await play.close()


def _at(outside: Sandbox, address: str) -> BuildKit:
    return BuildKit(BuildKitSpec("vps01", address=address, port=outside.hosts.port), ssh_to(outside, "vps01"))


# --- when the new one does not do


async def test_a_new_container_that_crashes_gives_way_to_the_old_one(
    play: Play, docker: Docker, image: Callable[[Nature], None]
) -> None:
    old = docker.containers["buildkitd"].id
    image(Nature("crashes"))
    outcome = await play.on_buildkit("recreate", force=True)
    assert isinstance(outcome, BuildKitPutBack), outcome
    assert (outcome.error.code, outcome.answers, outcome.answered) == ("buildkit_ends", True, True)
    assert names(docker) == {"buildkitd": "running"}
    assert docker.containers["buildkitd"].id == old
    assert (await play.world.systems.buildkit.answer()).answers  # type: ignore[union-attr]


async def test_one_that_docker_will_not_run_gives_way_too(play: Play, docker: Docker) -> None:
    no = "docker: Error response from daemon: pull access denied for moby/buildkit"
    play.outside.hosts.vps01.trouble("docker run", Output("", f"{no}\n", 125))
    outcome = await play.on_buildkit("recreate", force=True)
    assert isinstance(outcome, BuildKitPutBack), outcome
    assert "pull access denied for moby/buildkit" in outcome.error.sentence
    assert names(docker) == {"buildkitd": "running"}


async def test_an_old_one_that_never_answered_is_put_back_as_it_was(outside: Sandbox, state: State) -> None:
    play = Play(outside, state, timeouts=replace(TIMEOUTS, buildkit_within=0.3))
    docker = outside.hosts.vps01.docker
    await docker.stop("buildkitd")
    docker.images["moby/buildkit:latest"] = Nature("mute")
    outcome = await play.on_buildkit("recreate", force=True)
    assert isinstance(outcome, BuildKitPutBack), outcome
    assert (outcome.answers, outcome.answered) == (False, False)
    assert names(docker) == {"buildkitd": "exited"}
    await play.close()


async def test_without_an_old_one_the_failed_new_one_is_left_to_be_looked_at(
    play: Play, docker: Docker, image: Callable[[Nature], None]
) -> None:
    await docker.stop("buildkitd")
    del docker.containers["buildkitd"]
    image(Nature("crashes"))
    outcome = await play.on_buildkit("recreate", force=True)
    assert isinstance(outcome, BuildKitDown), outcome
    assert outcome.so == (
        "The container buildkitd is restarting; its last word:"
        " buildkitd: cannot create /var/lib/buildkit: no space left on device."
    )


async def test_what_cannot_be_put_back_is_named_with_the_way_to_do_it(
    play: Play, docker: Docker, image: Callable[[Nature], None]
) -> None:
    image(Nature("crashes"))
    play.outside.hosts.vps01.trouble("docker rm", Output("", "Error response from daemon: device busy\n", 1))
    outcome = await play.on_buildkit("recreate", force=True)
    assert isinstance(outcome, BuildKitDown), outcome
    assert (
        f"The old one is kept as {OLD}, exited; `docker rename {OLD} buildkitd` brings it back." in outcome.so
    )
    assert set(names(docker)) == {"buildkitd", OLD}


async def test_an_old_one_that_cannot_be_cleared_away_is_a_note(play: Play) -> None:
    play.outside.hosts.vps01.trouble("docker rm", Output("", "Error response from daemon: device busy\n", 1))
    assert made(await play.on_buildkit("recreate", force=True)).note.startswith(
        f"The old container is still there as {OLD}: "
    )


@pytest.mark.parametrize("step", ["set aside", "make", "ready"])
async def test_cancelled_the_old_one_comes_back(play: Play, docker: Docker, step: str) -> None:
    old = docker.containers["buildkitd"].id
    play.journal.cancel_at = step
    outcome = await play.on_buildkit("recreate", force=True)
    assert isinstance(outcome, BuildKitPutBack), outcome
    assert (outcome.status, outcome.answers) == ("cancelled", True)
    assert (names(docker), docker.containers["buildkitd"].id) == ({"buildkitd": "running"}, old)


# --- begun before, and not ended


async def test_what_an_earlier_recreate_left_behind_is_not_guessed_about(play: Play, docker: Docker) -> None:
    await docker.run(["--detach", "--name", OLD, "busybox"])
    outcome = await play.on_buildkit("recreate", force=True)
    assert (isinstance(outcome, Refused), code(outcome)) == (True, "left_over")


async def test_one_that_was_only_set_aside_is_taken_for_the_old_one(play: Play, docker: Docker) -> None:
    await play.outside.hosts.vps01.run(["docker", "rename", "buildkitd", OLD])
    made(await play.on_buildkit("recreate", force=True))
    assert names(docker) == {"buildkitd": "running"}


async def test_one_that_was_only_set_aside_runs_again_where_the_new_one_does_not_do(
    play: Play, docker: Docker, image: Callable[[Nature], None]
) -> None:
    await docker.stop("buildkitd")
    await play.outside.hosts.vps01.run(["docker", "rename", "buildkitd", OLD])
    image(Nature("crashes"))
    assert isinstance(await play.on_buildkit("recreate", force=True), BuildKitPutBack)
    assert names(docker) == {"buildkitd": "running"}


@pytest.mark.parametrize("command", ["docker rename", "docker stop", "docker run"])
async def test_a_connection_that_breaks_in_the_middle_of_any_command_is_gone_on_with(
    play: Play, docker: Docker, command: str
) -> None:
    machine = play.outside.hosts.vps01
    whole = {
        "docker rename": f"docker rename buildkitd {OLD}",
        "docker stop": f"docker stop {OLD}",
        "docker run": " ".join(["docker", "run", *play.outside.hosts.definition]),
    }
    machine.trouble(command, instead=whole[command], hang_up=True)
    made(await play.on_buildkit("recreate", force=True))
    assert names(docker) == {"buildkitd": "running"}
