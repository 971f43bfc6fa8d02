"""deploy SHA --wait: when its build is done and nobody else works on the target, deploy it.

It holds no lock while it waits, so that it blocks no other operation.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from deploy.builds import rules
from deploy.builds.usual import experience
from deploy.core import errors
from deploy.core.model import LATEST, Build, Done, Operation, Target, short
from deploy.core.outcomes import Completed, Outcome
from deploy.deploys import situation
from deploy.deploys.arguments import DeployArguments, WaitArguments
from deploy.deploys.errors import BuildFailed
from deploy.deploys.situation import Resolved
from deploy.engine.locks import BlockedBy, HeldBy

if TYPE_CHECKING:
    from deploy.engine.engine import Op
    from deploy.world import World


async def wait(world: World, op: Op) -> Outcome:
    """Wait for the build, then for the target; then begin the deploy as an operation of its own."""
    asked = op.arguments(WaitArguments)
    target = world.targets.named(asked.target)
    resolved = await op.step("resolve", Resolved, lambda: situation.resolve(world, target, asked.ref))
    await op.step("wait for the build", Done, lambda: _built(world, op, target, resolved))
    begun = await op.step("wait for the target", Done, lambda: _begin(world, op, target, resolved))
    return Completed(f"{short(resolved.commit.sha)} is built; its deploy is {begun.note}")


async def _built(world: World, op: Op, target: Target, resolved: Resolved) -> Done:
    """Raises BuildFailed, and errors.GaveUpWaiting after the time for a build."""
    sha, earlier = resolved.commit.sha, None
    deadline = time.monotonic() + world.timeouts.build_within
    while time.monotonic() < deadline:
        try:
            build = rules.newest(await world.systems.github.builds(target.workflow, sha=sha, limit=5))
        except errors.SystemFailure as failure:
            await op.report(str(failure))
        else:
            if build is None or build.status == "completed":
                return _outcome(build, sha)
            if earlier is None or earlier.usual is None:
                earlier = await experience(world, target.workflow)
            await op.report(f"GitHub: {await situation.how_it_goes(world, target, build, earlier)}")
        await op.pause(world.timeouts.poll)
    raise errors.GaveUpWaiting(minutes=world.timeouts.build_within / 60, what=f"the build of {short(sha)}")


def _outcome(build: Build | None, sha: str) -> Done:
    """Whether there is an image is for the deploy's own gates to see; a failed build need not get that far."""
    if build is None or build.conclusion == "success":
        return Done("built" if build else "no build to wait for")
    raise BuildFailed(sha=short(sha), conclusion=build.conclusion, url=build.url)


async def _begin(world: World, op: Op, target: Target, resolved: Resolved) -> Done:
    """Submit the deploy under an id that follows from this operation's, so that doing it twice does it once."""
    deploy = _deploy(op, target, resolved, await world.memory.now())
    deadline = time.monotonic() + world.timeouts.build_within
    while time.monotonic() < deadline:
        try:
            await world.memory.submit(deploy)
        except BlockedBy as blocked:
            if blocked.snapshot.operation.id == deploy.id:
                return Done(deploy.id)  # submitted by an earlier run
            await op.report(f"{blocked.snapshot.operation.id} goes first")
        except HeldBy as held:
            await op.report(f"on hold: {held.hold.reason}")
        except errors.Draining:
            await op.report("fisk shuts down here; another one goes on")
        else:
            return Done(deploy.id)
        await op.pause(world.timeouts.poll)
    raise errors.GaveUpWaiting(minutes=world.timeouts.build_within / 60, what="the target to be free")


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
