"""A build's progress as text. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from deploy.core.durations import Left, current
from deploy.core.units import roughly

if TYPE_CHECKING:
    from deploy.core.github_model import Build, Job


def doing(build: Build, jobs: Iterable[Job], left: Left | None) -> str:
    """`step 7 of 12, Build and push; about 9 min left`, as far as it is known."""
    return "; ".join(part for part in (at_step(jobs), _left(left)) if part) or _status(build)


def _status(build: Build) -> str:
    return build.status.replace("_", " ")


def at_step(jobs: Iterable[Job]) -> str:
    """`step 7 of 12, Build and push`; empty while none runs."""
    at = current(jobs)
    return f"step {at[0].steps.index(at[1]) + 1} of {len(at[0].steps)}, {at[1].name}" if at else ""


def _left(left: Left | None) -> str:
    if left is None:
        return ""
    return f"about {roughly(left.p50)} left" if left.p50 > 0 else f"{roughly(-left.p50)} longer than usual"
