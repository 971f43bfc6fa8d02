"""The platform's two hosts, reached over ssh: `vps01` builds and runs the app, `vps` has the runner and the workers."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox import story
from sandbox.buildkitd import Nature
from sandbox.compose import Compose, files
from sandbox.container import Container
from sandbox.machine import Machine
from sandbox.ports import free_port
from sandbox.ssh import USER, SshServer
from sandbox.systemd import Unit

if TYPE_CHECKING:
    from sandbox.host import Host
    from sandbox.registry import Registry

RUNNER = "fiskai-vps-x86"
SERVICE = f"actions.runner.Wandeon-FiskAI.{RUNNER}.service"
IMAGE = "moby/buildkit:latest"
UP_FOR = 3 * 86_400.0  # seconds
BUILDKIT = "127.0.0.1"  # stands for the Tailscale address, which this machine does not have
LABELS = ("self-hosted", "linux", "x64", "fiskai-build")


class Hosts:
    """The machines, and sshd on each.

    Args:
        coolify_host: the containers of the applications, which run on vps01.
        uuids: the application of each target.
        registry: from which vps pulls the workers' images.

    Attributes:
        containerd: whether vps01 keeps images in containerd's store, where an image's id is what was pulled.
        repository: from which the applications' images are pulled, as somebody wrote it.
        forgets_digests: whether it no longer knows under which digests it pulled, as after a tag was pulled anew.
    """

    def __init__(self, coolify_host: Host, uuids: Mapping[str, str], registry: Registry) -> None:
        self._coolify_host = coolify_host
        self.repository = f"{story.REGISTRY}/{story.IMAGE}"
        self.containerd = self.forgets_digests = False
        self._uuids = uuids
        self.vps01, self.vps = Machine("vps01"), Machine("vps", "x86_64")
        self.compose = Compose(self.vps, registry)
        self.sshd = {machine.name: SshServer(machine) for machine in (self.vps01, self.vps)}
        self.port = 0  # of BuildKit
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.vps01.docker.apps = lambda: list(self._apps())
        self.vps.systemd.units[SERVICE] = Unit()

    async def start(self) -> None:
        """Start sshd of each machine on a free port, and BuildKit."""
        self._folder = tempfile.TemporaryDirectory(prefix="fisk-hosts-", ignore_cleanup_errors=True)
        self.port = free_port(BUILDKIT)
        for server in self.sshd.values():
            await server.start()
            server.write_key(self.key(server.machine.name))
        self.known_hosts.write_text("".join(server.known_hosts_line for server in self.sshd.values()))
        files.write(self.workers)
        await self._install_buildkit()
        self.vps01.network.guard(self.port)

    async def stop(self) -> None:
        for server in self.sshd.values():
            await server.stop()
            await server.machine.stop()
        await self.compose.stop()
        if self._folder is not None:  # nothing else is ever removed, whenever the start was interrupted
            self._folder.cleanup()

    @property
    def folder(self) -> Path:
        """Where their keys are, once they were started."""
        assert self._folder is not None  # noqa: S101
        return Path(self._folder.name)

    async def _install_buildkit(self) -> None:
        """Run BuildKit, started UP_FOR seconds ago."""
        docker = self.vps01.docker
        usual, docker.images[IMAGE] = docker.images[IMAGE], Nature(boot=0)
        await docker.run(self.definition)
        self.buildkit.nature = docker.images[IMAGE] = usual
        self.buildkit.started -= UP_FOR

    @property
    def definition(self) -> list[str]:
        """The arguments of `docker run` for BuildKit."""
        return [
            *("--detach", "--name", "buildkitd", "--restart", "unless-stopped", "--privileged"),
            *("--publish", f"{BUILDKIT}:{self.port}:1234"),
            *(IMAGE, "--addr", "tcp://0.0.0.0:1234"),
        ]

    @property
    def workers(self) -> Path:
        """The folder of the workers' project on vps."""
        return self.folder / files.NAME

    @property
    def known_hosts(self) -> Path:
        return self.folder / "known_hosts"

    @property
    def buildkit(self) -> Container:
        """BuildKit's container."""
        return self.vps01.docker.containers["buildkitd"]

    def key(self, name: str) -> Path:
        """The path of the private key that a machine accepts."""
        return self.folder / f"id_{name}"

    def config_toml(self) -> str:
        """The tables of fisk.toml for these machines."""
        hosts = "".join(self._table(server) for server in self.sshd.values())
        labels = ", ".join(f'"{label}"' for label in LABELS)
        return (
            f'{hosts}[buildkit]\nhost = "vps01"\naddress = "{BUILDKIT}"\nport = {self.port}\n\n'
            f'[runner]\nname = "{RUNNER}"\nhost = "vps"\nservice = "{SERVICE}"\nlabels = [{labels}]\n\n'
        )

    def _table(self, server: SshServer) -> str:
        name = server.machine.name
        return (
            f'[hosts.{name}]\naddress = "127.0.0.1"\nport = {server.port}\nuser = "{USER}"\n'
            f'key = "{self.key(name)}"\nknown_hosts = "{self.known_hosts}"\n\n'
        )

    def _apps(self) -> Iterator[Container]:
        """The containers of the story's applications."""
        for target, uuid in self._uuids.items():
            if target in self._coolify_host.running:
                yield self.container(target, uuid, self.repository)

    def container(self, target: str, uuid: str, repository: str) -> Container:
        """An application's container; Coolify names it by application and time of deployment."""
        running = self._coolify_host.running[target]
        name = f"{uuid}-{running.started:.0f}"
        return Container(
            name=self._coolify_host.names.get(target, name),
            image=running.image or f"{repository}:{running.sha}",
            id=hashlib.sha256(name.encode()).hexdigest(),
            image_id=running.digest if self.containerd or not running.config else running.config,
            digests=[] if self.forgets_digests else [f"{repository}@{running.digest}"],
            labels={"com.docker.compose.project": uuid, "coolify.pullRequestId": "0"},
            status="running",
            started=running.started,
            policy="unless-stopped",
            logs=list(running.logs),
            programs=self._coolify_host.programs(),
        )
