"""Beginning an operation: one place where a lock or a hold becomes a refusal."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from commands.blocked import locked, on_hold
from commands.reply import Started
from deploy.state.locks import BlockedBy, HeldBy
from deploy.world import World, new_operation

if TYPE_CHECKING:
    from commands.request import Request
    from deploy.model import Target

SAMPLE = 10  # how many earlier operations tell how long one usually takes


async def begin(
    request: Request,
    world: World,
    kind: str,
    target: Target,
    arguments: dict[str, str],
    *,
    reason: str = "",
    again: str = "",
    locks: bool = True,
) -> Started:
    """Submit it. Raises errors.Locked, errors.OnHold, errors.Draining and errors.StateUnavailable."""
    operation = await new_operation(
        world,
        kind,
        actor=request.actor,
        origin=request.origin,
        resources=(target.resource,) if locks else (),
        arguments={
            **arguments,
            "target": target.name,
            "line": request.line,
            "usual": await _usual(world, kind, target),
        },
        reason=reason,
        decided=request.decided,
    )
    try:
        await world.submit(operation)
    except BlockedBy as blocked:
        raise locked(blocked.snapshot, await world.now(), again=again) from None
    except HeldBy as held:
        raise on_hold(held.hold) from None
    return Started(operation)


async def _usual(world: World, kind: str, target: Target) -> str:
    """How long this usually takes here, in seconds, as text; empty where there is no experience."""
    earlier = await world.history.operations(target.resource, SAMPLE)
    took = [
        each.finished - each.operation.created
        for each in earlier
        if each.state == "done" and each.operation.kind == kind
    ]
    return f"{median(took):.0f}" if took else ""
