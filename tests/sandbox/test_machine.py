"""The machines behind ssh: Docker's output, exit statuses and pitfalls."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from deploy.systems.docker import APP, BUILDER
from deploy.systems.reachable import speaks_http2
from sandbox import story
from sandbox.buildkitd import Nature
from sandbox.container import ENVIRONMENT
from sandbox.hosts import BUILDKIT, SERVICE
from sandbox.machine import HungUp, Machine, answered_by
from sandbox.output import Output
from sandbox.world import APP_UUID, World


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World(speed=0) as world:
        world.hosts.vps01.docker.stopping = 0
        yield world


@pytest.fixture
def vps01(world: World) -> Machine:
    return world.hosts.vps01


async def inspect(machine: Machine, name: str = "buildkitd") -> dict[str, Any]:
    said = await machine.run(["docker", "inspect", "--type", "container", name])
    (found,) = json.loads(said.out)
    return dict(found)


async def test_a_command_that_nobody_has_is_not_found(vps01: Machine) -> None:
    assert await vps01.run(["reboot"]) == Output("", "bash: line 1: reboot: command not found\n", 127)


async def test_whoever_adds_a_command_answers_it(vps01: Machine) -> None:
    vps01.commands["uname",] = answered_by(lambda words: Output(" ".join(words)))
    assert await vps01.run(["sudo", "-n", "uname", "-a"]) == Output("-a")
    assert vps01.asked("uname") == 1


async def test_trouble_befalls_the_next_command_only(vps01: Machine) -> None:
    vps01.trouble("date", Output("", "no\n", 1))
    assert [(await vps01.run(["date"])).status for _ in range(2)] == [1, 0]
    vps01.trouble("docker restart", instead="docker stop buildkitd", hang_up=True)
    with pytest.raises(HungUp):
        await vps01.run(["docker", "restart", "buildkitd"])
    assert (await inspect(vps01))["State"]["Status"] == "exited"


async def test_a_container_is_what_docker_run_was_told(vps01: Machine, world: World) -> None:
    found = await inspect(vps01)
    assert found["HostConfig"] == {
        "Privileged": True,
        "RestartPolicy": {"Name": "unless-stopped", "MaximumRetryCount": 0},
        "PortBindings": {"1234/tcp": [{"HostIp": BUILDKIT, "HostPort": str(world.hosts.port)}]},
    }
    assert found["Config"] == {
        "Image": "moby/buildkit:latest",
        "Cmd": ["--addr", "tcp://0.0.0.0:1234"],
        "Labels": {},
        "Env": ENVIRONMENT,
    }


async def test_docker_returns_before_buildkit_answers(vps01: Machine, world: World) -> None:
    world.hosts.buildkit.nature = Nature(boot=30)
    assert (await vps01.run(["docker", "restart", "buildkitd"])).status == 0
    assert f"{BUILDKIT}:{world.hosts.port}" in (await vps01.run(["ss", "-tln"])).out
    assert await speaks_http2(BUILDKIT, world.hosts.port)
    assert (await buildctl(vps01, "--addr", "tcp://127.0.0.1:1234", "debug", "workers")).status == 1


async def buildctl(machine: Machine, *words: str) -> Output:
    return await machine.run(["docker", "exec", "buildkitd", "buildctl", *words])


async def test_buildctl_must_be_told_where_the_daemon_listens(vps01: Machine) -> None:
    said = await buildctl(vps01, "debug", "workers")
    assert (said.status, "/run/buildkit/buildkitd.sock" in said.err) == (1, True)
    assert "linux/arm64" in (await buildctl(vps01, "--addr", "tcp://127.0.0.1:1234", "debug", "workers")).out


@pytest.mark.parametrize(
    ("line", "status", "says"),
    [
        ("docker restart nobody", 1, "No such container: nobody"),
        ("docker exec nobody buildctl", 1, "No such container: nobody"),
        ("docker rename nobody x", 1, "No such container: nobody"),
        ("docker logs nobody", 1, "No such container: nobody"),
        ("docker inspect nobody", 1, "No such container: nobody"),
        ("docker rm nobody", 1, "No such container: nobody"),
        ("docker rm buildkitd", 1, "You cannot remove a running container"),
        ("docker run --name buildkitd x", 125, "Conflict"),
        (
            "docker run --name b --publish 9.9.9.9:1:1 x",
            125,
            "driver failed programming external connectivity",
        ),
        ("docker image inspect nothing", 1, "No such image: nothing"),
        ("iptables -S NOWHERE", 1, "No chain/target/match by that name"),
        ("systemctl restart nothing.service", 5, "not found"),
    ],
)
async def test_what_it_refuses_it_refuses_in_dockers_words(
    vps01: Machine, line: str, status: int, says: str
) -> None:
    said = await vps01.run(line.split())
    assert (said.status, says in said.err) == (status, True), said


async def test_a_crash_loop_is_started_again_and_again(vps01: Machine, world: World) -> None:
    world.hosts.buildkit.nature = Nature("crashes")
    await vps01.run(["docker", "restart", "buildkitd"])
    found = [await inspect(vps01) for _ in range(2)]
    assert [each["State"]["Status"] for each in found] == ["restarting", "restarting"]
    assert found[1]["RestartCount"] > found[0]["RestartCount"] > 0


async def test_the_apps_containers_follow_what_coolify_runs(vps01: Machine, world: World) -> None:
    filtered = ["docker", "ps", "--filter", f"name={APP_UUID}", "--format", "{{.ID}} {{.Names}} {{.Image}}"]
    identity, name, image = (await vps01.run(filtered)).out.split()
    assert (name.startswith(f"{APP_UUID}-"), image.endswith(story.RUNS)) == (True, True)
    found = await inspect(vps01, identity)
    form = ["docker", "image", "inspect", "--format", "{{json .RepoDigests}}", found["Image"]]
    digest = world.host.running["app"].digest
    repository = f"{story.REGISTRY}/{story.IMAGE}"
    assert json.loads((await vps01.run(form)).out) == [f"{repository}@{digest}"]


@pytest.mark.parametrize("form", [APP, BUILDER])
async def test_a_container_tells_its_environment_to_whoever_asks_for_all_of_it_alone(
    vps01: Machine, form: str
) -> None:
    assert "canary" in str(await inspect(vps01))
    said = await vps01.run(["docker", "inspect", "--type", "container", "--format", form, "buildkitd"])
    whole, told = await inspect(vps01), json.loads(said.out)
    assert "canary" not in said.out
    assert (told["Id"], told["State"]["Status"]) == (whole["Id"], whole["State"]["Status"])


async def test_systemd_tells_of_a_service_and_starts_it_anew(world: World) -> None:
    show = ["systemctl", "show", "--property=ActiveState,InvocationID", SERVICE]
    before = (await world.hosts.vps.run(show)).out
    assert (await world.hosts.vps.run(["systemctl", "restart", SERVICE])).status == 0
    after = (await world.hosts.vps.run(show)).out
    assert (before.splitlines()[0], after.splitlines()[0]) == ("ActiveState=active", "ActiveState=active")
    assert before != after
    world.hosts.vps.systemd.units[SERVICE].active = False
    assert await world.hosts.vps.run(["systemctl", "is-active", SERVICE]) == Output("failed\n", status=3)
