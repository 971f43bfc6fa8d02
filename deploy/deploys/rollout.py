"""What a deploy remembers before it acts, and how it is proven afterwards."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from deploy.core.ask import Unknown, ask
from deploy.core.compose_model import Project
from deploy.core.model import Application, Deployment, Done, Health, Running, Target, follows, short
from deploy.core.reference import Reference, brief, parse_reference, same_repository
from deploy.core.values import dataclass
from deploy.deploys.errors import OtherImage, Unhealthy
from deploy.deploys.project_proof import prove_project
from deploy.deploys.proof import Proof, proof
from deploy.deploys.retrying import persistently

if TYPE_CHECKING:
    from deploy.deploys.deployers.deployer import Wanted
    from deploy.engine.engine import Op
    from deploy.world import World

PROVEN_WITHIN = 30.0  # seconds for the host and the registry to say what runs


@dataclass(frozen=True, slots=True)
class Before:
    """The state before the deploy: as configured, as running, and whether it was healthy.

    `application` is None where compose runs the target, whose `project` it was then.
    """

    application: Application | None
    running: Running
    healthy: bool
    project: Project | None = None

    @property
    def reference(self) -> Reference | None:
        """What Coolify was set to."""
        return self.application.reference if self.application else None

    @property
    def followed(self) -> bool:
        """Whether the app followed `latest`."""
        return self.application is not None and follows(self.application.tag)


@dataclass(frozen=True, slots=True)
class Proven:
    """What was proven, as a person reads it; `digest` is what runs, or `unproven` says why nobody knows."""

    note: str
    digest: str = ""
    unproven: str = ""


async def prove(world: World, op: Op, target: Target, wanted: Wanted, deployment: Deployment) -> Proven:
    """Healthy for long enough, and what runs is what was wanted: by its host, else by Coolify's own log.

    Raises:
        Unhealthy: the health URL does not answer 200.
        OtherImage: it does, but out of another image.
        OtherParts, OtherRevision: a container of a compose project is.
    """
    if target.kind == "compose":
        return await _prove_project(world, op, target, wanted)
    healthy = await healthy_for_a_while(world, op, target, wanted)
    found = await ask("The host", proof(world, target, wanted.of), PROVEN_WITHIN)
    if isinstance(found, Unknown):
        return _by_log(target, wanted, deployment, healthy.note, found.why)
    if found.verdict == "something else":
        raise OtherImage(sha=wanted.sha, by=target.host, found=_named(found), app=target.app)
    return Proven(f"{healthy.note}; {target.host} runs the registry's image", found.digest)


async def _prove_project(world: World, op: Op, target: Target, wanted: Wanted) -> Proven:
    proven = await persistently(world, op, lambda: prove_project(world, target, wanted))
    if not target.health:
        return Proven(proven, wanted.digest)
    healthy = await healthy_for_a_while(world, op, target, wanted)
    return Proven(f"{healthy.note}; {proven}", wanted.digest)


def _by_log(target: Target, wanted: Wanted, deployment: Deployment, healthy: str, why: str) -> Proven:
    """Coolify's log says which image it started, which is no proof of what runs now, but can disprove it."""
    started = parse_reference(deployment.image)
    if started is None:
        return Proven(healthy, unproven=why)
    if not _is(started, target, wanted):
        raise OtherImage(
            sha=wanted.sha,
            by="Coolify's log",
            found=started.shown,
            app=target.app,
        )
    return Proven(
        f"{healthy}; Coolify's log says that it started {started.shown}",
        unproven=why,
    )


def _is(started: Reference, target: Target, wanted: Wanted) -> bool:
    named = started.of in {wanted.digest, wanted.tag}
    return named and same_repository(started.repository, target.image)


def _named(found: Proof) -> str:
    digest = brief(found.digest) if found.digest else "an image that came from no registry"
    return f"{short(found.sha)} ({digest})" if found.sha else digest


async def healthy_for_a_while(world: World, op: Op, target: Target, wanted: Wanted) -> Done:
    """Wait until the health URL answered 200 long enough without a break. Raises Unhealthy."""
    begun = time.monotonic()
    since: float | None = None
    while True:
        health = await world.systems.health.probe(target.health)
        now = time.monotonic()
        since = (since or now) if health.ok else None
        if since is not None and now - since >= world.timeouts.healthy_for:
            return Done(f"{path_of(target)} answered 200 for {world.timeouts.healthy_for:g} s")
        if since is None and now - begun > world.timeouts.healthy_within:
            raise _unhealthy(target, wanted, health, now - begun)
        await op.report(f"{path_of(target)} answers {health.status or health.why}")
        await op.pause(
            min(world.timeouts.pause(now - begun), world.timeouts.healthy_for or world.timeouts.poll)
        )


def _unhealthy(target: Target, wanted: Wanted, health: Health, seconds: float) -> Unhealthy:
    status = health.status or f"nothing ({health.why})"
    return Unhealthy(sha=wanted.sha, path=path_of(target), status=status, seconds=round(seconds))


def path_of(target: Target) -> str:
    return urlsplit(target.health).path or "/"
