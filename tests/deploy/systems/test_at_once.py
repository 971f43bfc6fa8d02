"""Where one answer is about many targets, hosts and Coolify are asked about all of them at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bench.fleet import Fleet
from bench.sandboxed import sandboxed
from deploy.core.errors import NotThere
from deploy.core.together import together
from deploy.deploys.proof import PROJECT, HostImage, host_image
from deploy.deploys.running import look
from deploy.status.journey import journey
from deploy.status.there import There, there
from sandbox import story
from sandbox.machine import Output
from tests.gate import stray

if TYPE_CHECKING:
    from deploy.core.ask import Unknown
    from deploy.core.model import Target
    from deploy.world import World
    from tests.deploy.play import Play

LISTS = f"docker ps --no-trunc --filter label={PROJECT} --format"


async def images(world: World) -> list[HostImage | Unknown | None]:
    async with world.one_answer() as once:
        return list(await together(*(host_image(once, each) for each in world.targets.values())))


async def each_image(world: World) -> list[HostImage | Unknown | None]:
    return [await host_image(world, each) for each in world.targets.values()]


async def test_a_host_runs_each_command_once_for_all_its_containers(play: Play) -> None:
    machine = play.outside.hosts.vps01
    alone = await each_image(play.world)
    machine.received.clear()
    assert await images(play.world) == alone
    words = [words[:2] if words[1] != "image" else words[:3] for words in machine.received]
    assert words == [("docker", "ps"), ("docker", "inspect"), ("docker", "image", "inspect")]


async def test_the_list_for_the_host_has_these_commands(play: Play) -> None:
    await images(play.world)
    assert stray(play.outside.hosts) == []


@pytest.mark.parametrize("line", [LISTS, "docker inspect"])
async def test_where_the_gate_has_an_older_list_each_container_is_asked_for_alone(
    play: Play, line: str
) -> None:
    machine, alone = play.outside.hosts.vps01, await each_image(play.world)
    machine.received.clear()
    machine.trouble(line, Output("", f"fisk-gate: not on the list: {line}\n", 126))
    assert await images(play.world) == alone
    assert machine.asked(line.partition(" --no")[0]) == 3


async def test_coolify_is_asked_for_the_list_of_all_applications(play: Play) -> None:
    targets = play.world.targets.values()
    alone = [await look(play.world, each) for each in targets]
    play.outside.coolify.received.clear()
    async with play.world.one_answer() as once:
        assert list(await together(*(look(once, each) for each in targets))) == alone
    asked = Counter(each.line for each in play.outside.coolify.received)
    assert [line for line in asked if "deployments" not in line] == ["GET /api/v1/applications"]


async def test_an_application_that_the_list_does_not_show_fails_alone(play: Play) -> None:
    async with play.world.one_answer() as once:
        coolify = once.systems.coolify
        uuids = [each.app for each in play.world.targets.values()]
        good = together(*map(coolify.application, uuids))
        with pytest.raises(NotThere):
            await together(good, coolify.application("0000"))
        assert [(await coolify.application(uuid)).uuid for uuid in uuids] == uuids


# --- a hundred targets


@pytest.fixture
async def fleet() -> AsyncIterator[tuple[Fleet, World]]:
    fleet = Fleet()
    async with sandboxed(fleet) as parts:
        yield fleet, parts.world


async def test_of_a_hundred_targets_each_host_is_looked_at_once(fleet: tuple[Fleet, World]) -> None:
    outside, world = fleet
    seen = await journey(world, world.targets["app"], story.BUILT)
    assert Counter(each.relation for each in seen.there) == {"not yet": 41, "this": 39}
    commands = {server.machine.name: len(server.machine.received) for server in outside.hosts.sshd.values()}
    assert commands == dict.fromkeys(outside.hosts.sshd, 3)


async def test_what_a_container_runs_is_asked_once_in_its_life(fleet: tuple[Fleet, World]) -> None:
    outside, world = fleet
    machine = outside.hosts.sshd["node00"].machine
    first = await journey(world, world.targets["app"], story.BUILT)
    machine.received.clear()
    again = await journey(world, world.targets["app"], story.BUILT)
    assert [each.running.digest for each in again.there] == [each.running.digest for each in first.there]
    assert [words[:2] for words in machine.received] == [("docker", "ps")]


async def test_what_acts_asks_the_host_again_whatever_was_seen(fleet: tuple[Fleet, World]) -> None:
    outside, world = fleet
    target = next(each for each in world.targets.values() if each.host == "node00")
    machine = outside.hosts.sshd["node00"].machine
    await journey(world, world.targets["app"], story.BUILT)
    for _ in range(2):
        machine.received.clear()
        await host_image(world, target)
        assert [words[:2] for words in machine.received] == [
            ("docker", "ps"),
            ("docker", "inspect"),
            ("docker", "image"),
        ]


async def test_where_fisk_shipped_them_coolify_is_asked_two_things(fleet: tuple[Fleet, World]) -> None:
    """It answers 200 requests a minute, to deploys too."""
    outside, world = fleet
    await journey(world, world.targets["app"], story.BUILT)
    outside.coolify.received.clear()
    await journey(world, world.targets["app"], story.MULTI_ARCH)
    asked = Counter(each.line for each in outside.coolify.received)
    assert asked == {"GET /api/v1/applications": 1, "GET /api/v1/deployments": 1}


async def test_who_is_not_asked_for_all_deployments_tells_the_same(fleet: tuple[Fleet, World]) -> None:
    """But who brought what no longer runs."""
    outside, world = fleet
    outside.hosts.sshd["node00"].machine.cut = True
    for number in (0, 2, 18, 38):
        target = world.targets[f"app{number:02}"]
        assert await told(world, target, whole=False) == await told(world, target, whole=True)


async def test_a_deployment_under_way_is_told_of_a_hundred_targets(fleet: tuple[Fleet, World]) -> None:
    outside, world = fleet
    outside.coolify.queue.freeze()
    outside.coolify.queue.ask(outside.coolify.apps["app00"], story.BUILT)
    seen = await journey(world, world.targets["app"], story.BUILT)
    active = {each.target.name: each.deployment for each in seen.there if each.relation != "this"}
    assert {name for name, deployment in active.items() if deployment} == {"app00"}
    outside.coolify.queue.thaw()


async def test_an_image_that_has_just_gone_leaves_the_others(fleet: tuple[Fleet, World]) -> None:
    outside, world = fleet
    machine = outside.hosts.sshd["node00"].machine
    mine = [each for each in world.targets.values() if each.host == "node00"]
    alone = [await host_image(world, each) for each in mine]
    machine.received.clear()
    machine.trouble("docker image inspect", Output("", "Error: No such image: sha256:0\n", 1))
    async with world.one_answer() as once:
        assert await together(*(host_image(once, each) for each in mine)) == tuple(alone)
    assert machine.asked("docker image inspect") == 1 + len(
        {each.id for each in alone if isinstance(each, HostImage)}
    )


async def told(world: World, target: Target, *, whole: bool) -> There:
    """Without the list of Coolify's deployments, which is read to tell the rest."""
    async with world.one_answer() as once:
        seen = await there(once, target, story.BUILT, whole=whole)
    return replace(seen, running=replace(seen.running, deployments=()))
