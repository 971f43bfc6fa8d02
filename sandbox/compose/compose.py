"""docker compose on a machine: `version`, `config --services`, `pull` and `up`, as v2 and 1.29.2 do them.

What it makes anew is what differs by the hash of its configuration or by its image (1.29.2, service.py, config_hash;
v2, pkg/compose/convergence.go, mustRecreate); one that has ended is started; orphans go first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.compose import helper
from sandbox.compose.containers import Containers, Deed
from sandbox.compose.edition import V1, V2, Edition
from sandbox.compose.images import Images, NotPulled
from sandbox.compose.lock import Lock
from sandbox.compose.model import Project, Service, Wrong, load, warnings
from sandbox.output import Commands, Output

if TYPE_CHECKING:
    from sandbox.machine import Machine
    from sandbox.registry import Registry

VALUED = ("--project-directory", "--file", "--project-name")
SYNTAX = 16  # v2's status for a wrong command; 1.29.2 has 1


@dataclass(frozen=True, slots=True)
class Asked:
    """A command after compose's own options: its verb, options and services."""

    folder: Path
    file: Path
    name: str
    verb: str
    options: frozenset[str]
    services: tuple[str, ...]

    @classmethod
    def of(cls, words: Sequence[str], home: Path) -> Asked:
        """A relative file is looked for where the command runs, in the user's home."""
        given = dict(zip(words[: 2 * len(VALUED) : 2], words[1 : 2 * len(VALUED) : 2], strict=True))
        verb, *rest = words[2 * len(VALUED) :]
        folder = Path(given["--project-directory"])
        options = frozenset(word for word in rest if word.startswith("-"))
        services = tuple(word for word in rest if not word.startswith("-"))
        return cls(folder, home / given["--file"], given["--project-name"], verb, options, services)


class Compose:
    """Tests may change these attributes.

    Attributes:
        installed: the commands that the machine has.
        home: of the user that logs in.
        takes: seconds for each container that an `up` makes or starts.
        goes: cleared: an `up` waits before the next container.
        cut_after: the connection is lost once an `up` has made so many containers; None: it is not.
        survives: whether an `up` whose connection was lost goes on to its end.
    """

    def __init__(self, machine: Machine, registry: Registry) -> None:
        self.images = Images(machine.docker, registry)
        self.containers = Containers(machine, self.images)
        self.lock = Lock(machine.answer)
        self.installed = {V2.command}
        self.home = Path("/home/admin")
        self.takes = 0.0
        self.goes = asyncio.Event()
        self.goes.set()
        self.cut_after: int | None = None
        self.survives = False
        machine.commands |= self._commands()
        machine.readers["fisk-compose", "write"] = helper.write

    def _commands(self) -> Commands:
        return {
            ("docker", "compose"): lambda words: self._run(V2, words),
            ("docker-compose",): lambda words: self._run(V1, words),
            ("flock",): self.lock,
            ("fisk-compose",): helper.run,
        }

    async def stop(self) -> None:
        await self.lock.stop()

    def begin(self, folder: Path, file: str, started: float) -> None:
        """Have a project run since a time."""
        project = load(folder, folder / file, folder.name)
        for service in project.services:
            self.images.pull(service.image)
        for _, _, act in self._deeds(V2, project, project.chosen(()), frozenset()):
            act()
        for each in self.containers.of(project.name):
            each.started = started

    async def _run(self, edition: Edition, words: Sequence[str]) -> Output:
        if edition.command not in self.installed:
            return edition.absent()
        if tuple(words) == ("version",):
            return Output(f"{edition.version}\n")
        asked = Asked.of(words, self.home)
        try:
            project = load(asked.folder, asked.file, asked.name)
            done = await self._does(edition, project, asked)
        except FileNotFoundError:
            return edition.missing_file(str(asked.file))
        except Wrong as wrong:
            return edition.refused(str(wrong))
        warned = "".join(edition.warned(text) for text in warnings(project))
        return Output(done.out, warned + done.err, done.status)

    async def _does(self, edition: Edition, project: Project, asked: Asked) -> Output:
        if asked.verb == "config":
            return Output("".join(f"{service.name}\n" for service in project.services))
        chosen = project.chosen(asked.services, alone="--no-deps" in asked.options)
        if asked.verb == "pull":
            return self._pull(edition, project.chosen(asked.services, alone=True))
        if asked.verb == "up":
            return await self._up(edition, project, chosen, asked.options)
        return edition.refused(f"unknown command {asked.verb}", SYNTAX)

    def _pull(self, edition: Edition, services: Sequence[Service]) -> Output:
        for service in services:
            try:
                self.images.pull(service.image)
            except NotPulled as failed:
                return edition.not_pulled(service.name, str(failed))
        return Output()

    async def _up(
        self, edition: Edition, project: Project, services: Sequence[Service], options: frozenset[str]
    ) -> Output:
        missing = [service for service in services if not self.images.has(service.image)]
        if (pulled := self._pull(edition, missing)).status:
            return pulled
        said, deeds = [], self._deeds(edition, project, services, options)
        for made, (what, name, act) in enumerate(deeds, 1):
            await self.goes.wait()
            await asyncio.sleep(self.takes)
            act()
            said.append(edition.did(what, name))
            if made == self.cut_after and self._lose():
                self.containers.halt(next(deeds, None))
                return Output(status=1)
        return Output("", "".join(said))

    def _lose(self) -> bool:
        """Lose the connection; whether compose ends with it, as it does when it next says something to nobody.

        1.29.2 does, and leaves the container that it was about to make anew stopped (tests/real/test_compose.py).
        """
        self.cut_after = None
        self.lock.lost.set()
        return not self.survives

    def _deeds(
        self, edition: Edition, project: Project, services: Sequence[Service], options: frozenset[str]
    ) -> Iterator[Deed]:
        """What there is to do, one container after the other."""
        if "--remove-orphans" in options:
            self.containers.remove_orphans(project)
        for service in services:
            if deed := self.containers.deed(edition, project, service, forced="--force-recreate" in options):
                yield deed
