"""changes [2h], timeline [2h]: recent changes, for the search for an incident's cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands.grammar import incidents as grammar
from commands.reply import Reply
from commands.request import Request, runs
from deploy.core.values import dataclass
from deploy.incidents.changes import Changes, changes as look

if TYPE_CHECKING:
    from deploy.world import World


@dataclass(frozen=True, slots=True)
class ChangesTable(Reply):
    """Newest first."""

    changes: Changes


@dataclass(frozen=True, slots=True)
class Timeline(Reply):
    """The same as Markdown for a report, oldest first."""

    changes: Changes


@runs(grammar.Changes)
async def changes(asked: grammar.Changes, _request: Request, world: World) -> ChangesTable:
    """What changed in the given period."""
    return ChangesTable(await look(world, asked.since))


@runs(grammar.Timeline)
async def timeline(asked: grammar.Timeline, _request: Request, world: World) -> Timeline:
    """The same as Markdown."""
    return Timeline(await look(world, asked.since))
