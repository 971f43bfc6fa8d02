"""A platform of a hundred targets: three repositories, each with an image, deployed by one Coolify to twenty hosts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING

from bench.sandboxed import FOR_EVER, slow_down
from sandbox import story
from sandbox.github.contents import FOLDER
from sandbox.github.stories import APP, RepositoryStory
from sandbox.machine import Machine
from sandbox.ssh import SshServer
from sandbox.story import ANA, BRANCH, IVO, MINUTE, Built, StoryCommit, linked
from sandbox.world import UUIDS, World

if TYPE_CHECKING:
    from sandbox.container import Container

HOSTS = 20
IN_TURN = 3  # commands of one look at a host, which share its latency


def _repository(name: str, number: int, older: str, newer: str) -> RepositoryStory:
    """A repository of two commits, each built; its workflow and its image are called like it."""
    image, built = f"wandeon/fiskai-{name}", Built(minutes=9.0, images=(f"wandeon/fiskai-{name}",))
    commits = linked(
        StoryCommit(sha, title, who, at * MINUTE, (f"{name}.sql",), built=built)
        for sha, title, who, at in (
            (older, "Sum VAT by month", ANA, -1800),
            (newer, "Leave out drafts", IVO, -80),
        )
    )
    return RepositoryStory(
        name=f"Wandeon/FiskAI-{name}",
        id=902_512_000 + number,
        workflow=f"{name}.yml",
        workflow_id=119_018_000 + number,
        commits=commits,
        heads={BRANCH: newer},
        built=built,
        edits=f"{name}.sql",
        files={f"{FOLDER}/{name}.yml": WORKFLOW.replace("IMAGE", image)},
        first=number * 7_000_000,
    )


WORKFLOW = f"""\
name: Build
on:
  push: {{branches: [{BRANCH}]}}
  workflow_dispatch: {{}}
jobs:
  build:
    runs-on: [self-hosted, linux, x64, fiskai-build]
    steps:
      - uses: docker/build-push-action@v6
        with:
          push: true
          platforms: {story.PLATFORM}
          tags: ghcr.io/IMAGE:latest,ghcr.io/IMAGE:${{{{ github.sha }}}}
"""
REPORTS_RUN, MAIL_RUN = (
    "6a02c7e94d1b8f35a0c6d2e7b9481f53c0e8a7d6",
    "2d90b6f1c37e5a84d1f02c9b6e7a35480c1d9fe3",
)
REPORTS = _repository("reports", 1, REPORTS_RUN, "b15f0e83c6d74a29e8b30f5c1d96a7e24f8c05b9")
MAIL = _repository("mail", 2, MAIL_RUN, "e47a1c05b8d92f63a7e01d4c8b5f9036e2a7d81c")


@dataclass(frozen=True, slots=True)
class Kind:
    """Targets of one image: how many, and which commits run in them, taken in turn."""

    called: str
    count: int
    repository: RepositoryStory
    runs: tuple[str, ...]

    @property
    def image(self) -> str:
        return self.repository.built.images[0]


KINDS = (
    Kind("app", 80 - len(UUIDS), APP, (story.RUNS, story.BUILT)),
    Kind("reports", 10, REPORTS, (REPORTS_RUN,)),
    Kind("mail", 10, MAIL, (MAIL_RUN,)),
)


@dataclass(frozen=True, slots=True)
class Place:
    """One more target than the story's two: what it is, its application, and the host that it runs on."""

    name: str
    kind: Kind
    uuid: str
    host: str
    runs: str


class Fleet(World):
    """The story's world with `places` besides: the story's own two targets run on vps01, as ever.

    Args:
        deploy_seconds: how long a Coolify deployment takes, in real seconds.
        follow: whether every target follows its branch.
        kinds: of which targets.
    """

    def __init__(
        self, *, deploy_seconds: float = 2.5, follow: bool = False, kinds: Sequence[Kind] = KINDS
    ) -> None:
        super().__init__(speed=0, deploy_seconds=deploy_seconds, repositories=(REPORTS, MAIL))
        self.coolify.access.per_minute = self.coolify.queue.limit = FOR_EVER
        self._further = "follow = true\n" if follow else ""
        self.further = dict.fromkeys(UUIDS, self._further.strip()) if follow else {}
        for number in range(HOSTS - len(self.hosts.sshd)):
            self.hosts.sshd[f"node{number:02}"] = SshServer(Machine(f"node{number:02}"))
        self.places = {each.name: each for each in _places(kinds, tuple(self.hosts.sshd))}
        for name, server in self.hosts.sshd.items():
            self._runs_on(name, server.machine)

    def begin(self) -> None:
        if not self.clock.stands:
            return
        super().begin()
        for each in self.places.values():
            self.install(each.name, each.uuid, each.kind.image, each.runs)

    @property
    def commits(self) -> dict[str, tuple[str, str]]:
        """Which commit runs in each target, and the digest of its image."""
        return {name: (each.sha, each.digest) for name, each in self.host.running.items()}

    def slow_down(self, seconds: float) -> None:
        """Let each system take so long over an answer, hosts over all commands of a look together."""
        slow_down(self, seconds)
        for server in self.hosts.sshd.values():
            server.machine.delay = seconds / IN_TURN

    def config_toml(self, *, approvals: bool = False) -> str:
        return super().config_toml(approvals=approvals) + "".join(map(self._table, self.places.values()))

    def _runs_on(self, host: str, machine: Machine) -> None:
        storys = machine.docker.apps
        mine = [each for each in self.places.values() if each.host == host]
        machine.docker.apps = lambda: [*storys(), *self._containers(mine)]

    def _containers(self, places: list[Place]) -> Iterator[Container]:
        for each in places:
            yield self.hosts.container(each.name, each.uuid, f"{story.REGISTRY}/{each.kind.image}")

    def _table(self, it: Place) -> str:
        values: Mapping[str, str] = {
            "image": f"{story.REGISTRY}/{it.kind.image}",
            "platform": story.PLATFORM,
            "workflow": it.kind.repository.workflow,
            "repository": it.kind.repository.name,
            "app": it.uuid,
            "health": self.host.health_url(it.name),
            "environment": it.name,
            "host": it.host,
        }
        lines = "".join(f'{key} = "{value}"\n' for key, value in values.items())
        return f"\n[targets.{it.name}]\n{lines}{self._further}"


def _places(kinds: Sequence[Kind], hosts: Sequence[str]) -> Iterator[Place]:
    """Each host in turn gets one."""
    host = cycle(hosts)
    for kind in kinds:
        for number in range(kind.count):
            name = f"{kind.called}{number:02}"
            yield Place(
                name, kind, f"{name}uuid0000000000000000"[:24], next(host), kind.runs[number % len(kind.runs)]
            )
