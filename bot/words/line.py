"""Texts about those who wait in line for a target, and of what a newer one overtook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.words.registry import Text, log, outcome_offers, outcome_text, reply_text
from commands.line import Skipping
from deploy.core.model import Offer, Operation, short
from deploy.deploys.line import line_of, placed, skipping
from deploy.deploys.outcomes import Skipped

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.words.format import Format
    from deploy.engine.snapshot import Snapshot


@reply_text.register(Skipping)
def _skipping(reply: Skipping, fmt: Format) -> Text:
    operation = reply.operation
    told = f"{operation.id} lets a newer one go in its place, where one waits when its turn has come"
    behind = f"; behind it: {', '.join(reply.behind)}" if reply.behind else "; nobody stands behind it now"
    text = f"{fmt.person(reply.by)}: {fmt.escape(told + behind)}."
    return text, (Offer("Show it", f"op {operation.id}"),)


@outcome_text.register(Skipped)
def _skipped(it: Skipped, _operation: Operation, fmt: Format) -> str:
    first = f"{it.target}: {short(it.sha)} skipped: overtaken by {short(it.newer)}"
    waits = f"\n{it.waits} waits to deploy that." if it.waits else ""
    return fmt.escape(f"{first}.{waits}")


@outcome_offers.register(Skipped)
def _after_skipping(it: Skipped, operation: Operation) -> tuple[Offer, ...]:
    show = (Offer("Show it", f"op {it.waits}"),) if it.waits else ()
    return (*show, log(operation))


def in_line(snapshot: Snapshot, running: Iterable[Snapshot]) -> str:
    """`, 2nd in line`, behind what it waits for; empty for what waits for no target."""
    place = placed(snapshot, running)
    return f", {place}" if place else ""


def letting_go_first(snapshot: Snapshot, running: Iterable[Snapshot]) -> tuple[Offer, ...]:
    """The offer to let a newer one go in its place, where others stand behind it."""
    return skipping(snapshot, line_of(snapshot.operation.arguments.place, running))
