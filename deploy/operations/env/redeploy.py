"""A changed variable takes effect at the next deploy: --redeploy begins one under the copy's own lock."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from deploy import errors
from deploy.model import LATEST, Application, Deployment, short
from deploy.operations import look
from deploy.operations.deploy import ship
from deploy.operations.look import Resolved
from deploy.outcomes import Deployed, Failed, NotPutBack, PutBack, Refused

if TYPE_CHECKING:
    from deploy.model import Failure, Target
    from deploy.operations.engine import Op
    from deploy.operations.env.order import Order
    from deploy.outcomes import Outcome
    from deploy.outcomes.env import EnvCopied
    from deploy.world import World


async def redeploy(world: World, op: Op, order: Order, copied: EnvCopied) -> EnvCopied:
    """Deploy again what runs: a target through its own story, any other application as Coolify does it."""
    try:
        if order.target.target:
            return await _target(world, op, world.target(order.target.target), copied)
        uuid = order.target.uuid
        deployment = await op.step("trigger", Deployment, lambda: _trigger(world, uuid))
        await op.step("watch", Deployment, lambda: _watch(world, op, deployment))
    except errors.FiskError as error:
        return replace(copied, not_deployed=error.failure)
    return replace(copied, deployed=f"deployment {deployment.uuid}")


async def _target(world: World, op: Op, target: Target, copied: EnvCopied) -> EnvCopied:
    resolved = await op.step("resolve", Resolved, lambda: _what_runs(world, target))
    outcome = await ship(world, op, target, resolved, force=True)
    if isinstance(outcome, Deployed):
        return replace(copied, deployed=short(outcome.sha))
    return replace(copied, not_deployed=_why(outcome))


async def _what_runs(world: World, target: Target) -> Resolved:
    application = await world.coolify.application(target.app)
    return await look.resolve(world, target, await _ref(world, target, application))


async def _ref(world: World, target: Target, application: Application) -> str:
    """What to deploy: the pinned commit, or `latest` where the application follows it."""
    if application.tag in {"", LATEST}:
        return LATEST
    return (await look.running(world, target, application)).sha or application.tag


def _why(outcome: Outcome) -> Failure:
    if isinstance(outcome, Refused | Failed | PutBack | NotPutBack):
        return outcome.error
    return errors.CancelRequested(by="somebody").failure


async def _trigger(world: World, app: str) -> Deployment:
    """A deployment that can be read, since Coolify may hand out the id of one that never existed. One that
    still waits will read the new variables, so no second one is asked for.
    """
    waiting = [each for each in await world.coolify.deployments(app) if each.status == "queued"]
    uuid = waiting[0].uuid if waiting else await world.coolify.deploy(app)
    deployment = await world.coolify.deployment(uuid)
    if deployment is None:
        raise errors.NeverQueued(sha=app, why="Coolify does not show it")
    return deployment


async def _watch(world: World, op: Op, deployment: Deployment) -> Deployment:
    deadline = time.monotonic() + world.pace.deploy_within
    last = deployment
    while last.active and time.monotonic() < deadline:
        await op.pause(world.pace.poll)
        last = await world.coolify.deployment(deployment.uuid) or last
    if last.status == "finished":
        return last
    raise errors.DeploymentFailed(
        sha="what runs", state=last.status, why="its log is in Coolify", deployment=last.uuid
    )
