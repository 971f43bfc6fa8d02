"""status [TARGET], where SHA [TARGET], runner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commands.grammar import status as grammar
from commands.reply import Reply
from commands.request import Request, runs
from deploy.status.journey import Journey, journey
from deploy.status.overview import Status, status

if TYPE_CHECKING:
    from deploy.world import World


@dataclass(frozen=True, slots=True)
class ChainStatus(Reply):
    status: Status


@dataclass(frozen=True, slots=True)
class CommitJourney(Reply):
    journey: Journey


@runs(grammar.Status)
async def glance(asked: grammar.Status, _request: Request, world: World) -> ChainStatus:
    """The status of all systems. Raises errors.UnknownTarget; a system that is down is shown as unknown."""
    return ChainStatus(await status(world, world.targets.named(asked.target)))


@runs(grammar.Where)
async def where(asked: grammar.Where, _request: Request, world: World) -> CommitJourney:
    """How far a commit has come. Raises errors.UnknownTarget, errors.CommitNotFound, SystemFailure."""
    return CommitJourney(await journey(world, world.targets.named(asked.target), asked.ref))
