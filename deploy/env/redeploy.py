"""A changed variable takes effect at the next deploy: --redeploy begins one under the copy's own lock."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.model import LATEST, Deployment, Failure, Target, short
from deploy.core.outcomes import Failed, Outcome, Refused
from deploy.core.values import dataclass
from deploy.deploys import situation
from deploy.deploys.deploy import ship
from deploy.deploys.deployers.coolify import CoolifyDeployer
from deploy.deploys.deployers.deployer import Watched
from deploy.deploys.errors import DeploymentFailed, TookTooLong
from deploy.deploys.outcomes import Deployed, NotPutBack, PutBack
from deploy.deploys.release_errors import RunsUnknown
from deploy.deploys.running import what_runs
from deploy.deploys.situation import Resolved

if TYPE_CHECKING:
    from deploy.engine.engine import Op
    from deploy.env.order import Order
    from deploy.env.outcomes import EnvCopied
    from deploy.world import World

WHAT = "what runs"


@dataclass(frozen=True, slots=True)
class Halted:
    """A deployment that fisk asked Coolify to cancel, as it is since."""

    deployment: Deployment

    @property
    def note(self) -> str:
        return f"the deployment is {self.deployment.status}"


@dataclass(frozen=True, slots=True)
class Begun:
    """The deployments that had begun when the variables were copied. Any other reads the new ones, so it will do."""

    deployments: tuple[str, ...]


async def redeploy(world: World, op: Op, order: Order, copied: EnvCopied) -> EnvCopied:
    """Deploy again what runs: a target through its own story, any other application as Coolify does it."""
    try:
        if order.target.target:
            return await _target(world, op, world.targets.named(order.target.target), copied)
        deployment = await _application(world, op, order.target.uuid)
    except errors.FiskError as error:
        return replace(copied, not_deployed=error.failure)
    return replace(copied, deployed=deployment.note)


async def _target(world: World, op: Op, target: Target, copied: EnvCopied) -> EnvCopied:
    resolved = await op.step("resolve", Resolved, lambda: _what_runs(world, target))
    outcome = await ship(world, op, target, resolved, force=True)
    if isinstance(outcome, Deployed):
        return replace(copied, deployed=short(outcome.sha))
    return replace(copied, not_deployed=_why(outcome))


async def _what_runs(world: World, target: Target) -> Resolved:
    """What to deploy: the image that runs, or `latest` where the application follows it. Raises RunsUnknown."""
    runs = await what_runs(world, target)
    if not runs.pinned:
        return await situation.resolve(world, target, LATEST)
    if not runs.sha:
        raise RunsUnknown(target=target.name, why=runs.why.rstrip("."))
    return replace(await situation.resolve(world, target, runs.sha), digest=runs.digest)


def _why(outcome: Outcome) -> Failure:
    if isinstance(outcome, Refused | Failed | PutBack | NotPutBack):
        return outcome.error
    return errors.CancelRequested(by="somebody").failure


async def _application(world: World, op: Op, app: str) -> Deployment:
    """Deploy an application that is no target. Its log is none of fisk's: it may quote what was copied."""
    begun = await op.step("remember", Begun, lambda: _begun(world, app))
    deployment = await op.step("trigger", Deployment, lambda: _trigger(world, op, app, begun))
    try:
        return (await op.step("watch", Watched, lambda: _watch(world, op, deployment))).deployment
    except errors.CancelRequested:
        with op.undoing():
            stopped = (await op.step("stop", Halted, lambda: _stop(world, deployment))).deployment
        if stopped.status == "finished":
            return stopped
        raise


async def _begun(world: World, app: str) -> Begun:
    deployments = await world.systems.coolify.deployments(app)
    return Begun(tuple(each.uuid for each in deployments if each.status != "queued"))


async def _trigger(world: World, op: Op, app: str, begun: Begun) -> Deployment:
    async def find() -> Deployment | None:
        deployments = await world.systems.coolify.deployments(app)
        return next((each for each in deployments if each.uuid not in begun.deployments), None)

    return _unlogged(await CoolifyDeployer(world, app).ask(op, WHAT, find))


async def _watch(world: World, op: Op, deployment: Deployment) -> Watched:
    """Follow it to its end. An unreachable Coolify is waited for."""
    deadline = time.monotonic() + world.timeouts.deploy_within
    last = deployment
    while last.active and time.monotonic() < deadline:
        await op.pause(world.timeouts.poll)
        last = await _look(world, op, last)
    if last.status == "finished":
        return Watched(last)
    state, shown = last.status, last.shown
    if last.active:
        minutes = world.timeouts.deploy_within / 60
        raise TookTooLong(sha=WHAT, minutes=minutes, state=state, deployment=shown)
    raise DeploymentFailed(sha=WHAT, state=state, why="its log is in Coolify", deployment=shown)


async def _look(world: World, op: Op, last: Deployment) -> Deployment:
    try:
        return _unlogged(await world.systems.coolify.deployment(last.uuid) or last)
    except errors.SystemFailure as failure:
        await op.report(str(failure))
        return last


async def _stop(world: World, deployment: Deployment) -> Halted:
    return Halted(_unlogged(await world.systems.coolify.cancel(deployment.uuid)))


def _unlogged(deployment: Deployment) -> Deployment:
    return replace(deployment, logs=())
