"""env copy and env undo: plan, back up, write, remove, read back; restore where it is cancelled half way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from deploy.access.approvals import require
from deploy.core import errors
from deploy.core.outcomes import Cancelled, Failed, Outcome
from deploy.env.apply import Application
from deploy.env.order import Order, Planned
from deploy.env.outcomes import EnvCopied, EnvHalf, EnvPutBack
from deploy.env.redeploy import redeploy

if TYPE_CHECKING:
    from deploy.engine.engine import Op
    from deploy.env.compare import ReadBack
    from deploy.world import World

BACK = "undo: "  # before the names of the steps that put a stopped copy back


async def copy_env(world: World, op: Op) -> Outcome:
    """Copy variables as confirmed; what cannot be finished is named, with the ways on and back."""
    order = op.arguments(Order)
    run = Application(world, op, order)
    planned = await run.plan(keep=True)
    await require(world, op, order.sure)
    try:
        seen = await run.apply_plan(planned)
    except errors.CancelRequested:
        return await _take_back(world, op, order, run, planned)
    except errors.FiskError as error:
        seen = await run.look(planned)
        if not seen.whole:
            return _stopped(op, order, planned, seen, error)
    if not seen.whole:
        return _half(op, order, planned, seen)
    copied = _copied(order, planned, seen)
    return await redeploy(world, op, order, copied) if order.redeploy else copied


async def undo_env(world: World, op: Op) -> Outcome:
    """Put the target's variables back as they were before an earlier operation."""
    order = op.arguments(Order)
    run = Application(world, op, order)
    planned = await run.plan(keep=True)
    await require(world, op, order.sure)
    with op.undoing():
        return await _go_back(op, order, run, planned)


async def _take_back(world: World, op: Op, order: Order, there: Application, begun: Planned) -> Outcome:
    """After a cancellation: undo what was written, from this operation's own backup."""
    base = order.base or op.operation.id
    going_back = replace(order, source=order.target, base=base, going_back=True, sure="", redeploy=False)
    run = Application(world, op, going_back, BACK, begun)
    with op.undoing():
        try:
            planned = await run.plan(keep=False)
        except errors.FiskError as error:
            stopped = _stopped(op, order, begun, await there.look(begun), error)
            if isinstance(stopped, EnvHalf):
                return replace(stopped, cancelled=True)
            return Cancelled(op.cancelled_by or op.operation.actor)
        outcome = await _go_back(op, going_back, run, planned)
    return replace(outcome, cancelled=True) if isinstance(outcome, EnvPutBack) else outcome


async def _go_back(op: Op, order: Order, run: Application, planned: Planned) -> Outcome:
    try:
        seen = await run.apply_plan(planned)
    except errors.FiskError as error:
        seen = await run.look(planned)
        if not seen.whole:
            return _stopped(op, order, planned, seen, error)
    return EnvPutBack(order.target.name, order.base, seen.lines)


def _stopped(
    op: Op, order: Order, planned: Planned, seen: ReadBack, error: errors.FiskError
) -> EnvHalf | Failed:
    """It could not go on; where nothing had been done yet, that is all there is to say."""
    if not seen.touched and not order.base:
        return Failed(error.failure)
    return _half(op, order, planned, seen, error)


def _copied(order: Order, planned: Planned, seen: ReadBack) -> EnvCopied:
    return EnvCopied(
        source=order.source.name,
        target=order.target.name,
        lines=seen.lines,
        same=planned.same,
        previews_made=seen.previews_made,
        moved=seen.moved,
    )


def _half(
    op: Op, order: Order, planned: Planned, seen: ReadBack, error: errors.FiskError | None = None
) -> EnvHalf:
    return EnvHalf(
        source=order.source.name,
        target=order.target.name,
        lines=seen.lines,
        same=planned.same,
        moved=seen.moved,
        error=error.failure if error else None,
        base=order.base if order.going_back else op.operation.id,
        going_back=order.going_back,
    )
