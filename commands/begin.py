"""Beginning an operation: one place where a lock or a hold becomes a refusal."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from commands.conflicts import locked, on_hold
from commands.reply import Started
from deploy.engine.locks import BlockedBy, HeldBy

if TYPE_CHECKING:
    from commands.request import Request
    from deploy.core.model import Arguments, Resource
    from deploy.engine.kind import Kind
    from deploy.world import World

SAMPLE = 10  # how many earlier operations tell how long one usually takes
AMONG = 100  # how many are looked through for them: most builds, and so resources, are new


async def begin(
    request: Request, world: World, kind: Kind, arguments: Arguments, *, reason: str = "", again: str = ""
) -> Started:
    """Submit an operation.

    Args:
        request: the line that asks for it.
        world: where.
        kind: what it is.
        arguments: the kind's own.
        reason: why, for the record.
        again: the line that does it after whoever is at it now.

    Raises:
        errors.Locked, errors.OnHold, errors.Draining, errors.StateUnavailable.
    """
    operation = kind.operation(
        arguments,
        await world.memory.now(),
        actor=request.actor,
        origin=request.origin,
        reason=reason,
        decided=request.decided,
        line=request.line,
        usual=await _usual(world, kind, kind.locks(arguments)),
    )
    try:
        await world.memory.submit(operation)
    except BlockedBy as blocked:
        raise locked(blocked.snapshot, await world.memory.now(), again=again) from None
    except HeldBy as held:
        raise on_hold(held.hold) from None
    return Started(operation)


async def _usual(world: World, kind: Kind, locks: tuple[Resource, ...]) -> float:
    """How many seconds this usually takes here; 0 where there is no experience."""
    if not locks:
        return 0
    earlier = await world.memory.history.operations(locks[0], SAMPLE, among=AMONG)
    took = [
        each.finished - each.operation.created
        for each in earlier
        if each.state == "done" and each.operation.kind == kind.name
    ]
    return median(took) if took else 0
