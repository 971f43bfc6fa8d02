"""The gates that only some targets have, as fisk.toml says. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from deploy.deploys.after_gate import tried
from deploy.deploys.migrations_gate import migrated

if TYPE_CHECKING:
    from deploy.core.model import Target
    from deploy.deploys.gate_report import Situation, Verdict


def of_target(target: Target) -> Iterator[Callable[[Situation], Verdict]]:
    """In the order of the report."""
    if target.after:
        yield tried
    if target.migrations:
        yield migrated
