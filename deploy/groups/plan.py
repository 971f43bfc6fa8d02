"""What a deploy to a group would do now, for whoever approves it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from deploy.core.model import Operation, Target, short
from deploy.core.together import together
from deploy.deploys import situation
from deploy.deploys.fingerprint import fingerprint
from deploy.engine.kind import DIGITS, Plan
from deploy.groups.arguments import GroupArguments

if TYPE_CHECKING:
    from deploy.core.model import Failure
    from deploy.deploys.gate_report import GateReport
    from deploy.deploys.situation import Resolved
    from deploy.world import World

    Judged = tuple[Target, Resolved, GateReport]


async def plan_group(world: World, operation: Operation) -> Plan:
    """Raises what resolving the commits and asking for the gates raises."""
    asked = operation.arguments
    if not isinstance(asked, GroupArguments):
        raise TypeError(f"{operation.kind} has no GroupArguments")
    parts = asked.parts
    judged = await together(
        *(_judge(world, name, sha, operation.passes, force=asked.force) for name, sha in parts)
    )
    wants = " and ".join(f"{short(resolved.commit.sha)} to {target.name}" for target, resolved, _ in judged)
    line = " ".join(f"{name}={sha}" for name, sha in parts)
    return Plan(
        f"deploy {wants}, as {asked.group}",
        fingerprint_of(judged),
        tuple(f"{target.name}: {note}" for target, _, report in judged for note in report.warnings),
        f"deploy {line} --to {asked.group} --noop{' --force' if asked.force else ''}",
        refused=bool(refusals([report for _, _, report in judged])),
    )


def refusals(reports: Sequence[GateReport]) -> tuple[Failure, ...]:
    """Why the group is not deployed. That one of its targets runs its commit already is no reason, unless all do."""
    counting = [each for each in reports if not each.changes_nothing] or reports
    return tuple(failure for each in counting for failure in each.refusals)


async def _judge(world: World, name: str, sha: str, passes: tuple[str, ...], *, force: bool) -> Judged:
    target = world.targets.named(name)
    resolved = await situation.resolve(world, target, sha)
    return target, resolved, await situation.gates(world, target, resolved, force=force, passes=passes)


def fingerprint_of(judged: Iterable[Judged]) -> str:
    """Of all targets together: one that changed makes it another plan."""
    each = "".join(fingerprint(target, resolved, report) for target, resolved, report in judged)
    return hashlib.sha256(each.encode()).hexdigest()[:DIGITS]
