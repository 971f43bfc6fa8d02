"""Estimates of how long builds and their steps take, from earlier ones. Pure; all times in seconds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from statistics import quantiles
from typing import TYPE_CHECKING

from deploy.core.values import dataclass

if TYPE_CHECKING:
    from deploy.core.github_model import Build, Job, JobStep

StepName = tuple[str, str]  # a job's name, and its step's


@dataclass(frozen=True, slots=True)
class Usual:
    """The 50th and 90th percentile of `count` earlier durations."""

    p50: float
    p90: float
    p95: float
    count: int


@dataclass(frozen=True, slots=True)
class Left:
    """The remaining time of something under way: its 50th and 90th percentile; negative: overdue."""

    p50: float
    p90: float


def usual(took: Iterable[float]) -> Usual | None:
    """The percentiles of these durations, by linear interpolation; None where there are none."""
    values = [seconds for seconds in took if seconds > 0]
    if not values:
        return None
    twentieths = quantiles(values * 2 if len(values) == 1 else values, n=20, method="inclusive")
    return Usual(twentieths[9], twentieths[17], twentieths[18], len(values))


def exemplary(builds: Iterable[Build]) -> tuple[Build, ...]:
    """The builds that succeeded at the first attempt: a later one may have run only the failed jobs."""
    return tuple(build for build in builds if build.conclusion == "success" and build.attempt == 1)


def of_builds(builds: Iterable[Build]) -> Usual | None:
    """The usual duration of builds that succeed, from the request to the end."""
    return usual(took(build) for build in exemplary(builds))


def took(build: Build) -> float:
    """The duration of a build that is over; 0 while it is under way."""
    return build.updated - build.started if build.over else 0.0


def of_steps(earlier: Iterable[Sequence[Job]]) -> dict[StepName, Usual]:
    """The usual duration of each successful step, by the jobs of earlier builds."""
    taken: defaultdict[StepName, list[float]] = defaultdict(list)
    for jobs in earlier:
        for job, step in _steps(jobs):
            if step.conclusion == "success" and step.started and step.finished:
                # GitHub's times are whole seconds: a step that begins and ends in one took part of it
                taken[job.name, step.name].append(max(step.finished - step.started, 0.5))
    return {name: found for name, values in taken.items() if (found := usual(values))}


def by_whole(build: Build, usual: Usual | None, now: float) -> Left | None:
    """A build's remaining time by the duration of whole builds, where its steps give no estimate."""
    return _left(usual, now - build.started)


def _left(usual: Usual | None, spent: float) -> Left | None:
    return Left(usual.p50 - spent, usual.p90 - spent) if usual else None


def left(jobs: Sequence[Job], earlier: Iterable[Sequence[Job]], now: float) -> Left | None:
    """A build's remaining time, by how long earlier builds took from the beginning of its current step.

    Thus a slow step does not shorten the rest, nor does waiting for a runner count. None where
    no step runs, or no earlier build had it.
    """
    at = current(jobs)
    if at is None:
        return None
    job, step = at
    return _left(usual(_from(jobs_, job.name, step.name) for jobs_ in earlier), now - step.started)


def current(jobs: Iterable[Job]) -> tuple[Job, JobStep] | None:
    """The step that runs, in the job that does; one that a lost runner left in progress does not."""
    under_way = (job for job in jobs if job.status != "completed")
    return next(((job, step) for job, step in _steps(under_way) if step.status == "in_progress"), None)


def _from(jobs: Sequence[Job], job: str, step: str) -> float:
    """Seconds from the beginning of that step to the end of a build that succeeded; else 0."""
    if not jobs or any(each.conclusion not in {"success", "skipped"} for each in jobs):
        return 0.0
    begins = (it.started for of, it in _steps(jobs) if (of.name, it.name) == (job, step))
    begun = next(begins, 0.0)
    return max(each.finished for each in jobs) - begun if begun else 0.0


def _steps(jobs: Iterable[Job]) -> Iterator[tuple[Job, JobStep]]:
    return ((job, step) for job in jobs for step in job.steps)
