"""deploy SHA, step by step: resolve, gates, remember, point, trigger, watch, prove, check, record, bake.

The lock is taken before the first step, together with the operation's record, so what the gates see cannot
change between their verdict and the act.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.access.approvals import require
from deploy.core.outcomes import Outcome, Refused
from deploy.deploys import situation
from deploy.deploys.arguments import DeployArguments
from deploy.deploys.fingerprint import fingerprint, is_way_back
from deploy.deploys.shipment import Shipment
from deploy.deploys.situation import Resolved

if TYPE_CHECKING:
    from deploy.core.model import Target
    from deploy.engine.engine import Op
    from deploy.world import World


async def deploy(world: World, op: Op) -> Outcome:
    """Deploy the commit or `latest` that the operation names."""
    asked = op.arguments(DeployArguments)
    target = world.targets.named(asked.target)
    resolved = await op.step("resolve", Resolved, lambda: situation.resolve(world, target, asked.ref))
    return await ship(world, op, target, resolved, force=asked.force)


async def ship(
    world: World, op: Op, target: Target, resolved: Resolved, *, force: bool = False, going_back: bool = False
) -> Outcome:
    """Deploy a resolved commit; `going_back`: a rollback, which may go to an older commit."""
    it = Shipment(world, op, target, resolved, going_back=going_back)
    report = await it.judge(force=force)
    if report.refusals:
        return Refused(report.refusals[0], report.refusals[1:])
    planned, way_back = fingerprint(target, resolved, report), is_way_back(resolved, force=force)
    await require(world, op, planned, exempt=going_back and way_back)
    return await it.ship()
