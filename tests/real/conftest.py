"""Fixtures: one real host for the session, and a thread that runs fisk."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest

from deploy.systems.buildkit import BuildKit
from deploy.systems.hosts import BuildKitSpec
from deploy.systems.ssh import Ssh
from tests.deploy.conftest import journal, opened, outside, state
from tests.real.dockerd import Dockerd
from tests.real.namespaces import TAILSCALE, Namespaces, inside
from tests.real.sshd import SSH, Sshd

__all__ = ["journal", "opened", "outside", "state"]


@dataclass(frozen=True, slots=True)
class RealMachine:
    """sshd and Docker behind 100.64.123.81."""

    namespaces: Namespaces
    docker: Dockerd
    sshd: Sshd


@pytest.fixture(scope="session")
def real_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealMachine]:
    folder = tmp_path_factory.mktemp("machine")
    namespaces = Namespaces()
    docker = Dockerd(folder / "docker", namespaces)
    enter = ("nsenter", f"--net=/run/netns/{namespaces.machine}")
    sshd = Sshd(folder, TAILSCALE, SSH, before=enter, tools=docker.tools)
    try:
        namespaces.create()
        docker.start()
        sshd.make_keys()
        sshd.start()
        yield RealMachine(namespaces, docker, sshd)
    finally:
        sshd.stop()
        docker.stop()
        namespaces.delete()


@pytest.fixture
def machine(real_machine: RealMachine) -> Iterator[RealMachine]:
    """The machine with no container on it, and this thread where fisk runs."""
    with inside(real_machine.namespaces.outside):
        yield real_machine
    real_machine.docker.clear()


@pytest.fixture
async def buildkit(machine: RealMachine) -> AsyncIterator[BuildKit]:
    """The platform's builder, not there yet."""
    ssh = Ssh(machine.sshd.host(), connect_within=20)
    yield BuildKit(BuildKitSpec("vps01", TAILSCALE), ssh)
    await ssh.aclose()
