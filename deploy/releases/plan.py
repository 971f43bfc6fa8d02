"""What a promotion would do now, for whoever approves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core.model import Operation, short
from deploy.deploys import situation
from deploy.deploys.fingerprint import fingerprint
from deploy.deploys.plan import asked_for, circumstances
from deploy.engine.kind import Plan
from deploy.releases.arguments import PromoteArguments
from deploy.releases.promote import resolve_promotion

if TYPE_CHECKING:
    from deploy.world import World


async def plan_promote(world: World, operation: Operation) -> Plan:
    """Raises what resolving the release and asking for the gates raises."""
    asked = asked_for(operation, PromoteArguments)
    target = world.targets.named(asked.target)
    resolved = await resolve_promotion(world, asked)
    report = await situation.gates(world, target, resolved, force=asked.force, passes=operation.passes)
    sha = short(resolved.commit.sha)
    return Plan(
        f"promote {sha} from {asked.source} to {target.name} ({circumstances(report)})",
        fingerprint(target, resolved, report),
        report.warnings,
        f"promote {asked.source} {target.name} --of {sha} --noop{' --force' if asked.force else ''}",
        refused=bool(report.refusals),
    )
