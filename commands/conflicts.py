"""Refusals for locks and holds: who has it, what they do, at which step, since when, and the last heartbeat."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.model import Actor, Hold, Offer, Operation
from deploy.core.units import minutes
from deploy.kinds import KINDS

if TYPE_CHECKING:
    from deploy.engine.journal import Snapshot
    from deploy.world import World


def locked(snapshot: Snapshot, now: float, *, again: str = "") -> errors.Refusal:
    """The refusal of a command that needs another operation's lock; `again` is the command that waits for it."""
    operation = snapshot.operation
    if not snapshot.known:
        return errors.LockedForUnknown(
            target=operation.resources[0].plain, operation=operation.id, offers=(unlocking(operation),)
        )
    step = f"step {snapshot.step}" if snapshot.step else "about to begin"
    life = f"last sign of life {minutes(now - snapshot.seen)} ago" if snapshot.seen else "no sign of life yet"
    progress = f"; {snapshot.progress.rstrip('.')}" if snapshot.progress else ""
    activity = f"{KINDS.busy(operation)} ({step}, {minutes(now - operation.created)}; {life}{progress})"
    after = (Offer("Deploy after it", again),) if again else ()
    offers = (*after, Offer("Show it", f"op {operation.id}"))
    return errors.Locked(
        holder=name(operation.actor), activity=activity, operation=operation.id, offers=offers
    )


async def buildkit_is_free(world: World) -> None:
    """While BuildKit is restarted, or waits to be, fisk starts no build on it. Raises errors.Locked."""
    if world.systems.buildkit is None:
        return
    resource = world.systems.buildkit.spec.resource
    operation = (await world.memory.locks.locked()).get(resource)
    if operation is not None:
        raise locked(await world.memory.journal.holder(operation, resource), await world.memory.now())


def unlocking(operation: Operation) -> Offer:
    """The offer to take its lock away, which asks for confirmation."""
    return Offer("Take the lock away", f"unlock {operation.resources[0].plain} --force", danger=True)


def on_hold(hold: Hold) -> errors.OnHold:
    """The refusal of a command for a resource that a person holds."""
    since = time.strftime("%d %b %H:%M UTC", time.gmtime(hold.since))
    return errors.OnHold(holder=name(hold.actor), target=hold.resource.name, since=since, reason=hold.reason)


def name(actor: Actor) -> str:
    """`@ana`, or `ana at a terminal`: plain text, which notifies nobody."""
    if actor.at_terminal:
        return f"{actor.user} (terminal)"
    return f"@{actor.name or actor.id}"
