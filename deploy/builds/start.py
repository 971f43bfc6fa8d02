"""build start: starts a build of the branch's head, and identifies the new build among all others."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from deploy.builds.arguments import StartArguments
from deploy.builds.errors import BuildNotShown
from deploy.builds.mark import INPUT, bears, is_marked
from deploy.builds.outcomes import BuildStarted, BuildUnsure
from deploy.builds.read_back import ASK, LOST, Requested, shown
from deploy.core import errors
from deploy.core.github_model import Build
from deploy.core.model import short
from deploy.core.values import dataclass

if TYPE_CHECKING:
    from deploy.core.outcomes import Outcome
    from deploy.engine.engine import Op
    from deploy.world import World

EVENT = "workflow_dispatch"


@dataclass(frozen=True, slots=True)
class BeforeStart:
    """The head to build, and the newest earlier build that was started manually.

    `marked`: whether the workflow shows in a build's title which operation started it.
    """

    sha: str
    newest: int
    marked: bool = False


async def start(world: World, op: Op) -> Outcome:
    """Start a build of the branch's head; done once GitHub shows it."""
    asked_for = op.arguments(StartArguments)
    workflow, no_cache, world = (
        asked_for.workflow,
        asked_for.no_cache,
        world.of_repository(asked_for.repository),
    )
    before = await op.step("remember", BeforeStart, lambda: _remember(world, workflow))
    asked = await op.step(ASK, Requested, lambda: _ask(world, op, workflow, before, no_cache=no_cache))
    try:
        build = await _read_back(world, op, workflow, before, asked)
    except BuildNotShown as error:
        return BuildUnsure(error.failure, asked.build, before.sha, asked.lost)
    return BuildStarted(build.id, build.sha, world.systems.github.branch, build.status, build.url, no_cache)


async def _remember(world: World, workflow: str) -> BeforeStart:
    head = await world.systems.github.commit(world.systems.github.branch)
    builds = await world.systems.github.builds(
        workflow, branch=world.systems.github.branch, event=EVENT, limit=5
    )
    newest = max((build.id for build in builds), default=0)
    return BeforeStart(head.sha, newest, await is_marked(world, workflow, head.sha))


async def _ask(world: World, op: Op, workflow: str, before: BeforeStart, *, no_cache: bool) -> Requested:
    """Request the build, unless an earlier run did, whose build GitHub shows with a delay."""
    if mine := await _found(world, op, workflow, before):
        return Requested(build=mine.id, answer="started already")
    inputs = {"force_no_cache": "true"} if no_cache else {}
    inputs |= {INPUT: op.operation.id} if before.marked else {}
    try:
        return Requested(
            build=await world.systems.github.dispatch(workflow, world.systems.github.branch, inputs),
            answer="taken",
        )
    except LOST as failure:
        return Requested(lost=str(failure))


async def _found(world: World, op: Op, workflow: str, before: BeforeStart) -> Build | None:
    patient = world.timeouts.build_shown_within / 4 if op.was_at(ASK) else 0.0
    deadline = time.monotonic() + patient
    while (mine := await _ours(world, op, workflow, before)) is None and time.monotonic() < deadline:
        await op.report("an earlier run may have started it: looking whether GitHub shows it")
        await op.pause(world.timeouts.poll)
    return mine


async def _ours(world: World, op: Op, workflow: str, before: BeforeStart) -> Build | None:
    """The build with the operation's mark; where there are no marks, the first that was started after `before`."""
    builds = await world.systems.github.builds(
        workflow, branch=world.systems.github.branch, event=EVENT, limit=5
    )
    newer = [build for build in builds if build.id > before.newest]
    if before.marked:
        newer = [build for build in newer if bears(build, op.operation.id)]
    return min(newer, key=lambda build: build.id, default=None)


async def _read_back(world: World, op: Op, workflow: str, before: BeforeStart, asked: Requested) -> Build:
    """Poll until the build shows. Not cancellable, since the request cannot be withdrawn."""

    async def look() -> Build | None:
        if not asked.build:
            return await _ours(world, op, workflow, before)
        try:
            return await world.systems.github.run(asked.build)
        except errors.NotThere:
            return None

    state, within = f"no new build of {short(before.sha)}", world.timeouts.build_shown_within
    url = f"https://github.com/{world.systems.github.repository}/actions"
    with op.undoing():
        return await op.step(
            "see it there", Build, lambda: shown(world, op, look, state=state, url=url, within=within)
        )
