"""history [TARGET] [N], op ID, cancel ID."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands.reply import Cancelling, HistoryTable, OperationStory

if TYPE_CHECKING:
    from commands import grammar
    from commands.request import Request
    from deploy.world import World

SHOWN = 10
MOST = 50


async def history(asked: grammar.History, _request: Request, world: World) -> HistoryTable:
    """The latest operations, of one target or of all."""
    names = [word for word in asked.words if not word.isdigit()]
    numbers = [int(word) for word in asked.words if word.isdigit()]
    target = world.target(names[0]) if names else None
    limit = min(numbers[0], MOST) if numbers else SHOWN
    operations = await world.history.operations(target.resource if target else "", limit)
    releases = await world.history.releases(target.name, limit) if target else ()
    return HistoryTable(operations, releases, target.name if target else "", await world.now())


async def show(asked: grammar.ShowOperation, _request: Request, world: World) -> OperationStory:
    """One operation with its steps. Raises errors.UnknownOperation."""
    snapshot = await world.journal.load(asked.operation)
    return OperationStory(snapshot, await world.journal.events(asked.operation), await world.now())


async def cancel(asked: grammar.Cancel, request: Request, world: World) -> Cancelling:
    """Ask an operation to stop. Raises errors.UnknownOperation and errors.NotCancellable."""
    await world.journal.cancel(asked.operation, request.actor)
    return Cancelling(await world.journal.load(asked.operation))
