"""A line that is handled again, since the bot under it stopped: what was done is not done twice, nor told as failed."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from commands.access import meant
from commands.dispatch import dispatch
from commands.grammar.deploys import Deploy, Rollback
from commands.grammar.locks import Unlock
from commands.record import RECORDED
from commands.reply import Reply, Started
from deploy.core import errors
from deploy.core.actor import Actor
from deploy.core.model import Resource
from deploy.core.values import dataclass
from deploy.engine.audit import taken_away_by

if TYPE_CHECKING:
    from commands.request import Request
    from deploy.core.model import Operation
    from deploy.engine.audit import Entry
    from deploy.world import World

MOST = 5  # times that a line is handled
MEANT_THEN = (Deploy, Rollback, Unlock)  # what they do depends on how it stood when they were asked for
UNDECIDED = (errors.StateUnavailable, errors.Draining)  # nobody knows, or another bot will


@dataclass(frozen=True, slots=True)
class DoneBefore(Reply):
    """It was done, though whoever did it stopped, or lost the memory, before it could say so."""

    line: str
    who: Actor
    public: ClassVar[bool] = True


async def dispatch_again(request: Request, world: World, *, since: float, tries: int) -> Reply:
    """Run a command that may have run before. It may have been about to begin several operations.

    Args:
        request: of Slack's, with its id.
        world: the systems and stores.
        since: when it came, in seconds by the store's clock.
        tries: which one this is.

    Raises:
        errors.LineGivenUp: none of the earlier ones came to an end.
        errors.LineOvertaken: what it is about is not as it was any more.
        and what dispatching it raises, unless it had begun something: what is in the way now came after that.
    """
    found = await led_to(request, world, since)
    if isinstance(found, DoneBefore):
        return found
    if found is None and tries > MOST:
        raise errors.LineGivenUp(line=request.line, tries=MOST)
    if found is None and isinstance(request.invocation, MEANT_THEN):
        await _insist_on_first(request, world, since)
    try:
        return await dispatch(request, world)
    except UNDECIDED:
        raise
    except errors.FiskError:
        if found is None:
            raise
        return found


async def led_to(request: Request, world: World, since: float) -> Started | DoneBefore | None:
    """What a request has led to since it came, by the record; None where that has nothing of it."""
    deeds = [each for each in await world.memory.audit.since(since) if _is_of(each, request)]
    known = await _operations(deeds, world)
    for operation in known.values():
        if operation.origin.request == request.origin.request:
            return Started(operation)
    for deed in deeds:
        if deed.operation in known or _is_certain(deed):
            return DoneBefore(request.line, request.actor)
    return None


async def _insist_on_first(request: Request, world: World, since: float) -> None:
    """Raise errors.LineOvertaken where something else was done to what the line is about since it came."""
    names = [each for name in request.invocation.about or () for each in meant(name, world.targets)]
    targets = [world.targets.find(name) for name in names]
    about = {target.resource: target.name for target in targets if target}
    deeds = await world.memory.audit.since(since)
    known = await _operations(deeds, world)
    for deed in deeds:
        operation = known.get(deed.operation)
        for resource in operation.resources if operation else _held(deed):
            if resource in about:
                what = deed.what.replace(str(resource), resource.plain)
                who = deed.actor.name or deed.actor.id
                raise errors.LineOvertaken(line=request.line, who=who, what=what, target=about[resource])


def _held(entry: Entry) -> tuple[Resource, ...]:
    """What somebody held, or whose hold they lifted."""
    if entry.outcome not in {"held", "lifted"} or entry.operation:
        return ()
    return (Resource.parse(entry.what.split()[1]),)


def _is_of(entry: Entry, request: Request) -> bool:
    """An operation that somebody took away is recorded as itself, with who took it."""
    if entry.reason.startswith(taken_away_by(request.actor)) and entry.operation in request.line:
        return True
    return entry.origin.request == request.origin.request


def _is_certain(entry: Entry) -> bool:
    """Whether what was done and its entry were one; what is about an operation that was withdrawn was not."""
    return not entry.operation and entry.outcome not in {"", RECORDED}


async def _operations(deeds: Iterable[Entry], world: World) -> dict[str, Operation]:
    """Those that the entries are about; one that was withdrawn has no record any more."""
    found: dict[str, Operation] = {}
    for id_ in {each.operation for each in deeds if each.operation}:
        with suppress(errors.UnknownOperation):
            found[id_] = (await world.memory.journal.load(id_)).operation
    return found
