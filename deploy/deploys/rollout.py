"""The idempotent actions of a deploy: point, trigger, watch, prove."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from deploy.core import errors
from deploy.core.ask import Unknown, known
from deploy.core.ask import ask as ask_within
from deploy.core.model import HEAD, Application, Deployment, Done, Health, Running, Target, follows, short
from deploy.core.units import plural
from deploy.deploys.errors import (
    DeploymentFailed,
    NeverQueued,
    NotPointed,
    OtherImage,
    TookTooLong,
    Unhealthy,
)
from deploy.deploys.proof import Proof, proof

if TYPE_CHECKING:
    from deploy.engine.engine import Op
    from deploy.world import World

Find = Callable[[], Awaitable[Deployment | None]]
PROVEN_WITHIN = 30.0  # seconds for the host and the registry to say what runs
ATTEMPTS = 3  # how often a deployment is asked for while another one of the same app swallows it


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an application is to run: an image tag, and the commit that Coolify keys the deployment by."""

    tag: str
    commit: str

    @property
    def sha(self) -> str:
        return short(self.commit)


@dataclass(frozen=True, slots=True)
class Before:
    """The state before the deploy: as configured, as running, and whether it was healthy."""

    application: Application
    running: Running
    healthy: bool


@dataclass(frozen=True, slots=True)
class Pointed:
    """The tag as a person reads it, and Coolify's newest deployments once it was set.

    Coolify reads the tag when a job runs, so whatever is queued after this runs that tag, whoever asked for it.
    """

    note: str
    known: tuple[str, ...]


async def point(world: World, target: Target, wanted: Wanted) -> Pointed:
    """Set tag and commit in Coolify and read them back. Raises NotPointed where it did not take.

    An app that follows `latest` gets no commit: later restarts would be kept under it, whatever image they run.
    """
    await world.systems.coolify.point(target.app, wanted.tag, HEAD if follows(wanted.tag) else wanted.commit)
    found = (await world.systems.coolify.application(target.app)).tag
    if found != wanted.tag:
        raise NotPointed(tag=short(wanted.tag), found=short(found) or "nothing")
    deployments = await world.systems.coolify.deployments(target.app)
    return Pointed(short(wanted.tag), tuple(each.uuid for each in deployments))


async def trigger(world: World, op: Op, target: Target, wanted: Wanted, known: tuple[str, ...]) -> Deployment:
    """Ask Coolify for a deployment of this commit, as `ask` does.

    `known` are the deployments there were when the tag was set: a newer one of this commit is ours, from a run that
    ended between the request and its journal entry.
    """
    return await ask(world, op, target.app, wanted.sha, lambda: ours(world, target, wanted, known))


async def ask(world: World, op: Op, app: str, sha: str, find: Find) -> Deployment:
    """Ask Coolify for a deployment, unless `find` finds that it was asked for, and prove that it exists.

    Coolify answers 200 with an id that never existed while another deployment of the same key is under way,
    so only a deployment that can be read counts.

    Raises:
        NeverQueued: no deployment came of it.
    """
    why = ""
    for _ in range(ATTEMPTS):
        if mine := await find():
            return mine
        try:
            uuid = await world.systems.coolify.deploy(app)
        except (errors.TimedOut, errors.Unreachable, errors.ServerFault):
            if mine := await find():  # it may have been queued all the same
                return mine
            raise
        if proven := await world.systems.coolify.deployment(uuid):
            return proven
        why = "another deployment of the app was under way"
        await _until_idle(world, op, app)
    raise NeverQueued(sha=sha, why=why)


async def ours(world: World, target: Target, wanted: Wanted, known: tuple[str, ...]) -> Deployment | None:
    """The deployment of this commit that is newer than the `known` ones."""
    keys = {wanted.commit, HEAD}  # before Coolify 4.1.0 the key of an image app is always HEAD
    deployments = await world.systems.coolify.deployments(target.app)
    return next((each for each in deployments if each.uuid not in known and each.commit in keys), None)


async def _until_idle(world: World, op: Op, app: str) -> None:
    deadline = time.monotonic() + world.timeouts.deploy_within
    while any(each.active for each in await world.systems.coolify.deployments(app)):
        if time.monotonic() > deadline:
            return
        await op.report("Coolify: another deployment of the app goes first")
        await op.pause(world.timeouts.poll)


@dataclass(frozen=True, slots=True)
class Watched:
    """A deployment at its good end."""

    deployment: Deployment

    @property
    def note(self) -> str:
        return "Coolify says finished"


async def watch(world: World, op: Op, deployment: Deployment, wanted: Wanted) -> Watched:
    """Poll a deployment until it ends, reporting its last log line. Retries while Coolify is unreachable.

    Raises:
        DeploymentFailed: it ended otherwise than finished.
        TookTooLong: it has no end within the time for a deployment.
    """
    deadline = time.monotonic() + world.timeouts.deploy_within
    last = deployment
    while time.monotonic() < deadline:
        last = await _look(world, op, last)
        if not last.active:
            return Watched(_ended(last, wanted))
        await op.pause(world.timeouts.poll)
    minutes = world.timeouts.deploy_within / 60
    raise TookTooLong(sha=wanted.sha, minutes=minutes, state=last.status, deployment=last.uuid)


async def _look(world: World, op: Op, last: Deployment) -> Deployment:
    try:
        now = await world.systems.coolify.deployment(last.uuid)
    except errors.SystemFailure as failure:
        await op.report(str(failure))
        return last
    if now is None:
        await op.report("Coolify: does not show the deployment just now")
        return last
    await op.report(f"Coolify: {now.logs[-1].text.strip() if now.logs else await _standing(world, now)}")
    return now


async def _standing(world: World, deployment: Deployment) -> str:
    """Its state; while it is queued, also Coolify's other active deployments."""
    state = deployment.status.replace("_", " ")
    if deployment.status != "queued":
        return state
    listed = known(await ask_within("Coolify", world.systems.coolify.active())) or ()
    others = [each for each in listed if each.uuid != deployment.uuid]
    return f"{state}, with {plural(len(others), 'other deployment')} under way" if others else state


def _ended(deployment: Deployment, wanted: Wanted) -> Deployment:
    if deployment.status == "finished":
        return deployment
    cause = deployment.cause or "Coolify's log says no more"
    raise DeploymentFailed(sha=wanted.sha, state=deployment.status, why=cause, deployment=deployment.uuid)


@dataclass(frozen=True, slots=True)
class Proven:
    """What was proven, as a person reads it; `digest` is what runs, or `unproven` says why nobody knows."""

    note: str
    digest: str = ""
    unproven: str = ""


async def prove(world: World, op: Op, target: Target, wanted: Wanted) -> Proven:
    """Healthy for long enough, and the image that runs is the registry's.

    Raises:
        Unhealthy: the health URL does not answer 200.
        OtherImage: it does, but out of another image.
    """
    healthy = await healthy_for_a_while(world, op, target, wanted)
    found = await ask_within("The host", proof(world, target, wanted.tag), PROVEN_WITHIN)
    if isinstance(found, Unknown):
        return Proven(healthy.note, unproven=found.why)
    if found.verdict == "something else":
        raise OtherImage(sha=wanted.sha, host=target.host, found=_named(found), app=target.app)
    return Proven(f"{healthy.note}; {target.host} runs the registry's image", found.digest)


def _named(found: Proof) -> str:
    digest = f"{found.digest[:19]}…" if found.digest else "an image that came from no registry"
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
        await op.pause(min(world.timeouts.poll, world.timeouts.healthy_for or world.timeouts.poll))


def _unhealthy(target: Target, wanted: Wanted, health: Health, seconds: float) -> Unhealthy:
    status = health.status or f"nothing ({health.why})"
    return Unhealthy(sha=wanted.sha, path=path_of(target), status=status, seconds=round(seconds))


def path_of(target: Target) -> str:
    return urlsplit(target.health).path or "/"
