"""After a failed or cancelled deploy: restore the previous state, and report the state reached."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.ask import ask, known
from deploy.core.model import Deployment, Done, Failure, Target, follows, is_sha, short
from deploy.deploys import rollout
from deploy.deploys.errors import TookTooLong
from deploy.deploys.outcomes import NotPutBack, PutBack
from deploy.deploys.rollout import Before, Pointed, Wanted, Watched

if TYPE_CHECKING:
    from deploy.core.outcomes import Outcome
    from deploy.engine.engine import Op
    from deploy.world import World

TOLD_WITHIN = 20.0  # seconds for Coolify to say what it is set to
LOOKS = 3  # probes of the health URL before it is called unhealthy


@dataclass(frozen=True, slots=True)
class Stopped:
    """How the failed deployment ended. `status` is empty where none was ever triggered.

    `queued` says that it never began, so that it cannot have touched the running container.
    """

    status: str
    queued: bool = False

    @property
    def note(self) -> str:
        return f"the deployment is {self.status}" if self.status else "nothing was triggered"


@dataclass(frozen=True, slots=True)
class Settled:
    """The app's health after the old tag was restored."""

    healthy: bool

    @property
    def note(self) -> str:
        return "the app is healthy" if self.healthy else "the app is not healthy"


async def put_back(
    world: World,
    op: Op,
    target: Target,
    before: Before,
    wanted: Wanted,
    error: Failure,
    known: tuple[str, ...],
) -> Outcome:
    """Restore the configuration and, where the old container may be gone, deploy the old image again.

    `known` are the deployments from before ours: what came of an unanswered request is looked for as well.
    """
    stopped = Stopped("unknown")
    cancelled = error.code == errors.CancelRequested.slug
    with op.undoing():
        try:
            stopped = await op.step("stop", Stopped, lambda: _stop(world, op, target, wanted, known))
            old = _old(before, pin=_replaced(before, stopped))
            await op.step("put back", Pointed, lambda: rollout.point(world, target, old))
            settled = await op.step("look", Settled, lambda: _settle(world, op, target))
            again = _replaced(before, stopped) or (
                before.healthy and not settled.healthy and bool(stopped.status)
            )
            if again:
                await _redeploy(world, op, target, _old(before, pin=True))
        except errors.FiskError as second:
            why = second.failure
            return await op.step(
                "assess", NotPutBack, lambda: _assess(world, op, target, before, wanted, error, why, stopped)
            )
    return PutBack(
        error,
        target.name,
        before.running.sha or before.application.tag,
        settled.healthy or again,
        redeployed=again,
        cancelled=cancelled,
        pinned=again and follows(before.application.tag) and bool(before.running.sha),
    )


def _old(before: Before, *, pin: bool) -> Wanted:
    """What to go back to. A tag left over from an earlier failure is not what runs, so what runs wins;
    only an app that follows `latest`, and whose container was not touched, is left following it.
    """
    sha = before.running.sha
    if sha and (pin or before.running.pinned):
        return Wanted(sha, sha)
    return Wanted(before.application.tag, before.application.commit)


def _replaced(before: Before, stopped: Stopped) -> bool:
    """Whether the old container may be gone."""
    if stopped.status == "finished":
        return True
    if stopped.status == "failed":
        return bool(before.application.not_rolling)
    return stopped.status == "cancelled-by-user" and not stopped.queued


async def _stop(world: World, op: Op, target: Target, wanted: Wanted, known: tuple[str, ...]) -> Stopped:
    """Make sure that the deployment is over. Raises TookTooLong where it will not end."""
    now = await rollout.ours(world, target, wanted, known)
    if now is None:
        return Stopped("")
    queued = False
    deadline = time.monotonic() + world.timeouts.healthy_within
    while now.active:
        queued = now.status == "queued"
        now = await _cancelled(world, op, now)
        if now.active and time.monotonic() > deadline:
            minutes = world.timeouts.healthy_within / 60
            raise TookTooLong(sha=wanted.sha, minutes=minutes, state=now.status, deployment=now.uuid)
        if now.active:
            await op.pause(world.timeouts.poll)
    return Stopped(now.status, queued)


async def _cancelled(world: World, op: Op, deployment: Deployment) -> Deployment:
    """How it is once Coolify was asked to cancel it; where Coolify does not tell, it may have begun meanwhile."""
    try:
        return await world.systems.coolify.cancel(deployment.uuid)
    except (errors.RateLimited, errors.ServerFault, errors.TimedOut, errors.Unreachable) as failure:
        await op.report(str(failure))
        return replace(deployment, status="in_progress")


async def _settle(world: World, op: Op, target: Target) -> Settled:
    return Settled(await _healthy(world, op, target))


async def _healthy(world: World, op: Op, target: Target) -> bool:
    for _ in range(LOOKS):
        if (await world.systems.health.probe(target.health)).ok:
            return True
        await op.pause(world.timeouts.poll)
    return False


async def _redeploy(world: World, op: Op, target: Target, old: Wanted) -> None:
    pointed = await op.step("point again", Pointed, lambda: rollout.point(world, target, old))
    again = await op.step(
        "trigger again", Deployment, lambda: rollout.trigger(world, op, target, old, pointed.known)
    )
    await op.step("watch again", Watched, lambda: rollout.watch(world, op, again, old))
    await op.step("prove again", Done, lambda: rollout.healthy_for_a_while(world, op, target, old))


async def _assess(
    world: World,
    op: Op,
    target: Target,
    before: Before,
    wanted: Wanted,
    error: Failure,
    why: Failure,
    stopped: Stopped,
) -> NotPutBack:
    """Say what is known. Coolify may be down, so what it was last told stands for what it is set to."""
    untouched = stopped.status in {"", "unknown"} or not _replaced(before, stopped)
    application = known(await ask("Coolify", world.systems.coolify.application(target.app), TOLD_WITHIN))
    set_to = application.tag if application else wanted.tag
    return NotPutBack(
        error=error,
        why=why,
        target=target.name,
        wanted=before.running.sha or before.application.tag,
        runs=before.running.sha if untouched and stopped.status != "unknown" else "",
        set_to=short(set_to) if is_sha(set_to) else set_to,
        healthy=await _healthy(world, op, target),
    )
