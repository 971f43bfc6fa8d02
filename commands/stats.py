"""stats [30d] [TARGET]: the figures of what was deployed and built."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands.builds import usual_target
from commands.grammar import stats as grammar
from commands.reply import Reply
from commands.request import Request, runs
from deploy.core.values import dataclass
from deploy.stats.stats import Stats, stats as look

if TYPE_CHECKING:
    from deploy.world import World


@dataclass(frozen=True, slots=True)
class StatsTable(Reply):
    """Figures of one target, and of the builds."""

    stats: Stats


@runs(grammar.Stats)
async def stats(asked: grammar.Stats, _request: Request, world: World) -> StatsTable:
    """The figures of one target. Raises errors.UnknownTarget."""
    return await table(world, asked.seconds, asked.name)


async def table(world: World, seconds: float, name: str = "") -> StatsTable:
    """Of the default target, where none is named, with the builds of every workflow. Raises errors.UnknownTarget."""
    target = world.targets.named(name) if name else usual_target(world)
    found = [target.workflow] if name else world.of(target).workflows
    return StatsTable(await look(world, target, seconds, found))
