"""Finds the builds and jobs that a restart would kill. Read-only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core import errors

if TYPE_CHECKING:
    from deploy.core.model import Build, Job
    from deploy.systems.buildkit import BuildKit
    from deploy.world import World

RUNNING = "in_progress"


def the_buildkit(world: World) -> BuildKit:
    """The configured BuildKit. Raises errors.NotOnAHost where fisk.toml names none."""
    if world.systems.buildkit is None:
        raise errors.NotOnAHost(what="where BuildKit runs", table="[buildkit]")
    return world.systems.buildkit


async def running_builds(world: World) -> tuple[Build, ...]:
    """The builds that run on BuildKit now: those of every target for its platform. Raises SystemFailure."""
    platform = the_buildkit(world).spec.platform
    here = [target for target in world.targets.values() if target.platform == platform]
    each = {(world.of(target).systems.github, target.workflow) for target in here}
    found = [
        await github.builds(workflow, status=RUNNING)
        for github, workflow in sorted(each, key=lambda one: (one[0].repository, one[1]))
    ]
    return tuple(build for builds in found for build in builds)


async def running_job(world: World, runner: str) -> Job | None:
    """The job that the runner executes, of any workflow. Raises SystemFailure."""
    for build in await world.systems.github.runs(status=RUNNING):
        for job in await world.systems.github.jobs(build.id):
            if job.runner == runner and job.status == RUNNING:
                return job
    return None
