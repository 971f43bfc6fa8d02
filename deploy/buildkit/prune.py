"""buildkit prune: throw away what BuildKit caches and no build uses, down to what is to be kept."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from deploy.buildkit.arguments import PruneArguments
from deploy.buildkit.errors import CacheInUse, CacheUseUnknown
from deploy.buildkit.load import running_builds, the_buildkit
from deploy.buildkit.offers import pruning
from deploy.buildkit.outcomes import BuildKitPruned
from deploy.buildkit.ready import insist
from deploy.buildkit.restart import dying, kill, until_idle
from deploy.core import errors
from deploy.core.model import Build, Done
from deploy.systems.buildkit import BuildKit, Cache

if TYPE_CHECKING:
    from deploy.core.outcomes import Outcome
    from deploy.engine.engine import Op
    from deploy.world import World


async def prune(world: World, op: Op) -> Outcome:
    """Measure, prune, measure again: what it freed is told by the cache itself, however often it was asked to."""
    buildkit, asked = the_buildkit(world), op.arguments(PruneArguments)
    look = partial(_look, world, buildkit, asked.keep, force=asked.force and not asked.when_idle)
    if asked.when_idle:
        before = await op.step("wait until idle", Cache, lambda: until_idle(world, op, look))
    else:
        before = await op.step("measure", Cache, look)
    with op.undoing():  # what was thrown away is told, whoever cancels
        await op.step("prune", Done, lambda: insist(world, op, lambda: _prune(buildkit, asked.keep)))
        after = await op.step("measure again", Cache, lambda: insist(world, op, buildkit.cache))
    return BuildKitPruned(asked.host, before.total, after.total, asked.keep)


async def _look(world: World, buildkit: BuildKit, keep: int, *, force: bool) -> Cache:
    """Raises CacheInUse, since a build may be about to need what would be thrown away."""
    if not force and (builds := await users(world, keep)):
        host, offers = buildkit.spec.host, (pruning(keep, "Prune all the same"),)
        raise CacheInUse(builds=dying(kill(builds)), host=host, verb="prune", offers=offers)
    return await buildkit.cache()


async def users(world: World, keep: int) -> tuple[Build, ...]:
    """The builds that may need what BuildKit caches. Raises CacheUseUnknown where GitHub cannot tell."""
    try:
        return await running_builds(world)
    except errors.SystemFailure as failure:
        raise CacheUseUnknown(
            why=str(failure), verb="prune", offers=(pruning(keep, "Prune all the same"),)
        ) from None


async def _prune(buildkit: BuildKit, keep: int) -> Done:
    """An earlier run may have got as far as pruning it."""
    if (await buildkit.cache()).total <= keep:
        return Done("it is no larger than that")
    await buildkit.prune(keep)
    return Done()
