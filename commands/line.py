"""When a deploy is to begin; skip ID: one that waits in line lets a newer one go in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from commands.access import allow_on_operation
from commands.grammar import deploys as grammar
from commands.grammar.syntax import seconds_of
from commands.reply import Reply
from commands.request import Request, runs
from deploy.core import errors
from deploy.core.model import Actor, Operation
from deploy.core.values import dataclass
from deploy.deploys.arguments import WaitArguments
from deploy.deploys.later_errors import NoSuchTime, NotInLine, TooFarAhead
from deploy.deploys.line import line_of, named
from deploy.engine.audit import Entry
from deploy.engine.snapshot import Answer, Snapshot

if TYPE_CHECKING:
    from deploy.world import World

DAYS = 7
MOST = DAYS * 86_400 + 3600  # seconds; an hour more where the clock changes


@dataclass(frozen=True, slots=True)
class Skipping(Reply):
    """A deploy that waits lets a newer one go in its place; `behind`: those that stand behind it now."""

    operation: Operation
    behind: tuple[str, ...]
    by: Actor
    public: ClassVar[bool] = True


async def when(asked: grammar.Deploy, target: str, world: World) -> float:
    """When it is to begin, by the store's clock; 0 where at once. Raises NoSuchTime and TooFarAhead."""
    if not (asked.at or asked.after):
        return 0
    now = await world.memory.now()
    at = now + seconds_of(asked.after) if asked.after else world.freezes.until(asked.at, now)
    if at is None:
        raise NoSuchTime(at=asked.at, zone=world.freezes.zone)
    if at > now + MOST:
        raise TooFarAhead(at=asked.at or asked.after, days=DAYS, target=target)
    return at


@runs(grammar.Skip)
async def skip(asked: grammar.Skip, request: Request, world: World) -> Skipping:
    """Tell it to. Raises NotAllowed, errors.UnknownOperation and NotInLine."""
    snapshot = await world.memory.journal.load(asked.operation)
    operation = snapshot.operation
    if not (snapshot.open and isinstance(operation.arguments, WaitArguments)):
        raise NotInLine(operation=operation.id, why=_why_not(snapshot))
    decided = ""
    if operation.actor.id != request.actor.id:  # whoever asked for it may let another one go first
        decided = await allow_on_operation(request, world, operation, "locks")
    await _tell(snapshot, request, world, decided)
    running = await world.memory.journal.running()
    line = line_of(operation.arguments.place, running)
    return Skipping(operation, tuple(map(named, line.behind(operation.id))), request.actor)


def _why_not(snapshot: Snapshot) -> str:
    return (
        f"it is over ({snapshot.state})"
        if not snapshot.open
        else f"it is of the kind {snapshot.operation.kind}"
    )


async def _tell(snapshot: Snapshot, request: Request, world: World, decided: str) -> None:
    """Who said so before is not asked again."""
    now, id_ = await world.memory.now(), snapshot.operation.id
    entry = Entry(now, request.actor, request.origin, request.line, decided, "told to skip", id_)
    try:
        await world.memory.journal.answer(id_, Answer(request.actor, now, yes=True), entry)
    except errors.NotCancellable as over:
        raise NotInLine(operation=id_, why=f"it is over ({over.facts['state']})") from None
