"""builds [N], build SHA|RUN, build rerun|cancel SHA|RUN, build start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands.begin import begin
from commands.blocked import builder_is_free
from commands.grammar import DEFAULT_TARGET
from commands.replies import Started, StartedAll
from commands.replies.chain import BuildsTable, OneBuild
from deploy.chain import builds

if TYPE_CHECKING:
    from commands import grammar
    from commands.request import Request
    from deploy.forge import Build
    from deploy.model import Target
    from deploy.world import World


async def table(asked: grammar.Builds, _request: Request, world: World) -> BuildsTable:
    """The newest builds of every branch."""
    return BuildsTable(await builds.listing(world, _target(world), asked.count), world.github.branch)


async def show(asked: grammar.ShowBuild, _request: Request, world: World) -> OneBuild:
    """One build. Raises errors.BuildNotFound, errors.NeverBuilt, errors.CommitNotFound, SystemFailure."""
    build = await _found(asked.which, world)
    return OneBuild(await builds.report(world, _target(world), build), world.github.branch)


async def rerun(asked: grammar.RerunBuild, request: Request, world: World) -> Started | StartedAll:
    """Begin to run builds again, each as an operation of its own. Raises what `show` does, and errors.Locked."""
    await builder_is_free(world)
    found = [await _found(which, world) for which in asked.which]
    more = {"failed": "yes" if asked.failed else "", "stop": "yes" if asked.stop else ""}
    begun = [
        await begin(request, world, "build rerun", _lock(build), {**_arguments(build), **more})
        for build in found
    ]
    return begun[0] if len(begun) == 1 else StartedAll(tuple(each.operation for each in begun))


async def cancel(asked: grammar.CancelBuild, request: Request, world: World) -> Started:
    """Begin to stop a build. Raises what `show` does, and errors.Locked."""
    build = await _found(asked.which, world)
    return await begin(request, world, "build cancel", _lock(build), _arguments(build))


async def start(asked: grammar.StartBuild, request: Request, world: World) -> Started:
    """Begin to start a build of the branch's head. Raises errors.Locked where somebody does already."""
    await builder_is_free(world)
    workflow = _target(world).workflow
    arguments = {"workflow": workflow, "no_cache": "yes" if asked.no_cache else ""}
    return await begin(request, world, "build start", f"workflow:{workflow}", arguments)


def _target(world: World) -> Target:
    """Whose workflow is meant: the default target's, else the first one's."""
    first = next(iter(world.targets), DEFAULT_TARGET)
    return world.target(DEFAULT_TARGET if DEFAULT_TARGET in world.targets else first)


async def _found(which: str, world: World) -> Build:
    return await builds.find(world, _target(world), which)


def _lock(build: Build) -> str:
    return f"build:{build.id}"


def _arguments(build: Build) -> dict[str, str]:
    return {"build": str(build.id), "ref": build.sha}
