"""The doctor on a real host: its findings on BuildKit's port match the network's behaviour."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from deploy.doctor.examine import examine, rules
from deploy.systems.buildkit import BuildKit
from deploy.systems.reachable import speaks_http2
from tests.deploy.play import Play
from tests.real.namespaces import PUBLIC, TAILSCALE
from tests.real.test_buildkit import answering, up
from tests.worlds import with_systems

if TYPE_CHECKING:
    from deploy.doctor.verdicts import Finding
    from deploy.redis.connect import State
    from deploy.world import World
    from sandbox.world import World as Sandbox
    from tests.real.conftest import RealMachine

pytestmark = [
    pytest.mark.root,
    pytest.mark.usefixtures("machine"),
    pytest.mark.debian("openssh-server", "docker.io", "iproute2", "iptables", "busybox-static"),
]
GUARD = ("!", "-s", "100.64.0.0/10", "-p", "tcp", "--dport", "1234", "-j", "DROP")
ABOUT_THE_PORT = ("buildkit.published", "buildkit.input", "buildkit.docker", f"buildkit.outside:{PUBLIC}")


@pytest.fixture
async def world(outside: Sandbox, state: State, buildkit: BuildKit) -> AsyncIterator[World]:
    play = Play(outside, state, buildkit=buildkit)
    open_too = BuildKit(replace(buildkit.spec, outside=(PUBLIC,)), buildkit.ssh)
    yield with_systems(play.world, buildkit=open_too)
    await play.close()


@pytest.fixture
def guarded(machine: RealMachine) -> Iterator[None]:
    """The platform's rule in INPUT."""
    machine.docker.iptables("-I", "INPUT", *GUARD)
    yield
    machine.docker.iptables("-D", "INPUT", *GUARD)


async def looked(world: World) -> dict[str, Finding]:
    """The rules about BuildKit's container and port; the processor of this machine is another matter."""
    chosen = [
        rule
        for rule in rules(world)
        if rule.id in {*ABOUT_THE_PORT, "buildkit.container", "buildkit.image", "buildkit.restarts"}
    ]
    return {each.id: each for each in (await examine(world, within=60, chosen=chosen)).findings}


def port(found: dict[str, Finding]) -> list[str]:
    return [found[rule].verdict for rule in ABOUT_THE_PORT]


@pytest.mark.usefixtures("guarded")
async def test_as_the_platform_defines_it_every_rule_holds(world: World, buildkit: BuildKit) -> None:
    await up(buildkit)
    found = await looked(world)
    assert {rule: (each.verdict, each.evidence) for rule, each in found.items()} == {
        "buildkit.container": ("holds", "running, restarted 0 times"),
        "buildkit.image": ("holds", "from moby/buildkit:latest"),
        "buildkit.restarts": ("holds", "restart policy unless-stopped"),
        "buildkit.published": ("holds", f"Docker: {TAILSCALE}:1234; open: {TAILSCALE}:1234"),
        "buildkit.input": ("holds", "INPUT: drop from outside, accept from Tailscale"),
        "buildkit.docker": ("holds", f"published at {TAILSCALE}:1234 alone, which only Tailscale reaches"),
        f"buildkit.outside:{PUBLIC}": ("holds", f"{PUBLIC}: no connection from where fisk runs"),
    }


async def test_without_the_platforms_rule_the_address_alone_protects(
    world: World, buildkit: BuildKit
) -> None:
    await up(buildkit)
    assert port(await looked(world)) == ["holds", "broken", "holds", "holds"]


@pytest.mark.usefixtures("guarded")
async def test_a_rule_in_input_does_not_protect_what_docker_publishes_and_one_in_docker_user_does(
    world: World, machine: RealMachine, buildkit: BuildKit
) -> None:
    everywhere = [word.replace(f"{TAILSCALE}:", "") for word in buildkit.definition()]
    await buildkit.docker.create(everywhere)
    await answering(buildkit)
    assert port(await looked(world)) == ["broken", "holds", "broken", "broken"]
    assert await speaks_http2(PUBLIC, 1234, within=10) == ""  # indeed

    machine.docker.iptables("-I", "DOCKER-USER", *GUARD)  # as the rule's own fix says
    try:
        assert port(await looked(world)) == ["broken", "holds", "holds", "holds"]
    finally:
        machine.docker.iptables("-D", "DOCKER-USER", *GUARD)


@pytest.mark.parametrize(
    ("rule", "verdict"),
    [
        ("-i eth0 -p tcp --dport 1234", "broken"),  # an interface that this machine does not have
        ("! -s 100.64.0.0/10 -p tcp -m conntrack --ctorigdstport 1234 --ctdir ORIGINAL", "holds"),
        ("! -s 100.64.0.0/10 -d 172.16.0.0/12 -o docker0 -p tcp --dport 1234", "holds"),
        (f"-d {PUBLIC} -p tcp --dport 1234", "broken"),  # which is rewritten by then
    ],
)
async def test_what_a_rule_in_docker_user_does_to_a_stranger_is_what_the_doctor_says(
    world: World, machine: RealMachine, buildkit: BuildKit, rule: str, verdict: str
) -> None:
    await buildkit.docker.create([word.replace(f"{TAILSCALE}:", "") for word in buildkit.definition()])
    await answering(buildkit)
    words = ("DOCKER-USER", *rule.split(), "-j", "DROP")
    machine.docker.iptables("-I", *words)
    try:
        assert (await looked(world))["buildkit.docker"].verdict == verdict
        kept_out = await speaks_http2(PUBLIC, 1234, within=1 if verdict == "holds" else 10)
        assert bool(kept_out) is (verdict == "holds"), kept_out
    finally:
        machine.docker.iptables("-D", *words)


async def test_a_container_that_is_gone_and_one_without_a_restart_policy(
    world: World, buildkit: BuildKit
) -> None:
    found = await looked(world)
    assert (found["buildkit.container"].verdict, found["buildkit.restarts"].verdict) == ("broken", "unknown")
    plain = [word if word != "unless-stopped" else "no" for word in buildkit.definition()]
    await buildkit.docker.create(plain)
    await answering(buildkit)
    found = await looked(world)
    assert (found["buildkit.container"].verdict, found["buildkit.restarts"].verdict) == ("holds", "broken")
