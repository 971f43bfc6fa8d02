"""deploy SHA --wait: when its build is done and nobody else works on the target, deploy it.

It holds no lock while it waits, so that it blocks no other operation.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from deploy.access.approvals import question, submit
from deploy.builds.nearest import nearest_built
from deploy.builds.speaking import speaking_build
from deploy.builds.unbuilt import why_unbuilt
from deploy.builds.usual import experience
from deploy.core import errors
from deploy.core.ask import ask, known
from deploy.core.model import LATEST, Build, Done, Operation, Target, short
from deploy.core.outcomes import Completed, Outcome
from deploy.deploys import situation
from deploy.deploys.arguments import DeployArguments, WaitArguments
from deploy.deploys.errors import BuildFailed
from deploy.deploys.gates import unbuilt
from deploy.deploys.running import newest_deployments
from deploy.deploys.situation import Resolved
from deploy.engine.locks import BlockedBy, HeldBy

if TYPE_CHECKING:
    from deploy.engine.engine import Op
    from deploy.world import World

PASSING = (errors.TimedOut, errors.Unreachable, errors.ServerFault, errors.RateLimited)


async def wait(world: World, op: Op) -> Outcome:
    """Wait for the build, then for the target; then begin the deploy as an operation of its own."""
    asked = op.arguments(WaitArguments)
    target = world.targets.named(asked.target)
    world = world.of(target)
    resolved = await op.step("resolve", Resolved, lambda: situation.resolve(world, target, asked.ref))
    await op.step("wait for the build", Done, lambda: _built(world, op, target, resolved))
    begun = await op.step("wait for the target", Done, lambda: _begin(world, op, target, resolved))
    return Completed(f"{short(resolved.commit.sha)} is built; its deploy is {begun.note}", begun=begun.note)


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


async def _begin(world: World, op: Op, target: Target, resolved: Resolved) -> Done:
    """Submit the deploy under an id that follows from this operation's, so that doing it twice does it once."""
    deploy = _deploy(op, target, resolved, await world.memory.now())
    deadline = time.monotonic() + world.timeouts.build_within
    while time.monotonic() < deadline:
        if busy := await _past_fisk(world, target):
            await op.report(busy)
            await op.pause(world.timeouts.poll)
            continue
        try:
            begun = await submit(world, deploy)
        except BlockedBy as blocked:
            if blocked.snapshot.operation.id in {deploy.id, question(deploy.id)}:
                return Done(blocked.snapshot.operation.id)  # submitted by an earlier run
            await op.report(f"{blocked.snapshot.operation.id} goes first")
        except HeldBy as held:
            await op.report(f"on hold: {held.hold.reason}")
        except errors.Draining:
            await op.report("fisk shuts down here; another one goes on")
        else:
            return Done(begun.id)
        await op.pause(world.timeouts.poll)
    raise errors.GaveUpWaiting(minutes=world.timeouts.build_within / 60, what="the target to be free")


async def _past_fisk(world: World, target: Target) -> str:
    """What keeps Coolify busy with the target, though no operation of fisk's holds it; empty where nothing does.

    What Coolify refuses for good is for the deploy itself to tell.
    """
    if target.resource in await world.memory.locks.locked():
        return ""
    if target.kind == "compose":
        return await _compose(world, target)
    try:
        deployments = await newest_deployments(world, target)
    except PASSING as failure:
        return str(failure)
    except errors.SystemFailure:
        return ""
    active = next((each for each in deployments if each.active), None)
    if active is None:
        return ""
    return f"Coolify works on deployment {active.shown} ({active.status.replace('_', ' ')}), which goes first"


async def _compose(world: World, target: Target) -> str:
    busy = await ask(target.host, world.systems.compose[target.name].busy())
    return f"docker compose is at work in {target.folder}, which goes first" if known(busy) else ""


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
