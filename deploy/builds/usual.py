"""How long builds and their steps usually take: the one answer, by the branch's own builds that went well."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploy.core.ask import ask, known
from deploy.core.durations import Left, Usual, by_whole, exemplary, left, of_builds
from deploy.core.github_model import Job

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deploy.core.github_model import Build
    from deploy.world import World

EARLIER = 30  # builds that tell how long one takes; more would be too long an answer to keep with its ETag
SAMPLE = 10  # of those, whose steps tell what is usual


@dataclass(frozen=True, slots=True)
class Experience:
    """What earlier builds took: as a whole, and `jobs` those of the newest ones, step by step."""

    usual: Usual | None
    jobs: tuple[tuple[Job, ...], ...]

    def left(self, build: Build, jobs: Sequence[Job], now: float) -> Left | None:
        """How long a build will still be: the one answer to that, whoever asks. None before it begins, and after."""
        if build.status != "in_progress":
            return None
        return left(jobs, self.jobs, now) or by_whole(build, self.usual, now)


async def exemplars(world: World, workflow: str, but: Build | None = None) -> tuple[Build, ...]:
    """The newest builds of the branch that tell what is usual; none where GitHub does not list them."""
    github = world.systems.github
    builds = github.builds(workflow, branch=github.branch, status="success", limit=EARLIER)
    return others(exemplary(known(await ask("GitHub", builds)) or ()), but)


def others(builds: Sequence[Build], but: Build | None) -> tuple[Build, ...]:
    """All but the one that is measured by them, which is no measure of itself."""
    return tuple(build for build in builds if but is None or build.id != but.id)


async def usual_build(world: World, workflow: str, but: Build | None = None) -> Usual | None:
    """What a build takes as a whole; None where nobody knows."""
    return of_builds(await exemplars(world, workflow, but))


async def experience(world: World, workflow: str, but: Build | None = None) -> Experience:
    """What builds take, and their steps; what GitHub does not tell leaves gaps."""
    return await experience_of(world, await exemplars(world, workflow, but))


async def experience_of(world: World, builds: Sequence[Build]) -> Experience:
    """The same, by builds that are known already."""
    asked = (ask("GitHub", world.systems.github.lasting_jobs(each.id)) for each in builds[:SAMPLE])
    return Experience(
        of_builds(builds), tuple(jobs for each in await asyncio.gather(*asked) if (jobs := known(each)))
    )
