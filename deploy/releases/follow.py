"""A build of the branch that is deployed to a target by itself, since that follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.deploys import situation
from deploy.deploys.deploy import ship
from deploy.deploys.situation import Resolved
from deploy.releases.arguments import FollowArguments
from deploy.releases.errors import NotFollowing
from deploy.releases.follows import following

if TYPE_CHECKING:
    from deploy.core.model import Target
    from deploy.core.outcomes import Outcome
    from deploy.engine.engine import Op
    from deploy.world import World


async def follow(world: World, op: Op) -> Outcome:
    """Deploy it through all gates; none is forced."""
    asked = op.arguments(FollowArguments)
    target = world.targets.named(asked.target)
    resolved = await op.step("resolve", Resolved, lambda: resolve_build(world, target, asked))
    return await ship(world, op, target, resolved)


async def resolve_build(world: World, target: Target, asked: FollowArguments) -> Resolved:
    """The commit, if the target follows still: it may have waited for approval. Raises NotFollowing, and what
    resolving a commit raises.
    """
    how = await following(world, target)
    if how is None or not how.goes:
        raise NotFollowing(target=target.name, ref=asked.what)
    return await situation.resolve(world.of(target), target, asked.ref)
