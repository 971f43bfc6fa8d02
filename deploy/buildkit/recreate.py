"""buildkit recreate: the container anew, exactly as the platform defines it, the old one kept until that answers."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploy.buildkit.load import the_builder
from deploy.buildkit.ready import Ready, insist, ready
from deploy.buildkit.restart import note, what_is_so, would_die
from deploy.core import errors
from deploy.core.model import Done, Failure
from deploy.core.outcomes.builder import BuilderDown, BuilderPutBack, BuilderRestarted, Killed

if TYPE_CHECKING:
    from deploy.core.outcomes import Outcome
    from deploy.engine.engine import Op
    from deploy.systems.buildkit import BuildKit
    from deploy.world import World

EVERYWHERE = {"", "0.0.0.0", "::", "[::]", "*"}


@dataclass(frozen=True, slots=True)
class Plan:
    """What was there before: the container by its id (empty: none), whether it ran, and whether BuildKit answered."""

    at: float
    killed: tuple[Killed, ...]
    old: str
    ran: bool
    answered: bool
    note: str


def aside(builder: BuildKit) -> str:
    """The name that the old container has meanwhile; always the same, so that a locked-down key can allow it."""
    return f"{builder.spec.container}-before"


async def recreate(world: World, op: Op) -> Outcome:
    """Put the old container aside, make the new one, see it answer; else the old one comes back."""
    builder = the_builder(world)
    force = bool(op.operation.arguments.get("force"))
    plan = await op.step("builds", Plan, lambda: _plan(world, builder, force=force))
    try:
        if plan.old:
            await op.step("set aside", Done, lambda: insist(world, op, lambda: _set_aside(builder, plan)))
        await op.step("make", Done, lambda: insist(world, op, lambda: _make(builder)))
        answered = await op.step("ready", Ready, lambda: ready(world, op, builder))
    except errors.FiskError as error:
        return await _put_back(world, op, builder, plan, error.failure)
    with op.undoing():
        cleared = await op.step("clear away", Done, lambda: _clear(builder, plan))
    seconds = max(0.0, answered.at - plan.at)
    return BuilderRestarted(
        builder.spec.host, seconds, answered.platforms, plan.killed, anew=True, note=cleared.note
    )


async def _plan(world: World, builder: BuildKit, *, force: bool) -> Plan:
    """Raises the refusals: the wrong address, builds that run, something left over."""
    await _bindable(builder)
    current = await builder.container()
    old = await builder.docker.container(aside(builder))
    if current and old:
        raise errors.LeftOver(host=builder.spec.host, aside=old.name, container=current.name)
    killed = await would_die(world, "recreate", force=force)
    was = current or old
    ran = (
        current.running if current else bool(old)
    )  # one that was set aside is a builder that somebody stopped
    answered = bool(current) and ran and (await builder.answer()).answers
    return Plan(time.time(), killed, was.id if was else "", ran, answered, note(killed))


async def _bindable(builder: BuildKit) -> None:
    spec = builder.spec
    if spec.address in EVERYWHERE:
        raise errors.OpenToAll(address=spec.address or "every address")
    addresses = await builder.addresses()
    if spec.address not in addresses:
        raise errors.NoSuchAddress(host=spec.host, address=spec.address, addresses=", ".join(addresses))


async def _set_aside(builder: BuildKit, plan: Plan) -> Done:
    """Renamed first, so that whoever resumes this knows it by its name; then stopped, which frees the port."""
    docker, name = builder.docker, aside(builder)
    current = await builder.container()
    if current and current.id == plan.old:
        await docker.rename(builder.spec.container, name)
    old = await docker.container(name)
    if old and old.state not in {"exited", "created"}:
        await docker.stop(name)
    return Done(f"kept as {name}")


async def _make(builder: BuildKit) -> Done:
    """One that an earlier run made only half is made again."""
    current = await builder.container()
    if current and current.running:
        return Done("it runs")
    if current:
        await builder.docker.remove(builder.spec.container)
    await builder.docker.create(builder.definition())
    return Done(f"{builder.spec.image} on {builder.spec.address}:{builder.spec.port}")


async def _clear(builder: BuildKit, plan: Plan) -> Done:
    """What is left over is only worth a note."""
    if not plan.old:
        return Done()
    try:
        if await builder.docker.container(aside(builder)):
            await builder.docker.remove(aside(builder))
    except errors.HostFailure as failure:
        return Done(f"The old container is still there as {aside(builder)}: {failure}")
    return Done()


# --- when it went wrong


async def _put_back(world: World, op: Op, builder: BuildKit, plan: Plan, error: Failure) -> Outcome:
    with op.undoing():
        if not plan.old:
            return await op.step("assess", BuilderDown, lambda: _assess(builder, plan, error))
        try:
            await op.step("put back", Done, lambda: insist(world, op, lambda: _bring_back(builder, plan)))
            answers = plan.answered
            if answers:
                await op.step("ready again", Ready, lambda: ready(world, op, builder))
        except errors.FiskError:
            return await op.step("assess", BuilderDown, lambda: _assess(builder, plan, error))
    cancelled = error.code == errors.CancelRequested.slug
    return BuilderPutBack(error, builder.spec.host, answers, plan.answered, plan.killed, cancelled)


async def _bring_back(builder: BuildKit, plan: Plan) -> Done:
    docker, spec = builder.docker, builder.spec
    old = await docker.container(aside(builder))
    current = await builder.container()
    if old and current:
        await docker.remove(spec.container)
    if old:
        await docker.rename(aside(builder), spec.container)
    if plan.ran:
        await docker.start(spec.container)
    return Done("the old container is back")


async def _assess(builder: BuildKit, plan: Plan, error: Failure) -> BuilderDown:
    so = await what_is_so(builder)
    try:
        kept = await builder.docker.container(aside(builder)) if plan.old else None
    except errors.HostFailure:
        kept = None
    if kept:
        back = f"docker rename {kept.name} {builder.spec.container}"
        so += f" The old one is kept as {kept.name}, {kept.state}; `{back}` brings it back."
    return BuilderDown(error, builder.spec.host, so, plan.killed)
