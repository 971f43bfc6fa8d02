"""Refusals for locks and holds: who has it, what they do, at which step, since when, and the last heartbeat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.access.refusing import name, on_hold, taken, unlocking
from deploy.kinds import KINDS

__all__ = ["buildkit_is_free", "locked", "name", "on_hold", "unlocking"]

if TYPE_CHECKING:
    from deploy.core import errors
    from deploy.engine.journal import Snapshot
    from deploy.world import World


def locked(snapshot: Snapshot, now: float, *, again: str = "") -> errors.Refusal:
    """The refusal of a command that needs another operation's lock; `again` is the command that waits for it."""
    return taken(snapshot, now, KINDS.busy(snapshot.operation), again=again)


async def buildkit_is_free(world: World) -> None:
    """While BuildKit is restarted, or waits to be, fisk starts no build on it. Raises errors.Locked."""
    if world.systems.buildkit is None:
        return
    resource = world.systems.buildkit.spec.resource
    operation = (await world.memory.locks.locked()).get(resource)
    if operation is not None:
        raise locked(await world.memory.journal.holder(operation, resource), await world.memory.now())
