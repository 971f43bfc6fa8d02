"""builds [N], build SHA|RUN, build rerun|cancel SHA|RUN, build start."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
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
from deploy.builds.errors import BuildNotFound, NeverBuilt
from deploy.builds.kinds import CANCEL, RERUN, START
from deploy.builds.report import BuildList, BuildReport
from deploy.core import errors
from deploy.core.values import dataclass

if TYPE_CHECKING:
    from deploy.core.github_model import Build
    from deploy.core.model import Failure, Operation, Target
    from deploy.world import World

    Found = tuple[World, Build]


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
    """The newest builds of every branch. Raises errors.UnknownTarget, SystemFailure."""
    world, target = _seen_from(asked.of, world)
    return BuildsTable(await report.listing(world, target, asked.count), world.systems.github.branch)


@runs(grammar.ShowBuild)
async def show(asked: grammar.ShowBuild, _request: Request, world: World) -> OneBuild:
    """One build. Raises BuildNotFound, NeverBuilt, errors.CommitNotFound, SystemFailure."""
    world, build = await _found(asked.which, world)
    return OneBuild(await report.report(world, usual_target(world), build), world.systems.github.branch)


@runs(grammar.RerunBuild)
async def rerun(asked: grammar.RerunBuild, request: Request, world: World) -> Started | StartedAll:
    """Begin to rerun builds, one operation for each. Raises what `show` does, and errors.Locked."""
    await buildkit_is_free(world)
    found = [await _found(which, world) for which in asked.which]
    begin_one = partial(_rerun, asked, request, world)
    first, *others = {build.id: (seen, build) for seen, build in found}.values()
    return await _each(begin_one, (first, *others)) if others else await begin_one(first)


async def _rerun(asked: grammar.RerunBuild, request: Request, world: World, found: Found) -> Started:
    seen, build = found
    arguments = RerunArguments(build.id, build.sha, asked.failed, asked.stop, _named(seen, world))
    return await begin(request, world, RERUN, arguments)


async def _each(begin_one: Callable[[Found], Awaitable[Started]], found: Sequence[Found]) -> StartedAll:
    """Begin them all; the reply names those that began and why the others did not. Raises errors.StateUnavailable."""
    begun: list[Operation] = []
    not_begun: list[Failure] = []
    for each in found:
        try:
            begun.append((await begin_one(each)).operation)
        except errors.FiskError as error:
            if not begun and not isinstance(error, errors.Refusal):
                raise
            not_begun.append(error.failure)
    return StartedAll(tuple(begun), tuple(not_begun))


@runs(grammar.CancelBuild)
async def cancel(asked: grammar.CancelBuild, request: Request, world: World) -> Started:
    """Begin to cancel a build. Raises what `show` does, and errors.Locked."""
    seen, build = await _found(asked.which, world)
    arguments = CancelArguments(build.id, build.sha, _named(seen, world))
    return await begin(request, world, CANCEL, arguments)


@runs(grammar.StartBuild)
async def start(asked: grammar.StartBuild, request: Request, world: World) -> Started:
    """Begin to start a build of the branch's head. Raises errors.Locked where another operation does so already."""
    await buildkit_is_free(world)
    seen, target = _seen_from(asked.of, world)
    arguments = StartArguments(target.workflow, asked.no_cache, _named(seen, world))
    return await begin(request, world, START, arguments)


def usual_target(world: World) -> Target:
    """The one that is meant where none is named: the default target, else the first one of the repository at hand."""
    names = [target.name for target in world.its_targets]
    usual = DEFAULT_TARGET if DEFAULT_TARGET in names or not names else names[0]
    return world.targets.named(usual)


def _seen_from(name: str, world: World) -> tuple[World, Target]:
    target = world.targets.named(name) if name else usual_target(world)
    return world.of(target), target


def _named(seen: World, world: World) -> str:
    """The repository's name, where it is not the usual one."""
    here = seen.systems.github
    return "" if here is world.systems.github else here.repository


async def _found(which: str, world: World) -> Found:
    """The build, and the world with its repository, which is looked for in each. Raises what `report.find` does."""
    first: errors.FiskError | None = None
    for seen in world.of_each_repository():
        try:
            return seen, await report.find(seen, usual_target(seen), which)
        except (BuildNotFound, NeverBuilt, errors.CommitNotFound) as error:
            first = first or error
    raise first or errors.UnknownTarget(target=DEFAULT_TARGET, known="none")
