"""The usual duration of builds and steps, from the branch's successful builds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from deploy.builds.speaking import speaks
from deploy.core.ask import ask, known
from deploy.core.durations import Left, Usual, by_whole, exemplary, left, of_builds
from deploy.core.github_model import Build, Job
from deploy.core.together import together
from deploy.core.values import dataclass

if TYPE_CHECKING:
    from deploy.world import World

EARLIER = 30  # sample of builds; a longer answer would not fit the ETag cache
SAMPLE = 10  # of those, whose steps are queried


@dataclass(frozen=True, slots=True)
class Experience:
    """Durations of earlier builds: of whole builds, and the `jobs` of the newest ones, with their steps."""

    usual: Usual | None
    jobs: tuple[tuple[Job, ...], ...]

    def left(self, build: Build, jobs: Sequence[Job], now: float) -> Left | None:
        """A build's remaining time; None unless it is in progress."""
        if build.status != "in_progress":
            return None
        return left(jobs, self.jobs, now) or by_whole(build, self.usual, now)


async def exemplars(world: World, workflow: str, but: Build | None = None) -> tuple[Build, ...]:
    """The newest successful builds of the branch, as a sample; none where GitHub does not answer."""
    github = world.systems.github
    builds = github.builds(workflow, branch=github.branch, status="success", limit=EARLIER)
    listed = (build for build in known(await ask("GitHub", builds)) or () if speaks(build, github.branch))
    return others(exemplary(listed), but)


def others(builds: Sequence[Build], but: Build | None) -> tuple[Build, ...]:
    """The sample without the build that is estimated."""
    return tuple(build for build in builds if but is None or build.id != but.id)


async def usual_build(world: World, workflow: str, but: Build | None = None) -> Usual | None:
    """The usual duration of a whole build; None where unknown."""
    return of_builds(await exemplars(world, workflow, but))


async def experience(world: World, workflow: str, but: Build | None = None) -> Experience:
    """The durations of earlier builds and their steps, as far as GitHub answers."""
    return await experience_of(world, await exemplars(world, workflow, but))


async def experience_of(world: World, builds: Sequence[Build]) -> Experience:
    """The same for builds that are known already."""
    asked = (ask("GitHub", world.systems.github.lasting_jobs(each.id)) for each in builds[:SAMPLE])
    return Experience(
        of_builds(builds), tuple(jobs for each in await together(*asked) if (jobs := known(each)))
    )
