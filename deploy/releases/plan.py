"""What a promotion or a follow would do now, for whoever approves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core.model import Operation, short
from deploy.deploys import situation
from deploy.deploys.fingerprint import fingerprint
from deploy.deploys.plan import asked_for, circumstances
from deploy.engine.kind import Plan
from deploy.releases.arguments import FollowArguments, PromoteArguments
from deploy.releases.follow import resolve_build
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


async def plan_follow(world: World, operation: Operation) -> Plan:
    """Raises what resolving the commit and asking for the gates raises."""
    asked = asked_for(operation, FollowArguments)
    target = world.targets.named(asked.target)
    resolved = await resolve_build(world, target, asked)
    report = await situation.gates(world, target, resolved, passes=operation.passes)
    sha = short(resolved.commit.sha)
    return Plan(
        f"deploy {sha} to {target.name}, which follows {asked.branch} ({circumstances(report)})",
        fingerprint(target, resolved, report),
        (*_passed(asked), *report.warnings),
        f"deploy {sha} --to {target.name} --noop",
        refused=bool(report.refusals),
    )


def _passed(asked: FollowArguments) -> tuple[str, ...]:
    """What is skipped for it."""
    names = ", ".join(short(sha) for sha in asked.passed)
    return (f"skips {names}, which it overtook",) if names else ()
