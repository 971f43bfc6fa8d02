"""The machines of the platform, and what fisk looks after on them; the defaults are the platform's own."""

from __future__ import annotations

from dataclasses import dataclass

from deploy.core.model import Resource


@dataclass(frozen=True, slots=True)
class Host:
    """A machine that fisk reaches over ssh. `key` is a private key's file; empty: the agent's keys."""

    name: str
    address: str
    user: str
    port: int = 22
    key: str = ""
    known_hosts: str = "known_hosts"

    def as_root(self, *argv: str) -> tuple[str, ...]:
        """A command that only root may run; sudo asks for no password, or refuses at once."""
        return argv if self.user == "root" else ("sudo", "-n", *argv)


@dataclass(frozen=True, slots=True)
class BuildKitSpec:
    """The container that builds: how it is to run on its host, published on `address:port` and nowhere else.

    `outside` are addresses at which it must not answer, such as its host's public one.
    """

    host: str
    container: str = "buildkitd"
    image: str = "moby/buildkit:latest"
    address: str = "100.64.123.81"
    port: int = 1234
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
    """The self-hosted runner. Without `host` and `service` only GitHub can tell how it is."""

    name: str
    host: str = ""
    service: str = ""
    labels: tuple[str, ...] = ("self-hosted", "linux", "x64", "fiskai-build")

    @property
    def resource(self) -> Resource:
        """What operations on it lock."""
        return Resource("runner", self.name)
