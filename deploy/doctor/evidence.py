"""Gathers the evidence for the rules: all queries run concurrently, each once, however many rules need it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from itertools import takewhile
from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.ask import Unknown, ask
from deploy.core.model import Application, Build, Health, Image, Job, Runner, Running, Target
from deploy.core.together import together
from deploy.core.values import dataclass
from deploy.deploys.deployers.project import project, running_project
from deploy.deploys.proof import Proof, proof
from deploy.doctor.asked import COOLIFY, GITHUB, HEALTH, HERE, MEMORY, REGISTRY, Questions, once
from deploy.doctor.files import SettingsFiles
from deploy.doctor.guard import Guard, look_at_guard
from deploy.doctor.workflows.repository import FOLDER, workflows_of
from deploy.systems.host import stdout
from deploy.systems.ports import connects

if TYPE_CHECKING:
    from deploy.core.compose_model import Project
    from deploy.core.rights import Right
    from deploy.doctor.workflows.model import Workflow
    from deploy.redis import promises
    from deploy.systems.buildkit import BuildKit
    from deploy.systems.docker import Container, Disk
    from deploy.systems.runner import RunnerService, Service
    from deploy.systems.ssh import Ssh

NEWEST = 30  # builds among which the newest good one is looked for


@dataclass(frozen=True, slots=True)
class Digests:
    """What the tags of one good build name; None where there is no such tag."""

    sha: str
    short: str | None
    long: str | None


@dataclass(frozen=True, slots=True)
class Latest:
    """`latest` beside the newest good build. `newer` are the commits of those that GitHub lists before it: they run,
    or went wrong, and may have pushed all the same. A rerun keeps its place in that list.
    """

    image: Image | None
    built: str
    newer: tuple[str, ...]


class Evidence(Questions):
    """The evidence of one check; `within`: seconds for each query."""

    # --- GitHub

    @once(GITHUB, "the workflows")
    async def workflows(self) -> tuple[Workflow, ...]:
        """Every workflow of the repository, on the branch that is deployed from."""
        return await workflows_of(self.world.systems.github, self.workflow_files)

    @once(GITHUB, "the workflow files")
    async def workflow_files(self) -> tuple[str, ...]:
        """Their paths."""
        return await self.world.systems.github.files(FOLDER)

    @once(GITHUB, "the builds")
    async def builds(self, workflow: str) -> tuple[Build, ...]:
        """The newest builds of the branch, newest first."""
        github = self.world.systems.github
        return await github.builds(workflow, branch=github.branch, limit=NEWEST)

    @once(GITHUB, "the jobs")
    async def newest_jobs(self, workflow: str) -> tuple[Job, ...]:
        """The jobs of the newest good build, of all its attempts. Raises errors.NotThere where there is none."""
        build = await self._newest_good(workflow)
        return await self.world.systems.github.jobs(build.id, attempts="all")

    @once(GITHUB, "the runners")
    async def runners(self) -> tuple[Runner, ...]:
        """Raises errors.MissingAbility where the token may not see them."""
        return await self.world.systems.github.runners()

    @once(GITHUB, "the builds' right")
    async def may_act(self, workflow: str) -> Right:
        """Whether fisk's token may rerun, cancel and start builds."""
        return await self.world.systems.github.may_act(workflow)

    @once(GITHUB, "the deployments")
    async def may_deploy(self) -> Right:
        """Whether fisk's token may write deployments."""
        return await self.world.systems.github.may_deploy()

    @once(GITHUB, "the pull requests")
    async def may_see_pulls(self) -> Right:
        """Whether fisk's token may read pull requests."""
        return await self.world.systems.github.may_see_pulls()

    # --- the registry

    @once(REGISTRY, "the image")
    async def image(self, repository: str, tag: str, platform: str) -> Image | None:
        return await self.world.systems.registry.image(repository, tag, platform)

    @once(REGISTRY, "the tag")
    async def tagged(self, repository: str, tag: str) -> str | None:
        """The digest that a tag names, whatever that is; None where there is no such tag."""
        return await self.world.systems.registry.digest(repository, tag)

    async def latest(self, target: Target) -> Latest:
        image, builds = await together(
            self.image(target.image, "latest", target.platform), self.builds(target.workflow)
        )
        newer = tuple(build.sha for build in takewhile(lambda each: each.conclusion != "success", builds))
        good = builds[len(newer)].sha if len(newer) < len(builds) else ""
        return Latest(image, good, newer)

    async def newest_image(self, target: Target) -> tuple[str, Image | None]:
        """The newest good build's commit, and its image."""
        sha = (await self._newest_good(target.workflow)).sha
        return sha, await self.image(target.image, sha, target.platform)

    async def newest_tags(self, target: Target) -> Digests:
        """What the tags of the newest good build name."""
        sha = (await self._newest_good(target.workflow)).sha
        short, long = await together(*(self.tagged(target.image, tag) for tag in (sha[:7], sha)))
        return Digests(sha, short, long)

    async def _newest_good(self, workflow: str) -> Build:
        """Raises errors.NotThere where there is none among the newest."""
        for build in await self.builds(workflow):
            if build.conclusion == "success":
                return build
        raise errors.NotThere(system="GitHub", what=f"good build among the newest {NEWEST}")

    # --- Coolify and the app

    @once(COOLIFY, "the application")
    async def application(self, app: str) -> Application:
        return await self.world.systems.coolify.application(app)

    @once(COOLIFY, "the rights")
    async def rights(self, app: str) -> Mapping[str, Right]:
        """What Coolify's token may do to the application."""
        return await self.world.systems.coolify.rights(app)

    @once(HEALTH, "health")
    async def health(self, url: str) -> Health:
        return await self.world.systems.health.probe(url)

    @once(lambda _, target: ", ".join(filter(None, (target.host, REGISTRY, COOLIFY))), "the container")
    async def running(self, target: Target) -> Proof | Unknown | None:
        """Whether the app's container runs what Coolify is set to; None while a deployment is under way."""
        application = await self.application(target.app)
        reference = application.reference
        if reference is None:
            return Unknown(f"{application.image} and {application.tag} together name no image")
        proven, deployments = await together(
            ask("The host", proof(self.world, target, reference.of), self._within),
            self.world.systems.coolify.deployments(target.app),
        )
        return None if any(each.active for each in deployments) else proven

    # --- hosts

    @once(lambda _, target: target.host, "the compose project")
    async def project(self, target: Target) -> tuple[Project, Running]:
        """The containers of a target that compose runs, and what they run."""
        world = self.world.of(target)
        found = await project(world, target)
        return found, await running_project(world, target, found)

    @once(lambda _, host: host, "a host's processor")
    async def machine_of(self, host: str) -> str:
        return await _printed(self.world.systems.hosts[host], "uname", "-m")

    def buildkit(self) -> BuildKit:
        """Raises errors.NotOnAHost where it is not configured."""
        if self.world.systems.buildkit is None:
            raise errors.NotOnAHost(system="BuildKit", what="where BuildKit runs", table="[buildkit]")
        return self.world.systems.buildkit

    def buildkits_host(self) -> str:
        return self.buildkit().spec.host

    @once(buildkits_host, "BuildKit's container")
    async def container(self) -> Container | None:
        return await self.buildkit().container()

    @once(buildkits_host, "the open ports")
    async def listening(self) -> tuple[str, ...]:
        return await self.buildkit().listening()

    @once("BuildKit", "BuildKit's workers")
    async def workers(self) -> tuple[str, ...]:
        return await self.buildkit().workers()

    @once(buildkits_host, "the disk")
    async def disk(self) -> Disk:
        """How full BuildKit's host is."""
        return await self.buildkit().docker.disk()

    @once(buildkits_host, "the processor")
    async def machine(self) -> str:
        """What kind of processor BuildKit's host has."""
        return await _printed(self.buildkit().ssh, "uname", "-m")

    @once(buildkits_host, "the firewall")
    async def guard(self) -> Guard:
        """What keeps strangers from BuildKit's port. Raises errors.CommandFailed where fisk is not root there."""
        return await look_at_guard(self)

    @once("a connection from here", "a connection")
    async def answers(self, address: str) -> bool:
        """Whether BuildKit's port takes a connection at an address, from here."""
        return await connects(address, self.buildkit().spec.port)

    async def published(self) -> tuple[Container | None, tuple[str, ...]]:
        """The container, and the addresses that its port is open on."""
        container, listening = await together(self.container(), self.listening())
        return container, listening

    def runner(self) -> RunnerService:
        """Raises errors.NotOnAHost where the runner's host is not configured."""
        if self.world.systems.runner is None:
            raise errors.NotOnAHost(system="The runner", what="the runner", table="[runner]")
        return self.world.systems.runner

    @once(lambda it: it.runner().spec.host, "the runner's service")
    async def service(self) -> Service:
        return await self.runner().service()

    # --- fisk

    @once(MEMORY, "the memory")
    async def memory(self) -> promises.ServerSettings:
        return await self.world.memory.server_settings()

    @once(HERE, "the files")
    async def files(self) -> tuple[str, ...]:
        """What is wrong with the modes of the files of settings."""
        return self.world.memory.stores.of(SettingsFiles).too_open()

    @once(MEMORY, "the memory's clock")
    async def clock(self) -> float:
        """Seconds by which fisk's clock is ahead of its memory's, by which all times are told."""
        return await _ahead(self.world.memory.now)

    @once(lambda _, host: host, "a host's clock")
    async def host_clock(self, host: str) -> float:
        """Seconds by which a host's clock is ahead of fisk's."""
        ssh = self.world.systems.hosts[host]

        async def now() -> float:
            return float(await _printed(ssh, "date", "+%s"))

        return -await _ahead(now)


async def _printed(ssh: Ssh, *argv: str) -> str:
    return (await stdout(ssh, argv)).strip()


async def _ahead(theirs: Callable[[], Awaitable[float]]) -> float:
    """How far our clock is ahead of theirs, whose time is taken to be that of the middle of the query."""
    before = time.time()
    now = await theirs()
    return (before + time.time()) / 2 - now
