"""builds [N], build SHA|RUN, build rerun|cancel SHA|RUN, build start."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from commands.begin import begin
from commands.conflicts import buildkit_is_free
from commands.grammar import builds as grammar
from commands.grammar.syntax import DEFAULT_TARGET
from commands.reply import Reply, Started, StartedAll
from commands.request import Request, runs
from deploy.builds import report
from deploy.builds.arguments import CancelArguments, RerunArguments, StartArguments
from deploy.builds.kinds import CANCEL, RERUN, START
from deploy.builds.report import BuildList, BuildReport
from deploy.core import errors

if TYPE_CHECKING:
    from deploy.core.github_model import Build
    from deploy.core.model import Failure, Operation, Target
    from deploy.world import World


@dataclass(frozen=True, slots=True)
class BuildsTable(Reply):
    listed: BuildList
    branch: str


@dataclass(frozen=True, slots=True)
class OneBuild(Reply):
    report: BuildReport
    branch: str


@runs(grammar.Builds)
async def table(asked: grammar.Builds, _request: Request, world: World) -> BuildsTable:
    """The newest builds of every branch."""
    return BuildsTable(
        await report.listing(world, usual_target(world), asked.count), world.systems.github.branch
    )


@runs(grammar.ShowBuild)
async def show(asked: grammar.ShowBuild, _request: Request, world: World) -> OneBuild:
    """One build. Raises BuildNotFound, NeverBuilt, errors.CommitNotFound, SystemFailure."""
    build = await _found(asked.which, world)
    return OneBuild(await report.report(world, usual_target(world), build), world.systems.github.branch)


@runs(grammar.RerunBuild)
async def rerun(asked: grammar.RerunBuild, request: Request, world: World) -> Started | StartedAll:
    """Begin to rerun builds, one operation for each. Raises what `show` does, and errors.Locked."""
    await buildkit_is_free(world)
    found = [await _found(which, world) for which in asked.which]
    begin_one = partial(_rerun, asked, request, world)
    first, *others = {build.id: build for build in found}.values()
    return await _each(begin_one, (first, *others)) if others else await begin_one(first)


async def _rerun(asked: grammar.RerunBuild, request: Request, world: World, build: Build) -> Started:
    arguments = RerunArguments(build.id, build.sha, asked.failed, asked.stop)
    return await begin(request, world, RERUN, arguments)


async def _each(begin_one: Callable[[Build], Awaitable[Started]], found: Sequence[Build]) -> StartedAll:
    """Begin them all; the reply names those that began and why the others did not. Raises errors.StateUnavailable."""
    begun: list[Operation] = []
    not_begun: list[Failure] = []
    for build in found:
        try:
            begun.append((await begin_one(build)).operation)
        except errors.FiskError as error:
            if not begun and not isinstance(error, errors.Refusal):
                raise
            not_begun.append(error.failure)
    return StartedAll(tuple(begun), tuple(not_begun))


@runs(grammar.CancelBuild)
async def cancel(asked: grammar.CancelBuild, request: Request, world: World) -> Started:
    """Begin to cancel a build. Raises what `show` does, and errors.Locked."""
    build = await _found(asked.which, world)
    return await begin(request, world, CANCEL, CancelArguments(build.id, build.sha))


@runs(grammar.StartBuild)
async def start(asked: grammar.StartBuild, request: Request, world: World) -> Started:
    """Begin to start a build of the branch's head. Raises errors.Locked where another operation does so already."""
    await buildkit_is_free(world)
    return await begin(request, world, START, StartArguments(usual_target(world).workflow, asked.no_cache))


def usual_target(world: World) -> Target:
    """The one that is meant where none is named: the default target, else the first one."""
    first = next(iter(world.targets), DEFAULT_TARGET)
    return world.targets.named(DEFAULT_TARGET if DEFAULT_TARGET in world.targets else first)


async def _found(which: str, world: World) -> Build:
    return await report.find(world, usual_target(world), which)
