"""env copy and env undo: plan, keep, write, remove, read back; and back again where somebody stops it half way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from deploy import errors
from deploy.operations.env.carry import Acted, Carrying, ReadBack
from deploy.operations.env.order import Order, Planned
from deploy.operations.env.redeploy import redeploy
from deploy.outcomes import Failed
from deploy.outcomes.env import EnvCopied, EnvHalf, EnvPutBack, Line

if TYPE_CHECKING:
    from deploy.operations.engine import Op
    from deploy.outcomes import Outcome
    from deploy.world import World

BACK = "undo: "  # before the names of the steps that put a stopped copy back


async def copy_env(world: World, op: Op) -> Outcome:
    """Copy variables as confirmed; what cannot be finished is named, with the ways on and back."""
    order = Order.of(op.operation)
    carrying = Carrying(world, op, order)
    planned = await carrying.plan(keep=True)
    try:
        acted = await carrying.act(planned)
        seen = await carrying.read_back(planned, acted)
    except errors.CancelRequested:
        return await _take_back(world, op, order)
    except errors.FiskError as error:
        return await _stopped(op, order, carrying, planned, error)
    if not seen.whole:
        return _half(op, order, planned, seen)
    copied = _copied(order, planned, seen)
    return await redeploy(world, op, order, copied) if order.redeploy else copied


async def undo_env(world: World, op: Op) -> Outcome:
    """Put the target's variables back as they were before an earlier operation."""
    order = Order.of(op.operation)
    carrying = Carrying(world, op, order)
    planned = await carrying.plan(keep=True)
    with op.undoing():
        try:
            seen = await carrying.read_back(planned, await carrying.act(planned))
        except errors.FiskError as error:
            return await _stopped(op, order, carrying, planned, error)
    return _put_back(order, seen)


async def _take_back(world: World, op: Op, order: Order) -> Outcome:
    """Somebody asked to stop: what was written is taken back, from what this operation itself keeps."""
    back = replace(order, source=order.target, base=op.operation.id, back=True, sure="", redeploy=False)
    carrying = Carrying(world, op, back, BACK)
    with op.undoing():
        planned = await carrying.plan(keep=False)
        try:
            seen = await carrying.read_back(planned, await carrying.act(planned))
        except errors.FiskError as error:
            return await _stopped(op, back, carrying, planned, error)
    return replace(_put_back(back, seen), cancelled=True)


async def _stopped(
    op: Op, order: Order, carrying: Carrying, planned: Planned, error: errors.FiskError
) -> Outcome:
    """It could not go on: say what is so now, as far as Coolify tells."""
    with op.undoing():
        try:
            seen = await carrying.read_back(planned, Acted(), name="look")
        except errors.FiskError:
            return _half(op, order, planned, ReadBack(_unknown(planned)), error)
    touched = any(line.became in {"copied", "overwritten", "removed", "differs"} for line in seen.lines)
    if not touched and not seen.twins and not order.base:
        return Failed(error.failure)
    return _half(op, order, planned, seen, error)


def _unknown(planned: Planned) -> tuple[Line, ...]:
    acts = planned.of("add", "change", "remove")
    return tuple(
        Line(entry.key, entry.preview, "failed", "Coolify does not say whether it was done") for entry in acts
    )


def _copied(order: Order, planned: Planned, seen: ReadBack) -> EnvCopied:
    return EnvCopied(
        source=order.source.name,
        target=order.target.name,
        lines=seen.lines,
        same=planned.same,
        twins=seen.twins,
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
        base=order.base if order.back else op.operation.id,
        back=order.back,
    )


def _put_back(order: Order, seen: ReadBack) -> EnvPutBack:
    return EnvPutBack(order.target.name, order.base, seen.lines)
