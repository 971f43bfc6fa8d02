"""Texts of a target's own checks: what a plan and a deploy say of them, and how a bake ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.words.news import because, lines, parted, sentences
from bot.words.registry import log, outcome_offers, outcome_text
from deploy.core.checks import named
from deploy.core.model import Offer, Operation, short
from deploy.core.units import minutes, plural
from deploy.deploys.offers import to_go_back
from deploy.deploys.outcomes import Baked, BakeEnded, BakeFailed, Deployed

if TYPE_CHECKING:
    from bot.words.format import Format
    from deploy.core.model import Target


def to_be_asked(target: Target, fmt: Format) -> tuple[str, ...]:
    """The line below the gates that names what is asked after the deploy; none where nothing is."""
    if not target.checks:
        return ()
    bakes = f"; it bakes for {minutes(target.bake)}" if target.bake else ""
    return (fmt.escape(f"Then it must pass: {named(target.checks)}{bakes}."),)


def passed(it: Deployed, fmt: Format) -> str:
    """As in `2 checks passed; it bakes until 14:12`, a sentence; empty where there were none."""
    found = f"{plural(it.checks, 'check')} passed" if it.checks else ""
    bakes = f"it bakes until {fmt.clock(it.bakes_until)}" if it.bakes_until else ""
    told = "; ".join(part for part in (found, bakes) if part)
    return f"{told[0].upper()}{told[1:]}." if told else ""


@outcome_text.register(Baked)
def _baked(it: Baked, _operation: Operation, fmt: Format) -> str:
    first = f"{it.target} runs {short(it.sha)}: proven, {plural(it.checks, 'check')} passed for {minutes(it.seconds)}."
    unseen = f"For {minutes(it.unseen)} of it nobody looked." if it.unseen else ""
    unknown = (f"Not known: {each}." for each in it.unknown)
    return fmt.escape(lines(first, sentences(unseen, *unknown)))


@outcome_text.register(BakeEnded)
def _ended(it: BakeEnded, _operation: Operation, fmt: Format) -> str:
    return fmt.escape(f"{it.target}: {short(it.sha)} does not bake to its end: {it.why}.")


@outcome_text.register(BakeFailed)
def _failed(it: BakeFailed, _operation: Operation, fmt: Format) -> str:
    what, why = parted(it.error.sentence)
    then = f"{it.begun} puts back what ran before" if it.begun else "nothing was put back"
    told = "" if it.begun else f"It was not put back, since {it.why.rstrip('.')}."
    return fmt.escape(lines(f"{it.target}: {what}; {then}.", sentences(because(why), told)))


@outcome_offers.register(BakeFailed)
def _go_on(it: BakeFailed, operation: Operation) -> tuple[Offer, ...]:
    """Where fisk does not, somebody may go back."""
    if it.begun:
        return Offer("Show it", f"op {it.begun}"), log(operation)
    asks = to_go_back(it.target, "the last release", short(it.sha))
    back = Offer("Roll back", f"rollback {it.target} --when-ran {short(it.sha)}", danger=True, asks=asks)
    return back, log(operation)
