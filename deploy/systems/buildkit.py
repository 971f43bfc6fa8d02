"""BuildKit's container on its host: what Docker says of it, and whether BuildKit itself answers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.ask import ask, known
from deploy.core.together import together
from deploy.core.units import parse_size, size
from deploy.core.values import dataclass
from deploy.systems.docker import Container, Docker
from deploy.systems.host import stdout
from deploy.systems.reachable import speaks_http2

if TYPE_CHECKING:
    from deploy.systems.hosts import BuildKitSpec
    from deploy.systems.ssh import Ssh

DISK_WITHIN = 15.0  # seconds: a large cache takes its time to be summed up
PRUNE_WITHIN = 600.0  # seconds; a cache consists of many small files
PLATFORM = re.compile(r"\b[a-z0-9]+/[a-z0-9]+(?:/[a-z0-9]+)?\b")


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether BuildKit answers builders: `why` is empty where it does, and then `platforms` are the workers'."""

    why: str = ""
    platforms: tuple[str, ...] = ()

    @property
    def answers(self) -> bool:
        return not self.why


@dataclass(frozen=True, slots=True)
class Cache:
    """What BuildKit caches, in bytes; `reclaimable` is what no build uses now."""

    total: int
    reclaimable: int

    @property
    def note(self) -> str:
        return f"{size(self.total)}, and {size(self.reclaimable)} of it can be freed"


@dataclass(frozen=True, slots=True)
class BuildKitStatus:
    """All that is known of the builder. `container` is None where there is none; texts are empty where unknown.

    `listening` are the addresses that the host itself has open on the port, whatever Docker says.
    """

    container: Container | None
    listening: tuple[str, ...]
    answer: Answer
    disk: str = ""

    @property
    def answers(self) -> bool:
        return self.answer.answers


class BuildKit:
    """The builder that `spec` describes. Every method may raise errors.HostFailure."""

    def __init__(self, spec: BuildKitSpec, ssh: Ssh) -> None:
        self.spec = spec
        self.ssh = ssh
        self.docker = Docker(ssh)

    async def status(self) -> BuildKitStatus:
        """Everything at once."""
        container, listening, answer, disk = await together(
            self.container(), self.listening(), self.answer(), self._disk_if_told()
        )
        return BuildKitStatus(container, listening, answer, disk)

    async def container(self) -> Container | None:
        return await self.docker.container(self.spec.container)

    async def listening(self) -> tuple[str, ...]:
        """The `address:port` that the host listens on at BuildKit's port, as `ss` lists them."""
        return parse_listening(await stdout(self.ssh, ["ss", "-tln"]), self.spec.port)

    async def addresses(self) -> tuple[str, ...]:
        """The IPv4 addresses that the host has."""
        printed = await stdout(self.ssh, ["ip", "-4", "-oneline", "address", "show"])
        return tuple(re.findall(r"\binet ([0-9.]+)", printed))

    async def answer(self) -> Answer:
        """Whether a builder would get through: the port from here, and the workers from inside."""
        if why := await speaks_http2(self.spec.address, self.spec.port):
            return Answer(f"{self.spec.address}:{self.spec.port} from here: {why}")
        try:
            platforms = await self.workers()
        except (errors.CommandFailed, errors.CommandTimedOut) as failure:
            return Answer(failure.why or str(failure))
        if self.spec.platform not in platforms:
            return Answer(f"no worker builds {self.spec.platform}", platforms)
        return Answer(platforms=platforms)

    async def workers(self) -> tuple[str, ...]:
        """The platforms that its workers build for."""
        return parse_workers(await stdout(self.ssh, self._buildctl("debug", "workers")))

    async def disk(self) -> str:
        """How much its cache takes, as BuildKit says it."""
        return parse_disk(await stdout(self.ssh, self._buildctl("du"), within=DISK_WITHIN))

    async def _disk_if_told(self) -> str:
        return known(await ask(self.ssh.host.name, self.disk(), DISK_WITHIN)) or ""

    async def cache(self) -> Cache:
        """How much it caches. Raises errors.Unexpected where BuildKit does not tell."""
        printed = await stdout(self.ssh, self._buildctl("du"), within=DISK_WITHIN)
        return parse_cache(self.ssh.host.name, printed)

    async def prune(self, keep: int) -> None:
        """Throw away what no build uses, oldest first, until at most `keep` bytes are left.

        `buildctl prune --help` says `--keep-storage value  Keep data below this limit (in MB)`; BuildKit multiplies it
        by 10^6 (cmd/buildctl/prune.go).
        """
        megabytes = str(keep // 10**6)
        await stdout(self.ssh, self._buildctl("prune", "--keep-storage", megabytes), within=PRUNE_WITHIN)

    async def logs(self, lines: int) -> str:
        """The last lines that the container said."""
        return await self.docker.logs(self.spec.container, lines)

    def _buildctl(self, *words: str) -> list[str]:
        """A daemon that was told `--addr` has no socket at the place where buildctl looks for it by default."""
        address = self.spec.arguments[-1].replace("0.0.0.0", "127.0.0.1")
        return ["docker", "exec", self.spec.container, "buildctl", "--addr", address, *words]

    def definition(self) -> list[str]:
        """The command that makes the container as the platform defines it."""
        inside = self.spec.arguments[-1].rpartition(":")[2]
        published = f"{self.spec.address}:{self.spec.port}:{inside}"
        return [
            *("docker", "run", "--detach"),
            *("--name", self.spec.container),
            *("--restart", "unless-stopped"),
            "--privileged",
            *("--publish", published),
            self.spec.image,
            *self.spec.arguments,
        ]


def parse_listening(text: str, port: int) -> tuple[str, ...]:
    """The local addresses of `ss -tln` that are open at this port."""
    rows = [line.split() for line in text.splitlines() if line.startswith("LISTEN")]
    local = [row[3] for row in rows if len(row) > 3]  # noqa: PLR2004 (the fourth column)
    return tuple(dict.fromkeys(each for each in local if each.rpartition(":")[2] == str(port)))


def parse_workers(text: str) -> tuple[str, ...]:
    """The platforms of `buildctl debug workers`: a table of an id and a list, a worker a line."""
    platforms = [found for line in text.splitlines()[1:] for found in PLATFORM.findall(line)]
    return tuple(dict.fromkeys(platforms))


def parse_disk(text: str) -> str:
    """The total of `buildctl du`."""
    return _sums(text).get("Total", "").strip()


def parse_cache(system: str, text: str) -> Cache:
    """The two sums that `buildctl du` ends with. Raises errors.Unexpected."""
    sums = _sums(text)
    try:
        return Cache(parse_size(sums["Total"]), parse_size(sums["Reclaimable"]))
    except (KeyError, ValueError):
        raise errors.Unexpected(system=system, why="buildctl tells no size of its cache") from None


def _sums(text: str) -> dict[str, str]:
    return dict(
        line.split(":", 1) for line in text.splitlines() if line.startswith(("Total:", "Reclaimable:"))
    )
