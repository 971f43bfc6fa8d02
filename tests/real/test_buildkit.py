"""BuildKit on a real host: separate Docker, sshd and network, with the platform's addresses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from deploy.buildkit.outcomes import BuildKitDown, BuildKitPutBack, BuildKitRestarted
from deploy.core.outcomes import Refused
from deploy.systems.buildkit import BuildKit
from deploy.systems.hosts import BuildKitSpec
from deploy.systems.reachable import speaks_http2
from tests.deploy.play import Play, code
from tests.real.dockerd import IMAGE
from tests.real.namespaces import PUBLIC, TAILSCALE
from tests.waiting import until

if TYPE_CHECKING:
    from deploy.redis.connect import State
    from deploy.systems.docker import Container
    from sandbox.world import World as Sandbox
    from tests.real.conftest import RealMachine

pytestmark = [
    pytest.mark.root,
    pytest.mark.usefixtures("machine"),  # before the sandbox, which then stands where fisk runs
    pytest.mark.debian("openssh-server", "docker.io", "iproute2", "iptables", "busybox-static"),
]

PLATFORMS = ("linux/arm64", "linux/arm/v7")


@pytest.fixture
async def play(outside: Sandbox, state: State, buildkit: BuildKit) -> AsyncIterator[Play]:
    """GitHub and the rest are the sandbox's, the builder is real; no build runs."""
    outside.clock.skip(3600)
    play = Play(outside, state, buildkit=buildkit)
    yield play
    await play.close()


async def up(buildkit: BuildKit) -> Container:
    """Make the container as the platform does, and wait until it answers."""
    await buildkit.docker.create(buildkit.definition())
    return await answering(buildkit)


async def answering(buildkit: BuildKit) -> Container:
    async def answers() -> bool:
        return (await buildkit.answer()).answers

    await until(answers, 30)
    container = await buildkit.container()
    assert container is not None
    return container


# --- looking


async def test_the_status_of_a_builder_that_is_up(buildkit: BuildKit) -> None:
    container = await up(buildkit)
    status = await buildkit.status()
    assert status.container == container
    assert (status.listening, status.answer.platforms, status.disk) == (
        (f"{TAILSCALE}:1234",),
        PLATFORMS,
        "3.40GB",
    )
    assert (container.name, container.state, container.image) == ("buildkitd", "running", IMAGE)
    assert (container.policy, container.published) == ("unless-stopped", (f"{TAILSCALE}:1234",))
    assert container.arguments == ("--addr", "tcp://0.0.0.0:1234")
    assert "buildkitd is told --addr tcp://0.0.0.0:1234" in await buildkit.logs(20)


async def test_the_status_where_there_is_no_builder(buildkit: BuildKit) -> None:
    status = await buildkit.status()
    assert (status.container, status.listening, status.answers) == (None, (), False)
    assert status.answer.why == f"{TAILSCALE}:1234 from here: connection refused"


async def test_a_port_that_takes_connections_is_not_yet_buildkit(buildkit: BuildKit) -> None:
    """Docker publishes the port before anything listens behind it."""
    await buildkit.docker.create(buildkit.definition())
    assert (await buildkit.listening(), (await buildkit.answer()).answers) == ((f"{TAILSCALE}:1234",), False)
    await answering(buildkit)


async def test_the_port_speaks_http2_as_the_engines_own_buildkit_does(buildkit: BuildKit) -> None:
    await up(buildkit)
    assert await speaks_http2(TAILSCALE, 1234, within=10) == ""
    assert await speaks_http2(TAILSCALE, 22, within=10) == "it does not speak HTTP/2"


async def test_bound_to_tailscales_address_it_cannot_be_reached_by_another(buildkit: BuildKit) -> None:
    await up(buildkit)
    assert await speaks_http2(PUBLIC, 1234, within=10) == "connection refused"


async def test_published_everywhere_a_rule_in_input_protects_nothing(
    machine: RealMachine, buildkit: BuildKit
) -> None:
    """Docker's published ports bypass INPUT; DOCKER-USER is what they pass."""
    everywhere = [word.replace(f"{TAILSCALE}:", "") for word in buildkit.definition()]
    await buildkit.docker.create(everywhere)
    container = await answering(buildkit)
    assert container.published == ("0.0.0.0:1234",)
    rule = ("-s", "192.0.2.0/24", "-p", "tcp", "--dport", "1234", "-j", "DROP")
    machine.docker.iptables("-I", "INPUT", *rule)
    assert await speaks_http2(PUBLIC, 1234, within=10) == ""
    machine.docker.iptables("-I", "DOCKER-USER", *rule)
    assert await speaks_http2(PUBLIC, 1234, within=0.5) == "no answer in 0.5 s"
    for chain in ("INPUT", "DOCKER-USER"):
        machine.docker.iptables("-D", chain, *rule)


# --- restart


async def test_a_restart_ends_when_buildkit_answers(play: Play, buildkit: BuildKit) -> None:
    before = await up(buildkit)
    outcome = await play.on_buildkit("restart")
    assert isinstance(outcome, BuildKitRestarted), outcome
    assert (outcome.platforms, outcome.killed) == (PLATFORMS, ())
    after = await buildkit.container()
    assert after is not None
    assert (after.id, after.state, after.started > before.started) == (before.id, "running", True)


async def test_a_missing_container_is_named_and_recreate_makes_it(play: Play, buildkit: BuildKit) -> None:
    outcome = await play.on_buildkit("restart")
    assert (isinstance(outcome, Refused), code(outcome)) == (True, "no_container")
    outcome = await play.on_buildkit("recreate")
    assert isinstance(outcome, BuildKitRestarted), outcome
    assert (await buildkit.answer()).answers


async def test_a_crash_loop_is_told_with_its_last_words(
    play: Play, machine: RealMachine, buildkit: BuildKit
) -> None:
    await up(buildkit)
    machine.docker.docker("exec", "buildkitd", "touch", "/broken")
    outcome = await play.on_buildkit("restart")
    assert isinstance(outcome, BuildKitDown), outcome
    assert outcome.error.sentence == (
        "BuildKit on vps01 starts and ends again by itself: buildkitd: no space left on device."
    )


# --- recreate


async def test_a_recreate_puts_a_wrong_binding_right(play: Play, buildkit: BuildKit) -> None:
    await buildkit.docker.create([word.replace(f"{TAILSCALE}:", "") for word in buildkit.definition()])
    old = await answering(buildkit)
    outcome = await play.on_buildkit("recreate")
    assert isinstance(outcome, BuildKitRestarted), outcome
    new = await buildkit.container()
    assert new is not None
    assert (new.id != old.id, new.published, new.policy) == (True, (f"{TAILSCALE}:1234",), "unless-stopped")
    assert await buildkit.docker.container("buildkitd-before") is None


async def test_a_new_container_that_crashes_gives_way_to_the_old_one(
    play: Play, machine: RealMachine, buildkit: BuildKit
) -> None:
    old = await up(buildkit)
    machine.docker.make_image(broken=True)
    try:
        outcome = await play.on_buildkit("recreate")
    finally:
        machine.docker.make_image()
    assert isinstance(outcome, BuildKitPutBack), outcome
    assert (outcome.error.code, outcome.answers) == ("buildkit_ends", True)
    back = await buildkit.container()
    assert back is not None
    assert (back.id, back.running) == (old.id, True)


async def test_an_address_that_the_machine_does_not_have_is_refused(
    machine: RealMachine, outside: Sandbox, state: State, buildkit: BuildKit
) -> None:
    elsewhere = BuildKit(BuildKitSpec("vps01", address="100.64.0.99"), buildkit.ssh)
    play = Play(outside, state, buildkit=elsewhere)
    outcome = await play.on_buildkit("recreate", force="yes")
    assert isinstance(outcome, Refused), outcome
    assert (outcome.error.code, TAILSCALE in outcome.error.sentence) == ("no_such_address", True)
    assert machine.docker.docker("ps", "--all", "--quiet") == ""
    await play.close()
