"""A project of docker compose on a host: the variables in its `.env`, its containers, and what is done to them.

State is read from Docker's labels, never from what compose prints, which differs with each version.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.reference import parse_reference, same_repository
from deploy.core.target import COMMIT
from deploy.systems.docker import WORKER
from deploy.systems.host import failure, stdout

if TYPE_CHECKING:
    from deploy.core.target import Target
    from deploy.systems.docker import Container, Docker

HELPER = "fisk-compose"  # docs/install/fisk-compose
PROJECT = "com.docker.compose.project"
BUSY = 75  # EX_TEMPFAIL
LOCKED = ("flock", "--nonblock", "--conflict-exit-code", str(BUSY))
COMMANDS = (("docker", "compose"), ("docker-compose",))
ONE_OFF = "true"  # a container of `compose run`


class Compose:
    """One target's project. Every method may raise errors.HostFailure.

    Args:
        docker: the engine of its host.
        target: of kind `compose`.
    """

    def __init__(self, docker: Docker, target: Target) -> None:
        self.docker, self._ssh = docker, docker.ssh
        self._target = target
        self._names = tuple(name for name, _ in target.variables)
        self._command = target.compose

    # --- asking

    async def variables(self) -> dict[str, str]:
        """Those of its `.env` that fisk sets, as far as they are there; the others never leave the host."""
        return _parsed(await stdout(self._ssh, self.reading))

    @property
    def reading(self) -> tuple[str, ...]:
        return (HELPER, "read", self._target.folder, *self._names)

    def commit_in(self, variables: Mapping[str, str]) -> str:
        """The commit, or tag, that these variables deploy next; empty where they say none."""
        name = next(name for name, value in self._target.variables if COMMIT in value)
        before, _, behind = dict(self._target.variables)[name].partition(COMMIT)
        return variables.get(name, "").removeprefix(before).removesuffix(behind)

    async def containers(self) -> tuple[Container, ...]:
        """All of the project, running or not, but those of `compose run`."""
        listed = await self.docker.labelled(PROJECT, self._target.project_name, ended=True)
        found = await self.docker.containers([id_ for id_, _ in listed], WORKER)
        return tuple(each for each in found if each.one_off.casefold() != ONE_OFF)

    async def services(self) -> tuple[str, ...]:
        """Those of the compose file, but those whose containers are of an image that is none of the target's."""
        listed = await stdout(self._ssh, await self.line("config", "--services", locked=False))
        others = {each.service for each in await self.containers() if not self.image_of(each)}
        return tuple(sorted(set(listed.split()) - others))

    def image_of(self, container: Container) -> str:
        """Which of the target's images a container is of; empty where of none."""
        named = parse_reference(container.image)
        found = (
            each for each in self._target.every_image if named and same_repository(named.repository, each)
        )
        return next(found, "")

    async def busy(self) -> bool:
        """Whether fisk, or whoever uses the same lock, has compose at work in the folder."""
        output = await self._ssh.run(self.looking)
        if output.status not in {0, BUSY}:
            raise failure(self._ssh, self.looking, output)
        return output.status == BUSY

    @property
    def looking(self) -> tuple[str, ...]:
        return (*LOCKED, self._target.folder, "true")

    async def command(self) -> tuple[str, ...]:
        """Compose's command on this host, as set or as found. Raises NoCompose."""
        if not self._command:
            for command in COMMANDS:
                if (await self._ssh.run((*command, "version"))).status == 0:
                    self._command = command
                    break
            else:
                raise errors.NoCompose(system=self._ssh.host.name)
        return self._command

    # --- acting

    async def write(self, values: Mapping[str, str]) -> dict[str, str]:
        """Set the variables in the `.env`, and return them as they read back."""
        lines = "".join(f"{name}={values.get(name, '')}\n" for name in self._names)
        output = await self._ssh.run(self.writing, send=lines)
        if output.status:
            raise failure(self._ssh, self.writing, output)
        return _parsed(output.out)

    @property
    def writing(self) -> tuple[str, ...]:
        return (HELPER, "write", self._target.folder, *self._names)

    async def pull(self, services: Sequence[str], within: float) -> None:
        """Pull the images of these services, by the variables that are set. Raises ComposeBusy."""
        await self._locked(await self.pulling(services), within)

    async def pulling(self, services: Sequence[str]) -> tuple[str, ...]:
        return await self.line("pull", "--quiet", *services)

    async def up(self, services: Sequence[str], within: float, *, anew: bool = False) -> None:
        """Make these services run what is set, `anew` even where compose sees no difference. Raises ComposeBusy."""
        await self._locked(await self.starting(services, anew=anew), within)

    async def starting(self, services: Sequence[str], *, anew: bool = False) -> tuple[str, ...]:
        forced = ("--force-recreate",) if anew else ()
        return await self.line("up", "--detach", "--remove-orphans", *forced, *services)

    async def line(self, *words: str, locked: bool = True) -> tuple[str, ...]:
        """A whole command of compose's; what acts has the folder's lock, so that two never do at once.

        The file has its whole path: compose looks for a relative one where the command runs, which is the user's home
        (docker/compose 1.29.2, config/config.py, find; v2 likewise).
        """
        it = self._target
        first = (*LOCKED, it.folder) if locked else ()
        about = (
            "--project-directory",
            it.folder,
            "--file",
            f"{it.folder}/{it.file}",
            "--project-name",
            it.project_name,
        )
        return (*first, *await self.command(), *about, *words)

    async def _locked(self, argv: Sequence[str], within: float) -> None:
        output = await self._ssh.run(argv, within=within)
        if output.status == BUSY:
            raise errors.ComposeBusy(system=self._ssh.host.name, folder=self._target.folder)
        if output.status:
            raise failure(self._ssh, argv, output)


def _parsed(printed: str) -> dict[str, str]:
    """The helper prints a `KEY=VALUE` a line."""
    pairs = (line.partition("=") for line in printed.splitlines() if "=" in line)
    return {name: value for name, _, value in pairs}
