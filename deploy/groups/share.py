"""What one target had of an operation: all of it, or its part of a group's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from deploy.core.parts import own_name, part_of
from deploy.deploys.arguments import DeployArguments
from deploy.groups.arguments import GroupArguments
from deploy.groups.outcomes import GroupDeployed, GroupPutBack

if TYPE_CHECKING:
    from deploy.core.outcomes import Outcome
    from deploy.engine.snapshot import Snapshot


def share(snapshot: Snapshot, target: str) -> Snapshot | None:
    """A part of a group is as a deploy of its own; None where it had nothing to do with the target."""
    asked = snapshot.operation.arguments
    if not isinstance(asked, GroupArguments):
        return snapshot if asked.place == target else None
    sha = dict(asked.parts).get(target)
    if sha is None:
        return None
    arguments = DeployArguments(target, sha, asked.force)
    return replace(
        snapshot,
        operation=replace(snapshot.operation, kind="deploy", arguments=arguments),
        step=own_name(snapshot.step) if part_of(snapshot.step) == target else "",
        results=_own(snapshot.results, target),
        failures=_own(snapshot.failures, target),
        outcome=_end(snapshot.outcome, target),
    )


def _own(steps: Mapping[str, str], target: str) -> dict[str, str]:
    return {own_name(step): text for step, text in steps.items() if part_of(step) == target}


def _end(outcome: Outcome | None, target: str) -> Outcome | None:
    """The target's own end; the group's where that was not by targets."""
    ends: tuple[Outcome, ...] = ()
    if isinstance(outcome, GroupDeployed):
        ends = outcome.parts
    elif isinstance(outcome, GroupPutBack):
        ends = (*outcome.failed, *outcome.back)
    return next((each for each in ends if getattr(each, "target", "") == target), outcome)
