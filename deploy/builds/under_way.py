"""The newest builds of the branch, and the progress of the one under way. Its jobs, and those of the builds that
its estimate is based on, are queried by cached ids.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from deploy.builds.speaking import speaks
from deploy.builds.usual import SAMPLE, Experience, exemplars
from deploy.core.ask import Unknown, ask, known
from deploy.core.durations import Left, of_builds
from deploy.core.github_model import Build, Job
from deploy.core.together import together
from deploy.core.values import dataclass

if TYPE_CHECKING:
    from deploy.core.model import Target
    from deploy.world import World

BUILDS = 20


@dataclass(frozen=True, slots=True)
class Building:
    """The newest builds of the branch; for the newest, while it is under way, its jobs and remaining time.

    The newest is the one of the latest commit: a rerun of an older one keeps its number, and is among the others.
    """

    builds: tuple[Build, ...]
    jobs: tuple[Job, ...] = ()
    left: Left | None = None

    @property
    def newest(self) -> Build | None:
        return _newest(self.builds)

    @property
    def built(self) -> Build | None:
        """The newest build that succeeded."""
        return _newest(build for build in self.builds if build.conclusion == "success")

    @property
    def others(self) -> tuple[Build, ...]:
        """Other builds that are not over."""
        last = self.newest
        return tuple(build for build in self.builds if not build.over and build != last)

    def has(self, sha: str) -> bool:
        return any(build.sha == sha for build in self.builds)


def cache_name(target: Target) -> str:
    return f"build:{target.workflow}"


async def see(world: World, thing: str, what: str) -> None:
    await ask("fisk's memory", world.memory.cache.set(thing, what))


async def look(world: World, target: Target, cached: tuple[int, ...]) -> Building | Unknown:
    """Query the builds. `cached` are the ids of the build last seen under way and of those for its estimate."""
    builds, earlier, jobs = await together(
        ask(
            "GitHub",
            world.systems.github.builds(target.workflow, branch=world.systems.github.branch, limit=BUILDS),
        ),
        exemplars(world, target.workflow) if cached else _nothing(),
        _jobs(world, cached, *cached[:1]),
    )
    if isinstance(builds, Unknown):
        return builds
    builds = tuple(build for build in builds if speaks(build, world.systems.github.branch))
    last = _newest(builds)
    if last is None or last.over:
        await _remember(world, target, cached, ())
        return Building(builds)
    earlier = earlier if cached else await exemplars(world, target.workflow)
    wanted = (last.id, *(each.id for each in earlier[:SAMPLE]))
    await _remember(world, target, cached, wanted)
    jobs |= await _jobs(world, [each for each in wanted if each not in cached], last.id)
    experience = Experience(of_builds(earlier), tuple(jobs[each] for each in wanted[1:] if each in jobs))
    mine = jobs.get(last.id, ())
    return Building(builds, mine, experience.left(last, mine, time.time()))


async def _nothing() -> tuple[Build, ...]:
    return ()


def _newest(builds: Iterable[Build]) -> Build | None:
    return max(builds, key=lambda build: build.id, default=None)


async def _jobs(world: World, builds: Sequence[int], under_way: int = 0) -> dict[int, tuple[Job, ...]]:
    """Each build's jobs, where GitHub answers; only those of the build under way still change."""
    questions = (
        world.systems.github.jobs if build == under_way else world.systems.github.lasting_jobs
        for build in builds
    )
    told = await together(
        *(ask("GitHub", jobs(build)) for jobs, build in zip(questions, builds, strict=True))
    )
    return {build: jobs for build, each in zip(builds, told, strict=True) if (jobs := known(each))}


async def _remember(world: World, target: Target, cached: tuple[int, ...], seen: tuple[int, ...]) -> None:
    if seen != cached:
        await see(world, cache_name(target), " ".join(map(str, seen)))
