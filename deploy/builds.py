"""Which pushes are built, and how a build is getting on. Pure."""

from __future__ import annotations

from fnmatch import fnmatchcase
from statistics import median
from typing import TYPE_CHECKING

from deploy.units import minutes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploy.model import Build, Commit, Job, JobStep

MINUTE = 60
DOCS = ("docs/*", "*.md", ".github/workflows/ci.yml")  # pushes that touch only these start no build


def docs_only(commit: Commit) -> bool:
    """Whether a push of this commit alone starts no build."""
    return bool(commit.files) and all(any(fnmatchcase(name, glob) for glob in DOCS) for name in commit.files)


def newest(builds: Iterable[Build]) -> Build | None:
    """The build that began last."""
    return max(builds, key=lambda build: (build.started, build.id), default=None)


def usual(builds: Iterable[Build]) -> float:
    """How long a build that succeeds usually takes, in seconds; 0 where none did."""
    took = [build.updated - build.started for build in builds if build.conclusion == "success"]
    return median(took) if took else 0.0


def doing(build: Build, jobs: Iterable[Job], takes: float, now: float) -> str:
    """`step 7 of 12, Build and push; about 9 min left`, as far as it is known. `takes` and `now` in seconds."""
    return "; ".join(part for part in (_step(jobs), _left(build, takes, now)) if part) or _status(build)


def _status(build: Build) -> str:
    return build.status.replace("_", " ")


def _step(jobs: Iterable[Job]) -> str:
    for job in jobs:
        running = next((step for step in job.steps if step.status == "in_progress"), None)
        if running:
            return f"step {_place(job.steps, running)} of {len(job.steps)}, {running.name}"
    return ""


def _place(steps: tuple[JobStep, ...], running: JobStep) -> int:
    return steps.index(running) + 1


def _left(build: Build, takes: float, now: float) -> str:
    if not takes or build.status != "in_progress":
        return ""
    left = takes - (now - build.started)
    return f"about {_roughly(left)} left" if left > 0 else f"{_roughly(-left)} longer than usual"


def _roughly(seconds: float) -> str:
    return minutes(round(seconds / MINUTE) * MINUTE if seconds > MINUTE else seconds)
