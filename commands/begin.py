"""Submits an operation, and turns the lock or hold that blocks it into a refusal."""

from __future__ import annotations

from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING

from commands.access import allow
from commands.conflicts import locked, on_hold
from commands.reply import Started
from deploy.access.access import Access
from deploy.access.approvals import submit
from deploy.engine.locks import BlockedBy, HeldBy

if TYPE_CHECKING:
    from commands.request import Request
    from deploy.core.model import Arguments, Resource
    from deploy.engine.kind import Kind
    from deploy.engine.snapshot import Snapshot
    from deploy.world import World

SAMPLE = 10  # earlier operations from which the usual duration is computed
AMONG = 100  # operations searched for them: most builds, and so resources, are new


async def begin(
    request: Request, world: World, kind: Kind, arguments: Arguments, *, reason: str = "", again: str = ""
) -> Started:
    """Submit an operation, unless the same request did so before: a line may be handled twice, and begins it once.

    Args:
        request: the command that asks for it.
        world: the systems and stores.
        kind: the kind of operation.
        arguments: those of this kind.
        reason: for the audit log.
        again: the command that waits for the operation that has the lock.

    Raises:
        NotAllowed, errors.Locked, errors.OnHold, errors.Draining, errors.StateUnavailable.
    """
    operation = kind.operation(
        arguments,
        await world.memory.now(),
        actor=request.actor,
        origin=request.origin,
        reason=reason,
        line=request.line,
        break_glass=getattr(request.invocation, "break_glass", ""),
        usual=await _usual(world, kind, kind.locks(arguments)),
    )
    act = world.memory.stores.of(Access).act(operation)
    operation = replace(operation, decided=await allow(request, world, act))
    try:
        operation = await submit(world, operation)
    except BlockedBy as blocked:
        if _is_of(blocked.snapshot, request):
            return Started(blocked.snapshot.operation)
        raise locked(blocked.snapshot, await world.memory.now(), again=again) from None
    except HeldBy as held:
        raise on_hold(held.hold) from None
    return Started(operation)


def _is_of(blocking: Snapshot, request: Request) -> bool:
    asked = request.origin.request
    return bool(asked) and blocking.known and blocking.operation.origin.request == asked


async def _usual(world: World, kind: Kind, locks: tuple[Resource, ...]) -> float:
    """The median duration in seconds of earlier operations of this kind; 0 where there are none."""
    if not locks:
        return 0
    earlier = await world.memory.history.operations(locks[0], SAMPLE, among=AMONG)
    took = [
        each.finished - each.operation.created
        for each in earlier
        if each.state == "done" and each.operation.kind == kind.name
    ]
    return median(took) if took else 0
