"""The audit entry of an act that is no operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.engine.audit import Entry

if TYPE_CHECKING:
    from commands.request import Request
    from deploy.world import World

RECORDED = "done"  # though it may still fail, as its answer then says


async def record(request: Request, world: World) -> None:
    """Write it before the act. Raises errors.StateUnavailable: then the caller does not act."""
    entry = Entry(
        at=await world.memory.now(),
        actor=request.actor,
        origin=request.origin,
        what=request.line,
        decided=request.decided,
        outcome=RECORDED,
    )
    await world.memory.audit.write(entry)
