"""Beginning an operation: one place where a lock or a hold becomes a refusal."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from commands.blocked import locked, on_hold
from commands.reply import Started
from deploy.engine.locks import BlockedBy, HeldBy
from deploy.world import World, new_operation

if TYPE_CHECKING:
    from commands.request import Request

SAMPLE = 10  # how many earlier operations tell how long one usually takes
AMONG = 100  # how many are looked through for them: most builds, and so resources, are new


async def begin(
    request: Request,
    world: World,
    kind: str,
    about: str,
    arguments: dict[str, str],
    *,
    reason: str = "",
    again: str = "",
    locks: tuple[str, ...] | None = None,
) -> Started:
    """Submit an operation.

    Args:
        request: the line that asks for it.
        world: where.
        kind: the story's name.
        about: the resource that it is mostly about; its earlier operations tell how long this one takes.
        arguments: the kind's own.
        reason: why, for the record.
        again: the line that does it after whoever is at it now.
        locks: the resources that it locks; by default what it is about.

    Raises:
        errors.Locked, errors.OnHold, errors.Draining, errors.StateUnavailable.
    """
    operation = await new_operation(
        world,
        kind,
        actor=request.actor,
        origin=request.origin,
        resources=(about,) if locks is None else locks,
        arguments={**arguments, "line": request.line, "usual": await _usual(world, kind, about)},
        reason=reason,
        decided=request.decided,
    )
    try:
        await world.memory.submit(operation)
    except BlockedBy as blocked:
        raise locked(blocked.snapshot, await world.memory.now(), again=again) from None
    except HeldBy as held:
        raise on_hold(held.hold) from None
    return Started(operation)


async def _usual(world: World, kind: str, about: str) -> str:
    """How long this usually takes here, in seconds, as text; empty where there is no experience."""
    earlier = await world.memory.history.operations(about, SAMPLE, among=AMONG)
    took = [
        each.finished - each.operation.created
        for each in earlier
        if each.state == "done" and each.operation.kind == kind
    ]
    return f"{median(took):.0f}" if took else ""
