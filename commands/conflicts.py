"""Refusals for locks and holds: who has it, what they do, at which step, since when, and the last heartbeat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.access.refusing import name, on_hold
from deploy.core import errors
from deploy.core.model import Offer, Operation
from deploy.core.units import minutes
from deploy.kinds import KINDS

__all__ = ["buildkit_is_free", "locked", "name", "on_hold", "unlocking"]

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
    """The offer to take its lock away, which asks first."""
    return Offer("Take the lock away", f"unlock {operation.resources[0].plain} --force")
