"""build rerun, build cancel: a rerun keeps the build's id and raises its attempt."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from deploy.builds.arguments import CancelArguments, OneBuild, RerunArguments
from deploy.builds.conclusions import GOOD
from deploy.builds.errors import BuildNotFound, BuildNotShown, BuildOver, BuildUnderWay, NothingFailed
from deploy.builds.outcomes import BuildRunsAgain, BuildStopped, BuildUnsure
from deploy.builds.read_back import ASK, LOST, Requested, shown, the_build
from deploy.core import errors
from deploy.core.github_model import Build
from deploy.core.model import short

if TYPE_CHECKING:
    from deploy.core.outcomes import Outcome
    from deploy.engine.engine import Op
    from deploy.world import World


async def rerun(world: World, op: Op) -> Outcome:
    """Rerun all jobs of a build or the failed ones; done once GitHub shows the new attempt.

    A build whose builder died shows as running for long, and GitHub reruns only finished builds: with `stop` it is
    cancelled first.
    """
    asked = op.arguments(RerunArguments)
    return await (_stop_first if asked.stop else _run_again)(world.of_repository(asked.repository), op)


async def _stop_first(world: World, op: Op) -> Outcome:
    """Cancel the build, then rerun it. Not cancellable after the request; failures become outcomes."""
    hung = await op.step("find", Build, lambda: the_build(world, _number(op)))
    asked = await op.step("ask GitHub to stop it", Requested, lambda: _ask_to_stop(world, hung))
    with op.undoing():
        try:
            over = await op.step("stop it", Build, lambda: _stopped(world, op, hung))
        except errors.FiskError as error:
            return BuildUnsure(error.failure, hung.id, hung.sha, asked.lost)
        try:
            return await _run_again(world, op)
        except errors.FiskError as error:
            return BuildStopped(over.id, over.sha, over.conclusion, over.url, error.failure)


async def _run_again(world: World, op: Op) -> Outcome:
    failed = op.arguments(RerunArguments).failed
    before = await op.step("remember", Build, lambda: _rerunnable(world, _number(op), failed=failed))
    asked = await op.step(ASK, Requested, lambda: _ask_again(world, op, before, failed=failed))
    try:
        now = await _read_back(world, op, before, lambda now: now.attempt > before.attempt)
    except (BuildNotShown, BuildNotFound) as error:
        return BuildUnsure(error.failure, before.id, before.sha, asked.lost)
    return BuildRunsAgain(now.id, now.sha, now.attempt, now.status, now.url, failed)


async def cancel(world: World, op: Op) -> Outcome:
    """Stop a build; done once GitHub shows it as over."""
    world = world.of_repository(op.arguments(CancelArguments).repository)
    before = await op.step("remember", Build, lambda: _cancellable(world, _number(op)))
    asked = await op.step(ASK, Requested, lambda: _ask_to_stop(world, before))
    try:
        now = await _read_back(
            world, op, before, lambda now: now.over, within=world.timeouts.build_stops_within
        )
    except (BuildNotShown, BuildNotFound) as error:
        return BuildUnsure(error.failure, before.id, before.sha, asked.lost)
    return BuildStopped(now.id, now.sha, now.conclusion, now.url)


def _number(op: Op) -> int:
    return op.arguments(OneBuild).build


async def _rerunnable(world: World, number: int, *, failed: bool) -> Build:
    build = await the_build(world, number)
    if not build.over:
        doing = build.status.replace("_", " ")
        raise BuildUnderWay(sha=short(build.sha), doing=doing, build=build.id)
    if failed and build.conclusion in GOOD:
        raise NothingFailed(sha=short(build.sha), build=build.id)
    return build


async def _ask_again(world: World, op: Op, before: Build, *, failed: bool) -> Requested:
    """Request a rerun. A higher attempt is ours, from a run that crashed between the request and its journal entry."""
    if (await the_build(world, before.id)).attempt > before.attempt:
        return Requested(answer="it runs again already")
    try:
        await world.systems.github.rerun(before.id, failed_only=failed)
    except LOST as failure:
        return Requested(lost=str(failure))
    except errors.NotRerunnable as refusal:
        if not op.was_at(ASK):
            raise
        return Requested(lost=str(refusal))  # requested by an earlier run; GitHub may show it late
    return Requested(answer="taken")


async def _stopped(world: World, op: Op, hung: Build) -> Build:
    """Wait until the build is over. Raises BuildNotShown where it is not in time."""
    state, within = (
        f"attempt {hung.attempt} of {short(hung.sha)} as running",
        world.timeouts.build_stops_within,
    )
    return await shown(world, op, lambda: _if_over(world, hung), state=state, url=hung.url, within=within)


async def _if_over(world: World, build: Build) -> Build | None:
    now = await the_build(world, build.id)
    return now if now.over else None


async def _cancellable(world: World, number: int) -> Build:
    build = await the_build(world, number)
    if build.over:
        raise BuildOver(sha=short(build.sha), conclusion=build.conclusion, build=build.id)
    return build


async def _ask_to_stop(world: World, before: Build) -> Requested:
    """Request cancellation, which is idempotent, unless the build is over."""
    if (await the_build(world, before.id)).over:
        return Requested(answer="it is over already")
    try:
        taken = await world.systems.github.cancel(before.id)
    except LOST as failure:
        return Requested(lost=str(failure))
    return Requested(answer="taken" if taken else "it is over already")


async def _read_back(
    world: World, op: Op, before: Build, done: Callable[[Build], bool], within: float = 0
) -> Build:
    """Poll until the effect shows. Not cancellable, since the request cannot be withdrawn."""

    async def look() -> Build | None:
        now = await the_build(world, before.id)
        await op.report(f"GitHub: {now.status.replace('_', ' ')}, attempt {now.attempt}")
        return now if done(now) else None

    state = f"attempt {before.attempt} of {short(before.sha)}"
    limit = within or world.timeouts.build_shown_within
    with op.undoing():
        return await op.step(
            "see it there", Build, lambda: shown(world, op, look, state=state, url=before.url, within=limit)
        )
