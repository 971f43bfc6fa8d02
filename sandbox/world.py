"""All stand-ins together, each on its own port, with the story's data."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from deploy.core.permissions import PERMISSIONS
from sandbox import environment, story, workers_story
from sandbox.clock import Clock
from sandbox.compose import files
from sandbox.coolify import App, Coolify
from sandbox.github import GitHub
from sandbox.github.webhooks import Webhooks
from sandbox.host import SCHEMA, Container, Host
from sandbox.hosts import BUILDKIT, Hosts
from sandbox.image_pusher import ImagePusher
from sandbox.prometheus import Prometheus
from sandbox.registry import Registry

if TYPE_CHECKING:
    from sandbox.github.stories import RepositoryStory

APP_UUID = "k8wcgo4s0gk4sc4wg8ko0cs4"
STAGING_UUID = "m0ssk8cw4gwosgk0o48cwck0"
WORKERS_SINCE = -26 * 60 * story.MINUTE
SETTLES = 0.5  # seconds that a worker without a health check must live; in the story as in tests
UUIDS = {"app": APP_UUID, "staging": STAGING_UUID}
ERRORS = 'sum(rate(http_requests_total{app="fiskai-app",code=~"5.."}[1m]))'  # the story's query
OUTSIDE = "127.0.0.2"  # where BuildKit must not answer
TEAM = ("U024BE7LH", "U0MARKO01", "cli:*")  # Ana, Marko, and the terminal's user
# The story's incident is under way: its channel is listed, since nobody saw who invited fisk.
INCIDENTS = '[incidents]\nchannels = ["inc-*", "incident-*", "C0INCVAT1"]\n\n'


class World:
    """GitHub, the registry, Coolify, and their hosts. Time passes `speed` times as fast as real time.

    Args:
        speed: story seconds for each real one; 0: time only moves by `clock.skip`.
        deploy_seconds: how long a Coolify deployment takes, in real seconds.
        version: Coolify's version.
        waits: whether the story starts only with `begin`; until then the registry and Coolify are empty.
        workers: whether fisk.toml has the target of that name, and the group of it and the app.
        workers_build: whether a build of theirs is under way, too, which waits for the runner that all share.
        repositories: more than the story's two.
        checks: whether the app has checks of its own there.
    """

    def __init__(
        self,
        *,
        speed: float = 60.0,
        deploy_seconds: float = 2.5,
        version: str = "4.3.11",
        waits: bool = False,
        workers: bool = False,
        workers_build: bool = False,
        repositories: Iterable[RepositoryStory] = (),
        checks: bool = False,
    ) -> None:
        self.clock = Clock(speed)
        self._waits = waits
        self.workers, self._workers_build = workers, workers_build
        self._ships: list[Callable[[], None]] = []
        self.migrations = ""  # the pattern of the app's, in fisk.toml
        self.checks = checks
        self.bake = ""  # for how long they are asked again
        self.further: dict[str, str] = {}  # lines of a target's table, by its name
        self.github = GitHub(self.clock, repositories)
        self.webhooks = Webhooks(self.github)
        self.registry = Registry(self.clock)
        self.host = Host(self.registry)
        self.hosts = Hosts(self.host, UUIDS, self.registry)
        self.coolify = Coolify(self.host, version=version, seconds=deploy_seconds)
        self.prometheus = Prometheus()
        self.prometheus.measure(ERRORS, 0.0)
        self.coolify_token = self.coolify.access.issue()
        self.key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()

    async def start(self) -> None:
        """Start each stand-in on a free port of 127.0.0.1, and begin the story unless `waits`."""
        self.clock.stand()
        for stand_in in (self.github, self.registry, self.host, self.coolify, self.hosts, self.prometheus):
            await stand_in.start()
        self.github.contents.build_at(f"tcp://{BUILDKIT}:{self.hosts.port}")
        if not self._waits:
            self.begin()

    def begin(self) -> None:
        """Start the story now, unless it has started; dates of images and containers are relative to now."""
        if not self.clock.stands:
            return
        self.clock.begin()
        for repository in self.github.repositories:
            pusher = ImagePusher(self.clock, repository.runs, self.registry, repository.html_url)
            self._ships.append(pusher.ship)
            repository.runs.before = pusher.ship
        self.registry.before = self._ship
        self.registry.push_cache(story.IMAGE)
        self.hosts.compose.begin(self.hosts.workers, files.FILE, self.clock.stamp(WORKERS_SINCE))
        if self._workers_build:
            self.github.workers.take(workers_story.NEWEST)
        for target, uuid in UUIDS.items():
            self._install(target, uuid)

    def _ship(self) -> None:
        for ship in self._ships:
            ship()

    async def stop(self) -> None:
        await self.webhooks.stop()
        for stand_in in (self.prometheus, self.hosts, self.coolify, self.host, self.registry, self.github):
            await stand_in.stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _install(self, target: str, uuid: str) -> None:
        """Add an application with its variables, that runs the story's first commit."""
        environment.FILL[target](self.install(target, uuid, story.IMAGE, story.RUNS))

    def install(self, target: str, uuid: str, image: str, sha: str) -> App:
        """Add an application that runs a commit, deployed by its full sha."""
        app = self.coolify.add(
            target,
            uuid,
            f"fiskai-{target}",
            docker_registry_image_name=f"{story.REGISTRY}/{image}",
            docker_registry_image_tag=sha,
            git_commit_sha=sha,
        )
        reference = app.reference(pins=True)
        deployed = self.clock.start - 3 * 60 * story.MINUTE
        self.host.running[target] = replace(
            Container.of(self.host.pull(reference), reference), started=deployed
        )
        app.status = "running:healthy"
        self.coolify.queue.remember(app, sha, deployed)
        return app

    def environment(self) -> dict[str, str]:
        """The bot's settings for these stand-ins."""
        return {
            "FISK_GITHUB_TOKEN": self.github.token,
            "FISK_GITHUB_URL": self.github.url,
            "FISK_GITHUB_REPOSITORY": story.REPOSITORY,
            "FISK_GITHUB_WEBHOOK_SECRET": self.webhooks.secret,
            "FISK_COOLIFY_URL": self.coolify.url,
            "FISK_COOLIFY_TOKEN": self.coolify_token,
            "FISK_REGISTRY_URL": self.registry.url,
            "FISK_KEY": self.key,
        }

    def config_toml(self, *, approvals: bool = False) -> str:
        """The story's fisk.toml; with `approvals`, another person must approve what changes the app."""
        targets = "\n".join(
            self._target(name, uuid, approvals=approvals and name == "app") for name, uuid in UUIDS.items()
        )
        targets += f"\n{self._workers()}" if self.workers else ""
        return f"{targets}\n{self.hosts.config_toml()}{self._doctor()}{INCIDENTS}{self._access()}"

    @staticmethod
    def _access() -> str:
        """Ana, Marko and whoever is at a terminal may do everything; the others of the cast may look."""
        members = ", ".join(f'"{name}"' for name in TEAM)
        may = ", ".join(f'"{permission}"' for permission in PERMISSIONS)
        return f"[access.roles.team]\nmembers = [{members}]\nmay = [{may}]\n"

    @staticmethod
    def _doctor() -> str:
        worker = f"{story.REGISTRY}/{story.WORKER}"
        return f'[doctor]\noutside = ["{OUTSIDE}"]\nworkers = {{ "{worker}" = "linux/amd64" }}\n\n'

    def _workers(self) -> str:
        """The target that compose runs."""
        images = ", ".join(f'"{story.REGISTRY}/{image}"' for image in workers_story.IMAGES)
        values = {
            "kind": "compose",
            "host": "vps",
            "folder": self.hosts.workers,
            "file": files.FILE,
            "revision": "GIT_SHA",
            "repository": workers_story.REPOSITORY,
            "workflow": workers_story.WORKFLOW,
            "platform": workers_story.PLATFORM,
            "environment": "workers",
        }
        lines = "".join(f'{key} = "{value}"\n' for key, value in values.items())
        variables = 'variables = { IMAGE_TAG = "{sha}", EXPECTED_GIT_SHA = "{sha}" }\n'
        group = f'[groups.release]\ntargets = ["workers", "app"]\npairs = "{workers_story.PAIRS}"\n'
        return f"[targets.workers]\n{lines}images = [{images}]\n{variables}settle = {SETTLES}\n\n{group}"

    def _target(self, name: str, uuid: str, *, approvals: bool) -> str:
        values = {
            "image": f"{story.REGISTRY}/{story.IMAGE}",
            "platform": story.PLATFORM,
            "workflow": story.WORKFLOW,
            "app": uuid,
            "health": self.host.health_url(name),
            "environment": story.ENVIRONMENTS[name],
            "host": "vps01",
        }
        lines = "".join(f'{key} = "{value}"\n' for key, value in values.items())
        migrations = f'migrations = "{self.migrations}"\n' if self.migrations and name == "app" else ""
        checks = self._checks() if self.checks and name == "app" else ""
        further = f"{self.further[name]}\n" if name in self.further else ""
        return (
            f"[targets.{name}]\n{lines}{migrations}{further}"
            + ("approvals = 1\n" if approvals else "")
            + checks
        )

    def _checks(self) -> str:
        """What must be so after a deploy of the app: its schema, its health answer, and few errors."""
        head = "\n[[targets.app.checks]]\nname = "
        run, health = ", ".join(f'"{word}"' for word in SCHEMA), self.host.health_url("app")
        return (
            f'bake = "{self.bake or "0s"}"\n'
            f'{head}"schema"\nrun = [{run}]\n'
            f'{head}"status"\nget = "{health}"\njson = {{status = "ok"}}\n'
            f'{head}"errors"\nquery = \'{ERRORS}\'\nprometheus = "{self.prometheus.url}"\nbelow = 0.05\n'
        )
