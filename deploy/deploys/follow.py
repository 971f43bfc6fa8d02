"""After a deploy of `latest`: the app follows the tag again, once nothing of it is under way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.model import HEAD, Done, Target
from deploy.core.reference import LATEST
from deploy.deploys.deployers import deployer_of
from deploy.deploys.deployers.deployer import Wanted

if TYPE_CHECKING:
    from deploy.deploys.outcomes import Deployed
    from deploy.engine.engine import Op
    from deploy.world import World


async def follow(world: World, op: Op, target: Target, deployed: Deployed) -> Deployed:
    """Let the app follow `latest`. A deploy that is proven is none the worse where that fails: it stays pinned."""
    with op.undoing():
        kept = (await op.step("follow latest", Done, lambda: _follow(world, op, target))).note
    if not kept:
        return replace(deployed, pinned=False)
    return replace(
        deployed, warnings=(*deployed.warnings, f"{target.name} does not follow latest again: {kept}")
    )


async def _follow(world: World, op: Op, target: Target) -> Done:
    """A deployment that waits reads the tag only when it begins, so nothing may wait. The note says what failed."""
    deployer = deployer_of(world, target)
    try:
        if not await deployer.idle(op):
            return Done("a deployment of it is still under way in Coolify")
        await deployer.point(Wanted(HEAD, tag=LATEST))
    except errors.FiskError as failure:
        return Done(str(failure))
    return Done()
