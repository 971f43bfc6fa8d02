"""buildkit recreate: replaces the container by one as the platform defines it; keeps the old one until it answers."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING

from deploy.access.approvals import require
from deploy.buildkit.arguments import RecreateArguments
from deploy.buildkit.errors import LeftOver, NoSuchAddress, OpenToAll
from deploy.buildkit.load import the_buildkit
from deploy.buildkit.outcomes import BuildKitDown, BuildKitPutBack, BuildKitRestarted, Killed
from deploy.buildkit.ready import TOLD_WITHIN, Ready, insist, ready
from deploy.buildkit.restart import note, what_is_so, would_die
from deploy.core import errors
from deploy.core.ask import ask, known
from deploy.core.model import Done, Failure
from deploy.core.values import dataclass
from deploy.engine.kind import DIGITS, Plan

if TYPE_CHECKING:
    from deploy.core.model import Operation
    from deploy.core.outcomes import Outcome
    from deploy.engine.engine import Op
    from deploy.systems.buildkit import BuildKit
    from deploy.systems.docker import Container
    from deploy.world import World

EVERYWHERE = {"", "0.0.0.0", "::", "[::]", "*"}


@dataclass(frozen=True, slots=True)
class Before:
    """The state before: the container's id (empty: none), whether it ran, and whether BuildKit answered."""

    at: float
    killed: tuple[Killed, ...]
    old: str
    ran: bool
    answered: bool
    note: str


def aside(buildkit: BuildKit) -> str:
    """The old container's temporary name; constant, so that a restricted ssh key can allow it."""
    return f"{buildkit.spec.container}-before"


async def recreate(world: World, op: Op) -> Outcome:
    """Rename the old container, create the new one, wait until it answers; on failure restore the old one."""
    buildkit = the_buildkit(world)
    force = op.arguments(RecreateArguments).force
    plan = await op.step("builds", Before, lambda: _plan(world, buildkit, force=force))
    await require(world, op, _fingerprint(buildkit, plan))
    try:
        if plan.old:
            await op.step("set aside", Done, lambda: insist(world, op, lambda: _set_aside(buildkit, plan)))
        await op.step("make", Done, lambda: insist(world, op, lambda: _make(buildkit)))
        answered = await op.step("ready", Ready, lambda: ready(world, op, buildkit))
    except errors.FiskError as error:
        return await _put_back(world, op, buildkit, plan, error.failure)
    with op.undoing():
        cleared = await op.step("clear away", Done, lambda: _clear(buildkit, plan))
    seconds = max(0.0, answered.at - plan.at)
    return BuildKitRestarted(
        buildkit.spec.host, seconds, answered.platforms, plan.killed, anew=True, note=cleared.note
    )


async def plan_recreate(world: World, operation: Operation) -> Plan:
    """What it would do now, for whoever approves it. Raises the refusals."""
    asked = operation.arguments
    buildkit = the_buildkit(world)
    plan = await _plan(world, buildkit, force=bool(getattr(asked, "force", False)))
    return Plan(
        f"make BuildKit anew on {buildkit.spec.host} as {buildkit.spec.image}",
        _fingerprint(buildkit, plan),
        (plan.note,) if plan.note else (),
        "buildkit",
    )


def _fingerprint(buildkit: BuildKit, plan: Before) -> str:
    """Of the definition, the container that goes, and the builds that die with it."""
    about = (buildkit.definition(), plan.old, plan.ran, sorted(str(each) for each in plan.killed))
    return hashlib.sha256(repr(about).encode()).hexdigest()[:DIGITS]


async def _plan(world: World, buildkit: BuildKit, *, force: bool) -> Before:
    """The state before. Raises the refusals: a wrong address, running builds, a container left over."""
    await _bindable(buildkit)
    current = await buildkit.container()
    old = await buildkit.docker.container(aside(buildkit))
    if current and old:
        raise LeftOver(host=buildkit.spec.host, aside=old.name, container=current.name)
    killed = await would_die(world, "recreate", force=force)
    was = current or old
    ran = current.running if current else bool(old)  # a renamed one was running before
    answered = bool(current) and ran and (await buildkit.answer()).answers
    return Before(time.time(), killed, was.id if was else "", ran, answered, note(killed))


async def _bindable(buildkit: BuildKit) -> None:
    spec = buildkit.spec
    if spec.address in EVERYWHERE:
        raise OpenToAll(address=spec.address or "every address")
    addresses = await buildkit.addresses()
    if spec.address not in addresses:
        raise NoSuchAddress(host=spec.host, address=spec.address, addresses=", ".join(addresses))


async def _set_aside(buildkit: BuildKit, plan: Before) -> Done:
    """Rename it first, so that a resumed run recognises it by name; then stop it, which frees the port."""
    docker, name = buildkit.docker, aside(buildkit)
    current = await buildkit.container()
    if current and current.id == plan.old:
        await docker.rename(buildkit.spec.container, name)
    old = await docker.container(name)
    if old and old.state not in {"exited", "created"}:
        await docker.stop(name)
    return Done(f"kept as {name}")


async def _make(buildkit: BuildKit) -> Done:
    """Create the new container; replace one that does not run, from an earlier run."""
    current = await buildkit.container()
    if current and current.running:
        return Done("it runs")
    if current:
        await buildkit.docker.remove(buildkit.spec.container)
    await buildkit.docker.create(buildkit.definition())
    return Done(f"{buildkit.spec.image} on {buildkit.spec.address}:{buildkit.spec.port}")


async def _clear(buildkit: BuildKit, plan: Before) -> Done:
    """Remove the old container; a failure becomes a note."""
    if not plan.old:
        return Done()
    try:
        if await buildkit.docker.container(aside(buildkit)):
            await buildkit.docker.remove(aside(buildkit))
    except errors.HostFailure as failure:
        return Done(f"The old container is still there as {aside(buildkit)}: {failure}")
    return Done()


# --- after a failure


async def _put_back(world: World, op: Op, buildkit: BuildKit, plan: Before, error: Failure) -> Outcome:
    with op.undoing():
        if not plan.old:
            return await op.step("assess", BuildKitDown, lambda: _assess(buildkit, plan, error))
        try:
            await op.step("put back", Done, lambda: insist(world, op, lambda: _bring_back(buildkit, plan)))
            answers = plan.answered
            if answers:
                await op.step("ready again", Ready, lambda: ready(world, op, buildkit))
        except errors.FiskError:
            return await op.step("assess", BuildKitDown, lambda: _assess(buildkit, plan, error))
    cancelled = error.code == errors.CancelRequested.slug
    return BuildKitPutBack(error, buildkit.spec.host, answers, plan.answered, plan.killed, cancelled)


async def _bring_back(buildkit: BuildKit, plan: Before) -> Done:
    docker, spec = buildkit.docker, buildkit.spec
    old = await docker.container(aside(buildkit))
    current = await buildkit.container()
    if old and current:
        await docker.remove(spec.container)
    if old:
        await docker.rename(aside(buildkit), spec.container)
    if plan.ran:
        await docker.start(spec.container)
    return Done("the old container is back")


async def _assess(buildkit: BuildKit, plan: Before, error: Failure) -> BuildKitDown:
    so = await what_is_so(buildkit)
    old = await _old_container(buildkit) if plan.old else None
    if old:
        command = f"docker rename {old.name} {buildkit.spec.container}"
        so += f" The old one is kept as {old.name}, {old.state}; `{command}` brings it back."
    return BuildKitDown(error, buildkit.spec.host, so, plan.killed)


async def _old_container(buildkit: BuildKit) -> Container | None:
    """The old container under its temporary name; None where there is none or the host does not answer."""
    return known(await ask(buildkit.spec.host, buildkit.docker.container(aside(buildkit)), TOLD_WITHIN))
