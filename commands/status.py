"""status [TARGET], where SHA [TARGET], runner."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from commands.grammar import status as grammar
from commands.reply import Reply
from commands.request import Request, runs
from deploy.core import errors
from deploy.core.values import dataclass
from deploy.status.journey import Journey, journey
from deploy.status.overview import Status, status

if TYPE_CHECKING:
    from deploy.core.model import Target
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
    """How far a commit has come, in whichever repository it is. Raises errors.UnknownTarget, errors.CommitNotFound,
    SystemFailure.
    """
    target = world.targets.named(asked.target)
    seen = world.of(target)
    others = [each for each in world.of_each_repository() if each.systems.github is not seen.systems.github]
    firsts = [each.its_targets[0] for each in others if each.its_targets]
    return CommitJourney(await _first(world, (target, *firsts), asked.ref))


async def _first(world: World, targets: Sequence[Target], ref: str) -> Journey:
    """By the first target whose repository has the commit. Raises what the first one raises."""
    try:
        return await journey(world, targets[0], ref)
    except errors.CommitNotFound as first:
        for target in targets[1:]:
            with suppress(errors.CommitNotFound):
                return await journey(world, target, ref)
        raise first from None
