"""How long builds and their steps take, by what earlier ones took. Pure; all times in seconds."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from deploy.core.github_model import Build, Job, JobStep

StepName = tuple[str, str]  # a job's name, and its step's


@dataclass(frozen=True, slots=True)
class Usual:
    """What `count` earlier ones took: half of them no longer than `p50`, nine in ten no longer than `p90`."""

    p50: float
    p90: float
    p95: float
    count: int


@dataclass(frozen=True, slots=True)
class Left:
    """How long something under way will still be: probably `p50`, hardly more than `p90`; negative: overdue."""

    p50: float
    p90: float


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share of them lies, between its neighbours in proportion; they need no order.

    Raises ValueError where there is none.
    """
    if not values:
        raise ValueError("of nothing there is no percentile")
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below, above = ordered[math.floor(place)], ordered[math.ceil(place)]
    return below + (above - below) * (place - math.floor(place))


def usual(took: Iterable[float]) -> Usual | None:
    """What is usual by these durations; None where there are none."""
    values = [seconds for seconds in took if seconds > 0]
    if not values:
        return None
    p50, p90, p95 = (percentile(values, share) for share in (0.5, 0.9, 0.95))
    return Usual(p50, p90, p95, len(values))


def exemplary(builds: Iterable[Build]) -> tuple[Build, ...]:
    """Those that succeeded at the first attempt: a later one may have run only what failed before."""
    return tuple(build for build in builds if build.conclusion == "success" and build.attempt == 1)


def of_builds(builds: Iterable[Build]) -> Usual | None:
    """What builds that succeed usually take, from the request to the end."""
    return usual(took(build) for build in exemplary(builds))


def took(build: Build) -> float:
    """How long a build that is over took; what is under way has no duration yet, and counts as 0."""
    return build.updated - build.started if build.over else 0.0


def of_steps(earlier: Iterable[Sequence[Job]]) -> dict[StepName, Usual]:
    """What each step takes where it succeeds, by the jobs of earlier builds."""
    taken: defaultdict[StepName, list[float]] = defaultdict(list)
    for jobs in earlier:
        for job, step in _steps(jobs):
            if step.conclusion == "success" and step.started and step.finished:
                # GitHub tells whole seconds: a step that begins and ends in one took some of it
                taken[job.name, step.name].append(max(step.finished - step.started, 0.5))
    return {name: found for name, values in taken.items() if (found := usual(values))}


def by_whole(build: Build, usual: Usual | None, now: float) -> Left | None:
    """How long a build will still be by the time of whole ones; for where its steps tell nothing."""
    spent = now - build.started
    return Left(usual.p50 - spent, usual.p90 - spent) if usual else None


def left(jobs: Sequence[Job], earlier: Iterable[Sequence[Job]], now: float) -> Left | None:
    """How long a build will still be, by how long earlier ones took from the beginning of the step it is at.

    Counted so, a slow step makes the rest no shorter, and a build that waited for a runner is not early. None where
    no step runs, or no earlier build had it.
    """
    at = current(jobs)
    if at is None:
        return None
    job, step = at
    rest = [each for each in (_from(jobs_, job.name, step.name) for jobs_ in earlier) if each > 0]
    if not rest:
        return None
    spent = now - step.started
    return Left(percentile(rest, 0.5) - spent, percentile(rest, 0.9) - spent)


def current(jobs: Iterable[Job]) -> tuple[Job, JobStep] | None:
    """The step that runs, in the job that does."""
    return next(((job, step) for job, step in _steps(jobs) if step.status == "in_progress"), None)


def _from(jobs: Sequence[Job], job: str, step: str) -> float:
    """From the beginning of that step to the end of the build, where all went well; else 0."""
    if not jobs or any(each.conclusion not in {"success", "skipped"} for each in jobs):
        return 0.0
    begins = (it.started for of, it in _steps(jobs) if (of.name, it.name) == (job, step))
    begun = next(begins, 0.0)
    return max(each.finished for each in jobs) - begun if begun else 0.0


def _steps(jobs: Iterable[Job]) -> Iterator[tuple[Job, JobStep]]:
    return ((job, step) for job in jobs for step in job.steps)
