"""Self-hosted runners beside the jobs that wait for them.

A runner that is online meanwhile and idle, or busy with no job, is stuck.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from deploy.builds.report import jobs_of
from deploy.core.ask import Unknown, ask, known
from deploy.core.errors import MissingAbility
from deploy.core.github_model import Build, Job, Runner
from deploy.core.together import together
from deploy.core.values import dataclass

if TYPE_CHECKING:
    from deploy.world import World

# What a build that has not begun waits for.
WAITING = {
    "queued": "a runner",
    "requested": "a runner",
    "pending": "another build",
    "waiting": "an approval on GitHub",
}
GRACE = 60.0  # seconds that a job may wait for an idle runner, which asks for work every few seconds
LOOKED_AT = 10  # builds whose jobs are asked for


@dataclass(frozen=True, slots=True)
class JobOf:
    """A job, and the build that it is part of."""

    build: Build
    job: Job


@dataclass(frozen=True, slots=True)
class RunnerNow:
    """A runner, the job that it runs where that is known, and the jobs that it leaves waiting though it runs none."""

    runner: Runner
    runs: JobOf | None = None
    ignores: tuple[JobOf, ...] = ()

    @property
    def stuck(self) -> bool:
        return bool(self.ignores)


@dataclass(frozen=True, slots=True)
class Runners:
    """All runners, or why they are unknown; the jobs that wait for one, and those that run, longest first."""

    runners: tuple[RunnerNow, ...] | Unknown
    waiting: tuple[JobOf, ...]
    running: tuple[JobOf, ...]
    now: float

    def waited(self, it: JobOf) -> float:
        """For how many seconds a job has waited."""
        return max(0.0, self.now - (it.job.created or it.job.started or it.build.started))


def read(
    runners: Sequence[Runner] | Unknown,
    jobs: Iterable[tuple[Build, Sequence[Job]]],
    now: float,
    *,
    complete: bool = False,
) -> Runners:
    """The runners beside the jobs of the builds that are not over. Pure.

    `complete`: the jobs of every build under way are among them, so that a busy runner without one is stuck.
    """
    every = [JobOf(build, job) for build, listed in jobs for job in listed]
    waiting = tuple(
        it for it in every if it.job.status == "queued"
    )  # others wait for a person, or for a build
    running = tuple(it for it in every if it.job.status == "in_progress")
    empty = Runners((), waiting, running, now)
    if isinstance(runners, Unknown):
        return Runners(runners, waiting, running, now)
    beside = tuple(_beside(each, empty, complete=complete) for each in runners)
    return Runners(beside, waiting, running, now)


def _beside(runner: Runner, jobs: Runners, *, complete: bool) -> RunnerNow:
    runs = next((it for it in jobs.running if it.job.runner == runner.name), None)
    elsewhere = runner.busy and (runner.shared or not complete)
    if not runner.online or runs or elsewhere:
        return RunnerNow(runner, runs)
    ignored = (it for it in jobs.waiting if runner.takes(it.job.labels) and jobs.waited(it) > GRACE)
    return RunnerNow(runner, None, tuple(ignored))


async def look(world: World) -> Runners:
    """Every runner, and what waits for it. What GitHub does not tell leaves gaps."""
    github = world.systems.github
    runners, running, queued = await together(
        visible_runners(world),
        running_builds(world),
        ask("GitHub", github.runs(status="queued", limit=LOOKED_AT)),
    )
    under_way = known(running) or ()
    jobs = await jobs_of(world, (*under_way, *(known(queued) or ())))
    return read(runners, jobs, time.time(), complete=are_all(running, jobs))


async def running_builds(world: World) -> tuple[Build, ...] | Unknown:
    return await ask("GitHub", world.systems.github.runs(status="in_progress", limit=LOOKED_AT))


def are_all(running: Sequence[Build] | Unknown, jobs: Iterable[tuple[Build, Sequence[Job]]]) -> bool:
    """Whether the jobs of every build under way are known."""
    if isinstance(running, Unknown) or len(running) >= LOOKED_AT:
        return False
    return {build.id for build in running} <= {build.id for build, _ in jobs}


async def visible_runners(world: World) -> tuple[Runner, ...] | Unknown:
    """The runners, where the token may see them."""
    return await ask("GitHub", _visible(world))


async def _visible(world: World) -> tuple[Runner, ...] | Unknown:
    """What GitHub says of a missing right does not tell which one it is."""
    try:
        return await every_runner(world)
    except MissingAbility as error:
        return Unknown("the token may not see the runners", error.failure.hint)


async def every_runner(world: World) -> tuple[Runner, ...]:
    """The repository's runners; where there are none or the token may not see them, the organisation's.

    Raises SystemFailure; MissingAbility where the token may see neither.
    """
    github, refused = world.systems.github, None
    try:
        if own := await github.runners():
            return own
    except MissingAbility as error:
        refused = error
    try:
        return await github.organisation_runners()
    except MissingAbility:
        if refused:
            raise refused from None
        return ()
