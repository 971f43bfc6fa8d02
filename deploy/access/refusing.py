"""What somebody is told who may not, since a person or fisk.toml holds what they want to change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.freeze import is_rule
from deploy.core.units import day_and_time

if TYPE_CHECKING:
    from deploy.core.model import Actor, Hold


def on_hold(hold: Hold) -> errors.OnHold | errors.Frozen:
    """The refusal of a command for a resource that a person holds, or that is frozen."""
    if is_rule(hold):
        frozen = "everything" if hold.resource.name == "all" else hold.resource.plain
        return errors.Frozen(target=frozen, until=day_and_time(hold.until), reason=hold.reason)
    return errors.OnHold(
        holder=name(hold.actor),
        target=hold.resource.name,
        since=day_and_time(hold.since),
        reason=hold.reason,
        ends=f" until {day_and_time(hold.until)}" if hold.until else "",
    )


def name(actor: Actor) -> str:
    """`@ana`, or `ana at a terminal`: plain text, which notifies nobody."""
    if actor.at_terminal:
        return f"{actor.user} (terminal)"
    return f"@{actor.name or actor.id}"
