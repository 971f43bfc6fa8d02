"""fisk killed midway on a real host: the next runner ends with a running builder, and no lock."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.show import Show
from tests.real.namespaces import TAILSCALE
from tests.waiting import until

if TYPE_CHECKING:
    from deploy.systems.buildkit import BuildKit
    from tests.real.conftest import RealMachine

pytestmark = [
    pytest.mark.root,
    pytest.mark.usefixtures("machine"),
    pytest.mark.debian("openssh-server", "docker.io", "iproute2", "iptables", "busybox-static"),
]


class Beside(Show):
    """A play beside the real machine, which is in its fisk.toml."""

    def __init__(self, machine: RealMachine) -> None:
        super().__init__()
        self.world.workers = False  # their host is not among the real ones
        host = machine.sshd.host()
        hosts = self.world.hosts
        hosts.config_toml = lambda: (  # type: ignore[method-assign]
            f'[hosts.vps01]\naddress = "{host.address}"\nport = {host.port}\nuser = "{host.user}"\n'
            f'key = "{host.key}"\nknown_hosts = "{host.known_hosts}"\n\n'
            f'[buildkit]\nhost = "vps01"\naddress = "{TAILSCALE}"\n\n'
        )


@pytest.fixture
async def beside(machine: RealMachine, buildkit: BuildKit) -> AsyncIterator[Beside]:
    await buildkit.docker.create(buildkit.definition())
    await until(lambda: _answers(buildkit))
    machine.docker.docker("exec", "buildkitd", "touch", "/slow")
    async with Beside(machine) as show:
        yield show


async def _answers(buildkit: BuildKit) -> bool:
    return (await buildkit.answer()).answers


@pytest.mark.parametrize(
    ("line", "command", "end"),
    [
        ("buildkit restart --force", "restart buildkitd", "BuildKit on vps01 restarted"),
        ("buildkit recreate --force", "stop buildkitd-before", "BuildKit on vps01 was made anew"),
    ],
    ids=["restart", "recreate"],
)
async def test_killed_while_docker_stops_the_container(
    beside: Beside, machine: RealMachine, buildkit: BuildKit, line: str, command: str, end: str
) -> None:
    await beside.type(line)
    await beside.until(lambda: machine.docker.does(command))
    await beside.bots[0].kill()
    await beside.join()
    await beside.said(end)
    container = await buildkit.container()
    assert container is not None
    assert (container.running, await buildkit.docker.container("buildkitd-before")) == (True, None)
    assert (await buildkit.answer()).answers
    async with beside.memory() as journal:
        assert await journal.state.ask("HGETALL", journal.state.key("locks")) == {}
