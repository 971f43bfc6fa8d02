"""lock TARGET REASON, unlock [TARGET], locks."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from commands.conflicts import on_hold
from commands.grammar import locks as grammar
from commands.reply import AskFirst, Reply
from commands.request import Request, runs
from deploy.core import errors
from deploy.core.freeze import EVERYTHING
from deploy.core.model import Actor, Hold, Offer, Resource
from deploy.core.outcomes import Outcome
from deploy.core.values import dataclass
from deploy.engine.claims import Aside
from deploy.engine.journal import Snapshot
from deploy.engine.locks import HeldBy
from deploy.kinds import KINDS

if TYPE_CHECKING:
    from deploy.world import World

LONGEST_REASON = 300  # characters


@dataclass(frozen=True, slots=True)
class LocksTable(Reply):
    """Holds by people and by fisk.toml, and unfinished operations with their locks; `now` is the store's clock.

    A lock whose operation has no record is listed as an operation that is not `known`. `set_aside`: the
    operations that nobody runs until a person says so.
    """

    holds: tuple[Hold, ...]
    running: tuple[Snapshot, ...]
    now: float
    set_aside: tuple[Aside, ...] = ()


@dataclass(frozen=True, slots=True)
class Frozen(Reply):
    """A person now holds a target, or everything. `ends`: when, as a clock there shows it; empty: never."""

    hold: Hold
    ends: str = ""
    public: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class WhyHold(Reply):
    """A hold without a reason: it is asked for."""

    target: str


@dataclass(frozen=True, slots=True)
class Thawed(Reply):
    """A hold was lifted."""

    hold: Hold
    by: Actor
    public: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class TakenAway(Reply):
    """An operation lost its locks by force."""

    operation: str
    target: str
    outcome: Outcome | None
    by: Actor
    public: ClassVar[bool] = True


@runs(grammar.Lock)
async def lock(asked: grammar.Lock, request: Request, world: World) -> Frozen | WhyHold:
    """Hold a target. Raises errors.OnHold where another person holds it."""
    resource = _held(asked.target, world)
    if not asked.reason:
        return WhyHold(resource.name)
    until = await _until(asked, world)
    if len(asked.reason) > LONGEST_REASON:
        raise errors.ReasonTooLong(most=LONGEST_REASON)
    try:
        hold = await world.memory.locks.hold(resource, request.actor, asked.reason, request.origin, until)
        return Frozen(hold, world.freezes.shown(until) if until else "")
    except HeldBy as held:
        raise on_hold(held.hold) from None


def _held(name: str, world: World) -> Resource:
    return EVERYTHING if name == EVERYTHING.name else world.targets.named(name).resource


async def _until(asked: grammar.Lock, world: World) -> float:
    """When the hold ends; 0: never."""
    if not (asked.seconds or asked.until):
        return 0
    now = await world.memory.now()
    until = now + asked.seconds if asked.seconds else world.freezes.until(asked.until, now)
    if until is None:
        raise errors.NotInTheFuture(until=asked.until, zone=world.freezes.zone)
    return until


@runs(grammar.Unlock)
async def unlock(asked: grammar.Unlock, request: Request, world: World) -> Thawed | AskFirst | TakenAway:
    """Lift a hold; with --force take the lock of an operation away, after a confirmation."""
    if asked.force:
        return await _force(asked, request, world)
    resource = _held(asked.target, world)
    hold = await world.memory.locks.unhold(resource, request.actor, origin=request.origin)
    return Thawed(hold, request.actor)


async def _force(asked: grammar.Unlock, request: Request, world: World) -> AskFirst | TakenAway:
    """Take a lock away, or ask for confirmation. `target` may be any resource as `locks` shows it."""
    locked = await world.memory.locks.locked()
    named = Resource.parse(asked.target)
    resource = named if named in locked else world.targets.named(asked.target).resource
    operation, target = locked.get(resource), resource.plain
    if operation is None:
        raise errors.NotLocked(target=target)
    if asked.sure != operation:
        return _ask(await world.memory.journal.holder(operation, resource), target)
    why = f"unlock {target} --force"
    outcome = await world.memory.journal.abandon(operation, request.actor, why, request.origin)
    return TakenAway(operation, target, outcome, request.actor)


def _ask(holder: Snapshot, target: str) -> AskFirst:
    operation = holder.operation
    question = (
        f"{operation.id} {KINDS.busy(operation)}. Taking its lock away stops it where it is and puts nothing back;"
        f" `/fisk cancel {operation.id}` would put back what it changed."
        if holder.known
        else f"{target} is locked for {operation.id}, of which there is no record that fisk can read."
        " Taking its lock away puts nothing back: first make sure that nothing runs there any more."
    )
    take = Offer("Take the lock away", f"unlock {target} --force --sure {operation.id}", danger=True)
    return AskFirst(question, take, f"Let {operation.id} have it")


@runs(grammar.Locks)
async def table(_asked: grammar.Locks, _request: Request, world: World) -> LocksTable:
    """All holds and locks; a lock without a record of its operation gets an entry of its own."""
    aside = await world.memory.journal.aside()
    ids = {each.operation for each in aside}
    running = [each for each in await world.memory.journal.running() if each.operation.id not in ids]
    unknown = await _unknown(world, {*ids, *(each.operation.id for each in running)})
    now = await world.memory.now()
    holds = (*await world.memory.locks.holds(), *world.freezes.now(now))
    return LocksTable(holds, (*running, *unknown), now, aside)


async def _unknown(world: World, known: set[str]) -> list[Snapshot]:
    locked = await world.memory.locks.locked()
    others = [
        (operation, resource) for resource, operation in sorted(locked.items()) if operation not in known
    ]
    holders = [await world.memory.journal.holder(*each) for each in others]
    return [holder for holder in holders if not holder.known]  # the known ones began in between
