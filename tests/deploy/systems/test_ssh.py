"""fisk's connection against the sandbox's ssh server, where no root is needed; tests/real has Debian's sshd."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.core import errors
from deploy.systems.ssh import Output, Ssh
from sandbox.output import Output as Printed
from sandbox.world import World
from tests.deploy.machines import ssh_to
from tests.waiting import until


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World(speed=0) as world:
        yield world


@pytest.fixture
async def ssh(world: World) -> AsyncIterator[Ssh]:
    ssh = ssh_to(world, "vps01")
    yield ssh
    await ssh.aclose()


async def test_many_commands_share_one_log_in(world: World, ssh: Ssh) -> None:
    said = await asyncio.gather(*(ssh.run(["date"]) for _ in range(30)))
    assert {each.status for each in said} == {0}
    assert world.hosts.sshd["vps01"].logins == 1


async def test_after_a_cut_the_next_command_logs_in_again(world: World, ssh: Ssh) -> None:
    await ssh.run(["date"])
    world.hosts.sshd["vps01"].hang_up()
    assert (await ssh.run(["date"])).status == 0
    assert world.hosts.sshd["vps01"].logins == 2


async def test_a_command_that_was_cut_off_is_not_run_again(world: World, ssh: Ssh) -> None:
    world.hosts.vps01.trouble("docker restart", hang_up=True)
    with pytest.raises(errors.ConnectionLost):
        await ssh.run(["docker", "restart", "buildkitd"])
    assert world.hosts.vps01.asked("docker restart") == 1


async def test_arguments_are_quoted_once(world: World, ssh: Ssh) -> None:
    await ssh.run(["docker", "ps", "--format", "{{.ID}} {{.Names}}", "$(id)", "it's"])
    assert world.hosts.vps01.lines == ["docker ps --format '{{.ID}} {{.Names}}' '$(id)' 'it'\"'\"'s'"]


async def test_once_closed_it_logs_in_no_more(world: World, ssh: Ssh) -> None:
    await ssh.run(["date"])
    running = asyncio.create_task(ssh.run(["date"]))
    await ssh.aclose()
    await asyncio.gather(running, return_exceptions=True)
    with pytest.raises(RuntimeError):
        await ssh.run(["date"])
    assert world.hosts.sshd["vps01"].logins == 1


async def test_every_command_is_counted_by_its_outcome(world: World, tmp_path: Path) -> None:
    seen: list[tuple[str, str]] = []
    known = ssh_to(world, "vps01").host
    for host in (known, replace(known, known_hosts=str(tmp_path / "none"))):
        ssh = Ssh(host, observe=lambda host, outcome, _seconds: seen.append((host, outcome)))
        with suppress(errors.UnknownHost):
            assert isinstance(await ssh.run(["date"]), Output)
        await ssh.aclose()
    assert seen == [("vps01", "ok"), ("vps01", "unknown")]


async def test_what_the_log_in_takes_is_not_the_commands(world: World, ssh: Ssh) -> None:
    world.hosts.sshd["vps01"].login_takes = 1.2
    assert (await ssh.run(["uname", "-m"], within=1)).out == "aarch64\n"


async def test_a_session_that_does_not_come_in_time_cuts_no_other_command(world: World, ssh: Ssh) -> None:
    sshd, machine = world.hosts.sshd["vps01"], world.hosts.vps01
    may_end = asyncio.Event()

    async def slow(_: object) -> Printed:
        await may_end.wait()
        return Printed("done\n")

    async def asked() -> int:
        return machine.asked("slow")

    machine.commands["slow",] = slow
    running = asyncio.create_task(ssh.run(["slow"], within=60))
    await until(asked)
    sshd.opens.clear()
    with pytest.raises(errors.CommandTimedOut):
        await ssh.run(["date"], within=0.1)
    sshd.opens.set()
    may_end.set()
    assert (await running).out == "done\n"
    assert (machine.asked("date"), sshd.logins) == (0, 1)


async def test_a_connection_that_opens_no_session_and_that_nobody_uses_is_given_up(
    world: World, ssh: Ssh
) -> None:
    sshd = world.hosts.sshd["vps01"]
    await ssh.run(["date"])
    sshd.opens.clear()
    with pytest.raises(errors.CommandTimedOut):
        await ssh.run(["date"], within=0.1)
    sshd.opens.set()
    assert (await ssh.run(["uname", "-m"])).out == "aarch64\n"
    assert sshd.logins == 2
