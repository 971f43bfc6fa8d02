"""memory, memory accept."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from commands.grammar import memory as grammar
from commands.reply import Reply
from commands.request import Request, runs
from deploy.core import errors
from deploy.core.actor import Actor
from deploy.core.values import dataclass
from deploy.engine.audit import Entry
from deploy.engine.recovery import Recovery
from deploy.redis import promises
from deploy.redis.servers import View

if TYPE_CHECKING:
    from deploy.world import World


@dataclass(frozen=True, slots=True)
class MemoryShown(Reply):
    """Where the memory is, as it is now.

    `lacks`: what its settings keep fisk from promising. `emptied`: nothing begins until somebody accepts that.
    """

    where: str
    view: View
    lacks: tuple[str, ...]
    emptied: bool

    @property
    def failed(self) -> bool:
        return self.emptied or self.view.online < self.view.wanted


@dataclass(frozen=True, slots=True)
class Accepted(Reply):
    """Operations begin again, each once what it is about was compared with what really runs."""

    where: str
    by: Actor
    public: ClassVar[bool] = True


@runs(grammar.Memory)
async def show(_asked: grammar.Memory, _request: Request, world: World) -> MemoryShown:
    """As it is now. Raises errors.StateUnavailable."""
    state = world.memory.journal.state
    view, settings = await state.look(), await world.memory.server_settings()
    lacks = tuple(map(promises.sentence, promises.findings(settings)))
    try:
        await state.epoch.check()
    except errors.MemoryEmptied:
        return MemoryShown(state.shown, view, lacks, emptied=True)
    return MemoryShown(state.shown, view, lacks, emptied=False)


@runs(grammar.Accept)
async def accept(_asked: grammar.Accept, request: Request, world: World) -> Accepted:
    """Begin a new epoch. Raises errors.NothingEmptied where the memory is the one that it was."""
    state = world.memory.journal.state
    if not await world.memory.stores.of(Recovery).accept():
        raise errors.NothingEmptied(where=state.shown)
    entry = Entry(await state.now(), request.actor, request.origin, request.line, request.decided, "accepted")
    await world.memory.audit.write(entry)
    return Accepted(state.shown, request.actor)
