"""deploy SHA --wait: when its build is done and its turn has come, deploy it.

It holds no lock while it waits, so that it blocks no other operation.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from deploy.builds.nearest import nearest_built
from deploy.builds.speaking import speaking_build
from deploy.builds.unbuilt import why_unbuilt
from deploy.builds.usual import experience
from deploy.core import errors
from deploy.core.model import LATEST, Build, Done, Operation, Target, short
from deploy.core.outcomes import Completed, Outcome
from deploy.deploys import situation
from deploy.deploys.arguments import DeployArguments, WaitArguments
from deploy.deploys.errors import BuildFailed
from deploy.deploys.gates import unbuilt
from deploy.deploys.line import BUILT, RESOLVED
from deploy.deploys.outcomes import Skipped
from deploy.deploys.situation import Resolved
from deploy.deploys.turn import Turn, Waiting, in_turn

if TYPE_CHECKING:
    from deploy.engine.engine import Op
    from deploy.world import World


async def wait(world: World, op: Op) -> Outcome:
    """Wait for the build, then for its turn; then begin the deploy as an operation of its own."""
    asked = op.arguments(WaitArguments)
    target = world.targets.named(asked.target)
    world = world.of(target)
    resolved = await op.step(RESOLVED, Resolved, lambda: situation.resolve(world, target, asked.ref))
    await op.step(BUILT, Done, lambda: _built(world, op, target, resolved))
    waiting = Waiting(target, resolved, _deploy(op, target, resolved, await world.memory.now()))
    turn = await op.step("wait for the target", Turn, lambda: in_turn(world, op, waiting))
    if turn.newer:
        return Skipped(target.name, resolved.commit.sha, turn.newer, waits=turn.waits)
    told = f"{short(resolved.commit.sha)} is built; its deploy is {turn.note}"
    return Completed(told + _before(turn.passed), begun=turn.note)


def _before(passed: tuple[str, ...]) -> str:
    """Whom it did not wait for, though they asked before it."""
    if not passed:
        return ""
    return f", before {' and '.join(passed)}, still building"


async def _built(world: World, op: Op, target: Target, resolved: Resolved) -> Done:
    """Raises BuildFailed, NotBuilt, NoBuild, and errors.GaveUpWaiting after the time for a build."""
    sha, earlier = resolved.commit.sha, None
    begun = time.monotonic()
    while (waited := time.monotonic() - begun) < world.timeouts.build_within:
        try:
            build = await speaking_build(world, target, sha)
            if build is None or build.over:
                if done := await _outcome(world, target, resolved, build, waited):
                    return done
                await op.report("GitHub lists no build of it yet")
            else:
                if earlier is None or earlier.usual is None:
                    earlier = await experience(world, target.workflow)
                await op.report(f"GitHub: {await situation.how_it_goes(world, target, build, earlier)}")
        except errors.SystemFailure as failure:
            await op.report(str(failure))
        await op.pause(world.timeouts.poll)
    raise errors.GaveUpWaiting(minutes=world.timeouts.build_within / 60, what=f"the build of {short(sha)}")


async def _outcome(
    world: World, target: Target, resolved: Resolved, build: Build | None, waited: float
) -> Done | None:
    """How the build ended; None where it may yet begin. What the registry has beats a run's colour.

    Whether the image fits is for the deploy's own gates to see; without one there is no need to get that far.
    """
    if build and build.conclusion == "success":
        return Done("built")
    if await world.systems.registry.image(target.image, resolved.tag, target.platform):
        return Done("the registry has its image")
    if build:
        raise BuildFailed(sha=short(resolved.commit.sha), conclusion=build.conclusion, url=build.url)
    why = await why_unbuilt(world, target, resolved.commit)
    if why.unknown and waited < world.timeouts.build_shown_within:
        return None
    near = await nearest_built(world, target, resolved.commit, why.pushed_with)
    raise unbuilt(target, resolved.commit, why, near)


def _deploy(op: Op, target: Target, resolved: Resolved, now: float) -> Operation:
    asked, waiting = op.arguments(WaitArguments), op.operation
    ref = LATEST if asked.ref == LATEST else resolved.commit.sha
    return replace(
        waiting,
        id=f"d{waiting.id[1:]}",
        kind="deploy",
        created=now,
        resources=(target.resource,),
        arguments=DeployArguments(target.name, ref, asked.force),
    )
