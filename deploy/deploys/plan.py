"""What a deploy or a rollback would do now, for whoever approves it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from deploy.core.model import LATEST, Operation, short
from deploy.core.units import instant, plural
from deploy.deploys import situation
from deploy.deploys.arguments import DeployArguments, LaterArguments, RollbackArguments, Shipping
from deploy.deploys.fingerprint import fingerprint, is_way_back
from deploy.deploys.rollback import resolve_release
from deploy.engine.kind import Plan

if TYPE_CHECKING:
    from deploy.deploys.gate_report import GateReport
    from deploy.world import World

A = TypeVar("A", bound=Shipping)


async def plan_deploy(world: World, operation: Operation) -> Plan:
    """Raises what resolving the commit and asking for the gates raises."""
    return await _plan(world, operation, asked_for(operation, DeployArguments))


async def plan_later(world: World, operation: Operation) -> Plan:
    """The same of what is to be done at a time, with the same fingerprint. Raises the same."""
    asked = asked_for(operation, LaterArguments)
    return await _plan(world, operation, asked, asked.at)


async def _plan(
    world: World, operation: Operation, asked: DeployArguments | LaterArguments, at: float = 0
) -> Plan:
    target = world.targets.named(asked.target)
    resolved = await situation.resolve(world, target, asked.ref)
    passes = operation.passes
    report = await situation.gates(world, target, resolved, force=asked.force, passes=passes, at=at)
    ref = f"latest ({short(resolved.commit.sha)})" if resolved.tag == LATEST else short(resolved.commit.sha)
    when = f" at {instant(at)}" if at else ""
    wants = f"deploy {ref} to {target.name}{when} ({circumstances(report)})"
    look = f"deploy {resolved.commit.sha} --to {target.name} --noop{' --force' if asked.force else ''}"
    return Plan(
        wants,
        fingerprint(target, resolved, report),
        report.warnings,
        look,
        refused=bool(report.refusals),
        until=at,
    )


async def plan_rollback(world: World, operation: Operation) -> Plan:
    """Raises the same. The way back to the last proven release needs nobody, unless it is forced."""
    asked = asked_for(operation, RollbackArguments)
    target = world.targets.named(asked.target)
    resolved = await resolve_release(world, target, asked.ref)
    report = await situation.gates(
        world, target, resolved, force=asked.force, going_back=True, passes=operation.passes
    )
    return Plan(
        f"roll {target.name} back to {short(resolved.commit.sha)} ({circumstances(report)})",
        fingerprint(target, resolved, report),
        report.warnings,
        f"status {target.name}",
        exempt=is_way_back(resolved, force=asked.force),
        refused=bool(report.refusals),
    )


def asked_for(operation: Operation, kind: type[A]) -> A:
    """The arguments of an operation of a known kind."""
    if isinstance(operation.arguments, kind):
        return operation.arguments
    raise TypeError(f"{operation.kind} has no {kind.__name__}")


def circumstances(report: GateReport) -> str:
    """What there is to know of it, in parentheses."""
    runs = report.running
    forced = sum(each.forced for each in report.verdicts)
    parts = (
        plural(len(report.commits), "commit") if report.commits else "",
        f"replaces {short(runs.sha) or runs.of[:19]}" if runs.sha or runs.of else "it is not known what runs",
        f"{plural(forced, 'gate')} forced" if forced else "all gates pass",
    )
    return ", ".join(part for part in parts if part)
