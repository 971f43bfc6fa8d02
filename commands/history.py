"""history [TARGET] [N], op ID [retry|abandon], cancel ID."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from commands import deployments
from commands.access import allow_on_operation
from commands.grammar import history as grammar
from commands.reply import AskFirst, Reply
from commands.request import Request, runs
from deploy.core import errors
from deploy.core.errors import NotUnderstood
from deploy.core.events import Event
from deploy.core.model import Actor, Offer, Release
from deploy.core.values import dataclass
from deploy.deploys.arguments import SHIPS
from deploy.engine.journal import Snapshot

if TYPE_CHECKING:
    from commands.deployments import CancelledInCoolify
    from deploy.world import World

SHOWN = 10
MOST = 50
_COUNT = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class HistoryTable(Reply):
    operations: tuple[Snapshot, ...]
    releases: tuple[Release, ...]
    target: str
    now: float
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class OperationStory(Reply):
    """An operation and its events, oldest first."""

    snapshot: Snapshot
    events: tuple[Event, ...]
    now: float


@dataclass(frozen=True, slots=True)
class Cancelling(Reply):
    snapshot: Snapshot


@runs(grammar.History)
async def history(asked: grammar.History, _request: Request, world: World) -> HistoryTable:
    """The latest operations, of one target or of all."""
    name, limit = _words(asked.words)
    target = world.targets.named(name) if name else None
    operations = await world.memory.history.operations(target.resource if target else None, limit)
    releases = await world.memory.history.releases(target.name, limit) if target else ()
    bad = await world.memory.history.unreadable_releases(target.name) if target else 0
    return HistoryTable(operations, releases, target.name if target else "", await world.memory.now(), bad)


def _words(words: tuple[str, ...]) -> tuple[str, int]:
    """Target and count, in either order. Raises errors.NotUnderstood for two of a kind."""
    counts = [word for word in words if _COUNT.fullmatch(word)]
    names = [word for word in words if word not in counts]
    for extra in (*counts[1:], *names[1:]):
        raise NotUnderstood(what=f"`{extra}` is one word too many.")
    limit = min(max(int(counts[0]), 1), MOST) if counts else SHOWN
    return (names[0] if names else ""), limit


@dataclass(frozen=True, slots=True)
class GivenUp(Reply):
    """An operation that was set aside is over; what it had begun was left as it was."""

    operation: str
    by: Actor
    public: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Retried(Reply):
    """An operation that was set aside is to go on."""

    operation: str
    by: Actor
    public: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class UnderWay(Reply):
    """The operations that are under way, each of which may be cancelled or shown."""

    running: tuple[Snapshot, ...]
    now: float


@dataclass(frozen=True, slots=True)
class Undoable(Reply):
    """What was done last that can be taken back; `copied`: the copy of variables, `released`: into a target."""

    released: Snapshot | None
    copied: Snapshot | None


async def _under_way(world: World) -> UnderWay:
    return UnderWay(tuple(await world.memory.journal.running()), await world.memory.now())


@runs(grammar.Undo)
async def undo(_asked: grammar.Undo, _request: Request, world: World) -> Undoable:
    """How to take back what was done last; nothing is done by it."""
    done = await world.memory.history.operations(limit=MOST)
    return Undoable(_newest(done, SHIPS), _newest(done, {"env copy"}))


def _newest(done: tuple[Snapshot, ...], kinds: Collection[str]) -> Snapshot | None:
    return next((each for each in done if each.operation.kind in kinds and each.state == "done"), None)


@runs(grammar.ShowOperation)
async def show(
    asked: grammar.ShowOperation, request: Request, world: World
) -> OperationStory | UnderWay | AskFirst | GivenUp | Retried:
    """One operation with its steps; without an id the only one under way, or the list of them.

    Raises errors.UnknownOperation, errors.SetAside.
    """
    if not asked.operation:
        found = await _under_way(world)
        if len(found.running) != 1:
            return found
        asked = replace(asked, operation=found.running[0].operation.id)
    if asked.deed == "abandon":
        return await _abandon(asked, request, world)
    if asked.deed == "retry":
        return await _retry(asked.operation, request, world)
    return await story(asked.operation, world)


async def story(id_: str, world: World) -> OperationStory:
    """One operation with its steps. Raises errors.UnknownOperation, errors.SetAside."""
    snapshot = await world.memory.journal.load(id_)
    if snapshot.open:
        await world.memory.journal.require_open(snapshot.operation)
    return OperationStory(snapshot, await world.memory.journal.events(id_), await world.memory.now())


async def _retry(id_: str, request: Request, world: World) -> Retried:
    """Let workers claim it again. Raises NotAllowed, and errors.NotSetAside."""
    operation = (await world.memory.journal.holder(id_)).operation
    if operation.actor.id != request.actor.id:  # whoever began it may go on with it
        await allow_on_operation(request, world, operation, "locks")
    await world.memory.journal.retry(id_, request.actor, request.origin)
    return Retried(id_, request.actor)


async def _abandon(asked: grammar.ShowOperation, request: Request, world: World) -> AskFirst | GivenUp:
    """End an operation that is set aside, after a confirmation. Raises errors.NotSetAside."""
    id_ = asked.operation
    aside = {each.operation: each for each in await world.memory.journal.aside()}
    if id_ not in aside:
        raise errors.NotSetAside(operation=id_, verb="abandon")
    if not asked.sure:
        question = (
            f"{id_} is set aside: {aside[id_].because}."
            " Ending it gives its locks back and puts nothing back: first look at what runs where it was at work."
        )
        end = Offer(f"End {id_}", f"op {id_} abandon --sure", danger=True)
        return AskFirst(question, end, "Leave it set aside")
    await world.memory.journal.abandon(id_, request.actor, f"op {id_} abandon", request.origin)
    return GivenUp(id_, request.actor)


@runs(grammar.Cancel)
async def cancel(
    asked: grammar.Cancel, request: Request, world: World
) -> Cancelling | AskFirst | CancelledInCoolify | UnderWay:
    """Ask an operation to stop. Raises NotAllowed, errors.UnknownOperation and errors.NotCancellable; for an id of
    Coolify's what `deployments.cancel` does. Without an id those under way are shown.
    """
    if not asked.operation:
        return await _under_way(world)
    if deployments.IDENTITY.fullmatch(asked.operation):
        return await deployments.cancel(asked.operation, request, world, sure=asked.sure)
    operation = (await world.memory.journal.load(asked.operation)).operation
    if operation.actor.id != request.actor.id:  # whoever began it may stop it
        await allow_on_operation(request, world, operation, "locks")
    await world.memory.journal.cancel(asked.operation, request.actor, request.origin)
    return Cancelling(await world.memory.journal.load(asked.operation))
