"""A platform of a hundred targets: three repositories, each with an image, deployed by one Coolify to twenty hosts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING

from bench.sandboxed import FOR_EVER, slow_down
from sandbox import story, workers_story
from sandbox.github.contents import FOLDER
from sandbox.github.stories import RepositoryStory
from sandbox.machine import Machine
from sandbox.ssh import SshServer
from sandbox.story import ANA, BRANCH, IVO, MINUTE, Built, StoryCommit
from sandbox.world import UUIDS, World

if TYPE_CHECKING:
    from sandbox.container import Container

HOSTS = 20
IN_TURN = 3  # commands of one look at a host, which share its latency

REPORTS_IMAGE = "wandeon/fiskai-reports"
REPORTS_BUILT = Built(minutes=9.0, images=(REPORTS_IMAGE,))
REPORTS_RUN = "6a02c7e94d1b8f35a0c6d2e7b9481f53c0e8a7d6"
REPORTS_NEWEST = "b15f0e83c6d74a29e8b30f5c1d96a7e24f8c05b9"
REPORTS_COMMITS = (
    StoryCommit(REPORTS_RUN, "Sum VAT by month", ANA, -30 * 60 * MINUTE, ("vat.sql",), built=REPORTS_BUILT),
    StoryCommit(
        REPORTS_NEWEST,
        "Leave out drafts",
        IVO,
        -80 * MINUTE,
        ("drafts.sql",),
        parent=REPORTS_RUN,
        built=REPORTS_BUILT,
    ),
)
REPORTS_FILE = f"""\
name: Reports
on:
  push: {{branches: [{BRANCH}]}}
  workflow_dispatch: {{}}
jobs:
  reports:
    runs-on: [self-hosted, linux, x64, fiskai-build]
    steps:
      - uses: docker/build-push-action@v6
        with:
          push: true
          platforms: {story.PLATFORM}
          tags: ghcr.io/{REPORTS_IMAGE}:latest,ghcr.io/{REPORTS_IMAGE}:${{{{ github.sha }}}}
"""
REPORTS = RepositoryStory(
    name="Wandeon/FiskAI-reports",
    id=902_512_773,
    workflow="reports.yml",
    workflow_id=119_018_264,
    commits={each.sha: each for each in REPORTS_COMMITS},
    heads={BRANCH: REPORTS_NEWEST},
    built=REPORTS_BUILT,
    edits="vat.sql",
    files={f"{FOLDER}/reports.yml": REPORTS_FILE},
    first=7_000_000,
)


@dataclass(frozen=True, slots=True)
class Kind:
    """Targets of one image: how many, and which commits run in them, taken in turn."""

    called: str
    count: int
    repository: str
    workflow: str
    image: str
    platform: str
    runs: tuple[str, ...]


KINDS = (
    Kind(
        "app",
        80 - len(UUIDS),
        story.REPOSITORY,
        story.WORKFLOW,
        story.IMAGE,
        story.PLATFORM,
        (story.RUNS, story.BUILT),
    ),
    Kind(
        "worker",
        10,
        workers_story.REPOSITORY,
        workers_story.WORKFLOW,
        workers_story.IMAGES[0],
        workers_story.PLATFORM,
        (workers_story.RUNS,),
    ),
    Kind("reports", 10, REPORTS.name, REPORTS.workflow, REPORTS_IMAGE, story.PLATFORM, (REPORTS_RUN,)),
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
    """The story's world with `places` besides: the story's own two targets run on vps01, as ever."""

    def __init__(self, *, deploy_seconds: float = 2.5) -> None:
        super().__init__(speed=0, deploy_seconds=deploy_seconds, repositories=(REPORTS,))
        self.coolify.access.per_minute = FOR_EVER
        for number in range(HOSTS - len(self.hosts.sshd)):
            self.hosts.sshd[f"node{number:02}"] = SshServer(Machine(f"node{number:02}"))
        self.places = {each.name: each for each in _places(tuple(self.hosts.sshd))}
        for name, server in self.hosts.sshd.items():
            self._runs_on(name, server.machine)

    def begin(self) -> None:
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
            "platform": it.kind.platform,
            "workflow": it.kind.workflow,
            "repository": it.kind.repository,
            "app": it.uuid,
            "health": self.host.health_url(it.name),
            "environment": it.name,
            "host": it.host,
        }
        lines = "".join(f'{key} = "{value}"\n' for key, value in values.items())
        return f"\n[targets.{it.name}]\n{lines}"


def _places(hosts: tuple[str, ...]) -> Iterator[Place]:
    """Each host in turn gets one."""
    host = cycle(hosts)
    for kind in KINDS:
        for number in range(kind.count):
            name = f"{kind.called}{number:02}"
            yield Place(
                name, kind, f"{name}uuid0000000000000000"[:24], next(host), kind.runs[number % len(kind.runs)]
            )
