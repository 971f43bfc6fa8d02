"""The machines of the platform, and what fisk looks after on them, as fisk.toml names them."""

from __future__ import annotations

from deploy.core.fields import ContainerName, Port, Text
from deploy.core.model import Resource
from deploy.core.values import dataclass


@dataclass(frozen=True, slots=True)
class Host:
    """A machine that fisk reaches over ssh: a `[hosts.NAME]` table of fisk.toml.

    Attributes:
        address: where sshd listens.
        user: whom fisk logs in as.
        port: sshd's.
        key: the file of a private key without passphrase; empty: the keys of the ssh agent.
        known_hosts: the file with the hosts' own keys.
    """

    name: str
    address: Text
    user: Text
    port: Port = 22
    key: str = ""
    known_hosts: str = "known_hosts"

    def as_root(self, *argv: str) -> tuple[str, ...]:
        """A command that only root may run; sudo asks for no password, or refuses at once."""
        return argv if self.user == "root" else ("sudo", "-n", *argv)


@dataclass(frozen=True, slots=True)
class BuildKitSpec:
    """The container that builds, the `[buildkit]` table of fisk.toml: how it is to run on its host, published on
    `address:port` and nowhere else.

    Attributes:
        host: the name of its `[hosts.NAME]` table.
        address: the only address that it is published on.
        port: the only port.
        container: its name in Docker.
        image: what it runs.
        arguments: what it is started with.
        platform: what it builds natively.
        outside: addresses at which it must not answer, such as its host's public one.
    """

    host: Text
    address: Text
    port: Port = 1234
    container: ContainerName = "buildkitd"
    image: Text = "moby/buildkit:latest"
    arguments: tuple[str, ...] = ("--addr", "tcp://0.0.0.0:1234")
    platform: str = "linux/arm64"
    outside: tuple[str, ...] = ()

    @property
    def resource(self) -> Resource:
        """What operations on it lock."""
        return Resource("buildkit", self.host)

    @property
    def endpoint(self) -> str:
        """Where builders reach it, as buildx spells it."""
        return f"tcp://{self.address}:{self.port}"


@dataclass(frozen=True, slots=True)
class RunnerSpec:
    """The self-hosted runner, the `[runner]` table of fisk.toml. Without `host` and `service` only GitHub can tell how
    it is.

    Attributes:
        name: as GitHub lists it.
        host: the name of its `[hosts.NAME]` table.
        service: its unit of systemd's.
        labels: what jobs that build ask for.
    """

    name: Text
    host: str = ""
    service: str = ""
    labels: tuple[str, ...] = ()

    @property
    def resource(self) -> Resource:
        """What operations on it lock."""
        return Resource("runner", self.name)
