"""What somebody is told who may not, since an operation, a person or fisk.toml has what they want to change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.freeze import is_rule
from deploy.core.model import Dialog, Offer
from deploy.core.parts import beside
from deploy.core.units import cut, day_and_time, instant, minutes

if TYPE_CHECKING:
    from deploy.core.model import Actor, Hold, Operation
    from deploy.engine.snapshot import Snapshot

SHOWN = 250  # characters of who holds what and why, in a dialog


def on_hold(hold: Hold) -> errors.OnHold | errors.Frozen:
    """The refusal of a command for a resource that a person holds, or that is frozen."""
    if is_rule(hold):
        frozen = "everything" if hold.resource.name == "all" else hold.resource.plain
        return errors.Frozen(target=frozen, until=instant(hold.until), reason=hold.reason)
    return errors.OnHold(
        holder=name(hold.actor),
        target=hold.resource.name,
        since=instant(hold.since),
        reason=hold.reason,
        ends=f" until {instant(hold.until)}" if hold.until else "",
    )


def taken(snapshot: Snapshot, now: float, busy: str, *, again: str = "") -> errors.Refusal:
    """The refusal of what needs another operation's lock.

    `busy` is what that one is doing, as its kind says; `again` the command that waits for it.
    """
    operation = snapshot.operation
    if not snapshot.known:
        return errors.LockedForUnknown(
            target=operation.resources[0].plain, operation=operation.id, offers=(unlocking(operation),)
        )
    step = f"step {snapshot.step}" if snapshot.step else "about to begin"
    life = f"last sign of life {minutes(now - snapshot.seen)} ago" if snapshot.seen else "no sign of life yet"
    said = beside(snapshot.step, snapshot.progress).rstrip(".")
    progress = f"; {said}" if said else ""
    activity = f"{busy} ({step}, {minutes(now - operation.created)}; {life}{progress})"
    after = (Offer("Deploy after it", again),) if again else ()
    offers = (*after, Offer("Show it", f"op {operation.id}"))
    return errors.Locked(
        holder=name(operation.actor), activity=activity, operation=operation.id, offers=offers
    )


def unlocking(operation: Operation) -> Offer:
    """The offer to take its lock away, which asks first."""
    return Offer("Take the lock away", f"unlock {operation.resources[0].plain} --force")


def lifting(hold: Hold) -> Offer:
    """The offer to lift a person's hold."""
    target = hold.resource.name
    held = f"{name(hold.actor)} holds {target} since {day_and_time(hold.since)}: {hold.reason.rstrip('.')}."
    asks = Dialog(f"{cut(held, SHOWN)} Lift that?", f"Unlock {target}", "Let it be held")
    return Offer("Unlock", f"unlock {target}", danger=True, asks=asks)


def name(actor: Actor) -> str:
    """`@ana`, or `ana at a terminal`: plain text, which notifies nobody."""
    if actor.at_terminal:
        return f"{actor.user} (terminal)"
    called = actor.name or actor.id
    return f"@{called}" if actor.id else called
