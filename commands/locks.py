"""lock TARGET REASON, unlock [TARGET], locks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands.blocked import on_hold, subject
from commands.replies import AskFirst, Frozen, LocksTable, TakenAway, Thawed
from deploy import errors
from deploy.model import Offer
from deploy.state.locks import HeldBy

if TYPE_CHECKING:
    from commands import grammar
    from commands.request import Request
    from deploy.world import World


async def lock(asked: grammar.Lock, request: Request, world: World) -> Frozen:
    """Hold a target. Raises errors.OnHold where somebody holds it already."""
    target = world.target(asked.target)
    try:
        return Frozen(
            await world.locks.hold(target.resource, request.actor, asked.reason, origin=request.origin)
        )
    except HeldBy as held:
        raise on_hold(held.hold) from None


async def unlock(asked: grammar.Unlock, request: Request, world: World) -> Thawed | AskFirst | TakenAway:
    """Lift a hold; with --force take the lock of an operation away, after asking."""
    target = world.target(asked.target)
    if not asked.force:
        return Thawed(await world.locks.unhold(target.resource, request.actor, origin=request.origin))
    operation = (await world.locks.locked()).get(target.resource)
    if operation is None:
        raise errors.NotLocked(target=target.name)
    if asked.sure != operation:
        return await _ask(operation, target.name, world)
    await world.journal.abandon(operation, request.actor, f"unlock {target.name} --force")
    return TakenAway(operation, target.name, (await world.journal.load(operation)).outcome)


async def _ask(operation: str, target: str, world: World) -> AskFirst:
    doing = (await world.journal.load(operation)).operation
    question = (
        f"{operation} {subject(doing)}. Taking its lock away stops it where it is and puts nothing back;"
        f" `/fisk cancel {operation}` would put back what it changed."
    )
    return AskFirst(
        question, Offer("Take the lock away", f"unlock {target} --force --sure {operation}", danger=True)
    )


async def table(_asked: grammar.Locks, _request: Request, world: World) -> LocksTable:
    """Who holds what."""
    return LocksTable(await world.locks.holds(), await world.journal.running(), await world.now())
