"""Reports on builds: finding one, listing the newest, and the details of one."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from deploy.builds.errors import BuildNotFound, NeverBuilt
from deploy.builds.failing import Failing, failing_step
from deploy.builds.speaking import newest, speaking_build
from deploy.builds.unbuilt import why_unbuilt
from deploy.builds.usual import experience, usual_build
from deploy.core import errors
from deploy.core.ask import Unknown, ask, known
from deploy.core.durations import Left, StepName, Usual, of_steps
from deploy.core.github_model import Build, Job, JobStep
from deploy.core.model import Target, short
from deploy.core.together import together
from deploy.core.values import dataclass

if TYPE_CHECKING:
    from deploy.world import World

LISTED = 100  # GitHub's largest page
RUN = re.compile(r"(?:\S*/actions/runs/)?(\d{9,19})(?:[/?#]\S*)?")  # shorter numbers are commits


@dataclass(frozen=True, slots=True)
class BuildReport:
    """A build with its jobs; `left` is set while it runs. `usual` is None where unknown."""

    build: Build
    jobs: tuple[Job, ...] | Unknown
    usual: Usual | None
    steps: tuple[tuple[StepName, Usual], ...]
    left: Left | None
    failing: Failing | None
    now: float

    def usually(self, job: Job, step: JobStep) -> Usual | None:
        return dict(self.steps).get((job.name, step.name))


@dataclass(frozen=True, slots=True)
class BuildList:
    """The newest builds of a workflow; `asked_for` may be more than GitHub lists at once."""

    builds: tuple[Build, ...]
    usual: Usual | None
    asked_for: int
    now: float


def run_id(word: str) -> int:
    """The run of a number or a URL; 0 where it is neither."""
    found = RUN.fullmatch(word.strip("<>"))
    return int(found[1]) if found else 0


async def find(world: World, target: Target, word: str) -> Build:
    """Find a build by a run's number or URL, else the newest one of a commit.

    Raises:
        BuildNotFound, errors.CommitNotFound, NeverBuilt, SystemFailure.
    """
    if number := run_id(word):
        try:
            return await world.systems.github.run(number)
        except errors.NotThere:
            if len(word) != len(str(number)):
                raise _no_build(world, number) from None
        return await _of_digits(world, target, word, number)
    return await of_commit(world, target, word)


async def _of_digits(world: World, target: Target, word: str, number: int) -> Build:
    """Find a build by nine or more digits: a run's number, or rarely a commit's prefix."""
    try:
        return await of_commit(world, target, word)
    except errors.CommitNotFound:
        raise _no_build(world, number) from None


def _no_build(world: World, number: int) -> BuildNotFound:
    return BuildNotFound(build=number, repository=world.systems.github.repository)


async def of_commit(world: World, target: Target, ref: str) -> Build:
    """The build that speaks for a commit, else any run of it: who asks for a nightly one may see it.

    Raises errors.CommitNotFound, NeverBuilt, SystemFailure.
    """
    github = world.systems.github
    commit = await github.commit(ref)
    if build := await speaking_build(world, target, commit.sha):
        return build
    if build := newest(await github.builds(target.workflow, sha=commit.sha)):
        return build
    found = await why_unbuilt(world, target, commit)
    why = f": it {found.why}" if found.why else f"; why is not known: {found.unknown}"
    raise NeverBuilt(sha=short(commit.sha), why=why, branch=github.branch)


async def listing(world: World, target: Target, count: int) -> BuildList:
    """The newest builds, of every branch."""
    builds, usual = await together(
        world.systems.github.builds(target.workflow, limit=min(count, LISTED)),
        usual_build(world, target.workflow),
    )
    return BuildList(builds, usual, count, time.time())


async def report(world: World, target: Target, build: Build) -> BuildReport:
    """The details of a build. What GitHub does not answer is left out, never raised."""
    jobs, earlier = await together(
        ask("GitHub", world.systems.github.jobs(build.id)),
        experience(world, build.workflow or target.workflow, build),
    )
    seen, now = known(jobs) or (), time.time()
    return BuildReport(
        build=build,
        jobs=jobs,
        usual=earlier.usual,
        steps=tuple(of_steps(earlier.jobs).items()),
        left=earlier.left(build, seen, now),
        failing=await failing_step(world, seen) if build.over else None,
        now=now,
    )


async def jobs_of(world: World, builds: Sequence[Build]) -> list[tuple[Build, tuple[Job, ...]]]:
    """Each build with its jobs; builds for which GitHub does not answer are left out."""
    told = await together(*(ask("GitHub", world.systems.github.jobs(build.id)) for build in builds))
    return [(build, jobs) for build, jobs in zip(builds, map(known, told), strict=True) if jobs]
