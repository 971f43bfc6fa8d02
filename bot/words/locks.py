"""Texts of `lock`, `unlock` and `locks`."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from bot.words.line import in_line
from bot.words.registry import Text, reply_text
from commands.conflicts import unlocking
from commands.locks import Frozen, LocksTable, TakenAway, Thawed, WhyHold
from deploy.access.refusing import lifting
from deploy.core.freeze import EVERYTHING, is_rule
from deploy.core.model import Hold, Offer
from deploy.core.units import age, minutes
from deploy.kinds import KINDS

if TYPE_CHECKING:
    from bot.words.format import Format
    from deploy.engine.audit import Entry
    from deploy.engine.claims import Aside
    from deploy.engine.journal import Snapshot
    from deploy.engine.locks import Lifted


@reply_text.register(LocksTable)
def _locks(reply: LocksTable, fmt: Format) -> Text:
    if not (reply.holds or reply.running or reply.set_aside):
        return "Nothing is under way, and nobody holds anything.", ()
    holds = [_standing(hold, fmt) for hold in reply.holds]
    running = [under_way(each, reply.now, fmt, reply.running) for each in reply.running]
    offers = tuple(unlocking(each.operation) for each in reply.running if not each.known)
    aside = [set_aside(each, fmt) for each in reply.set_aside]
    return "\n".join([*running, *aside, *holds]), offers


def set_aside(aside: Aside, fmt: Format) -> str:
    """The line about an operation that nobody runs."""
    id_ = aside.operation
    do = f"Look at what it was about, then `/fisk op {id_} retry` or `/fisk op {id_} abandon`"
    return fmt.escape(f"{id_}: set aside, since {aside.because}. {do}.")


def aside_news(aside: Aside, began: Entry | None, fmt: Format) -> str:
    """What is told once; `began` says who began what, where that is known."""
    who = f"{fmt.person(began.actor)}: " if began else ""
    what = f" ({fmt.typed(began.what)})" if began else ""
    keeps = "It keeps its locks, and nobody runs it until somebody says so."
    return (
        f"{who}{fmt.escape(aside.operation)}{what} is set aside, since {fmt.escape(aside.because)}. {keeps}"
    )


def after_aside(operation: str) -> tuple[Offer, ...]:
    """What can be done with it."""
    return (
        Offer("Try it again", f"op {operation} retry"),
        Offer("Abandon it", f"op {operation} abandon"),  # which asks first
    )


@reply_text.register(Frozen)
def _frozen(reply: Frozen, fmt: Format) -> Text:
    hold, unlock = reply.hold, fmt.escape(f"/fisk unlock {_target(reply.hold)}")
    nobody = "Nobody changes anything" if hold.resource == EVERYTHING else "Nobody deploys to it"
    ends = fmt.moment(hold.until) if fmt.slack else fmt.escape(reply.ends)
    ends = f"{ends}, or " if reply.ends else ""
    text = f"{fmt.person(hold.actor)} holds {_held(hold, fmt)}. {nobody} until {ends}`{unlock}`."
    return text, (lifting(hold),)


@reply_text.register(WhyHold)
def _why(reply: WhyHold, fmt: Format) -> Text:
    line = f"/fisk lock {reply.target}"
    text = f"Why is {reply.target} to be held? Say it in the line: `{line} REASON`, as in `{line} we measure --for 2h`."
    return fmt.escape(text), ()


@reply_text.register(Thawed)
def _thawed(reply: Thawed, fmt: Format) -> Text:
    hold, target = reply.hold, fmt.escape(_target(reply.hold))
    held = f"{fmt.person(hold.actor)} held {_held(hold, fmt)}"
    return f"{fmt.person(reply.by)} unlocked {target}; {held}.", ()


@reply_text.register(TakenAway)
def _taken(reply: TakenAway, fmt: Format) -> Text:
    taken = f"took the lock of {reply.target} away from {reply.operation}."
    return f"{fmt.person(reply.by)} {fmt.escape(taken)} Look at Coolify before you deploy again.", ()


def under_way(snapshot: Snapshot, now: float, fmt: Format, among: tuple[Snapshot, ...] = ()) -> str:
    """The line about an operation that is not over: who does what, since when, at which step.

    `among`: all that is under way, for its place in a line.
    """
    operation = snapshot.operation
    if not snapshot.known:
        locked = f"{operation.id}: no record that fisk can read, but {operation.resources[0].plain}"
        return fmt.escape(f"{locked} is locked for it")
    step = f"step {snapshot.step}" if snapshot.step else "about to begin"
    life = f", last sign of life {minutes(now - snapshot.seen)} ago" if snapshot.seen else ""
    doing = fmt.escape(f"{KINDS.busy(operation)}{in_line(snapshot, among)}, {step}")
    return (
        f"{operation.id}: {fmt.person(operation.actor)} {doing}, for {minutes(now - operation.created)}{life}"
    )


def _standing(hold: Hold, fmt: Format) -> str:
    until = f" until {fmt.moment(hold.until)}" if hold.until else ""
    if is_rule(hold):
        return f"Frozen{until}: {_held(hold, fmt)}, by fisk.toml"
    return f"Held{until}: {_held(hold, fmt)}, by {fmt.person(hold.actor)} since {fmt.moment(hold.since)}"


def _target(hold: Hold) -> str:
    return hold.resource.name


def _held(hold: Hold, fmt: Format) -> str:
    return fmt.escape(f"{_target(hold)}: {hold.reason}")


def still_needed(hold: Hold, now: float, fmt: Format) -> Text:
    """The question to the owner of a hold without an end."""
    target = _target(hold)
    text = f"You hold {_held(hold, fmt)}, for {age(now - hold.since)} now. Is that still needed?"
    keep = shlex.join(["lock", target, hold.reason])
    return text, (Offer("Keep it", keep), Offer("Lift it", f"unlock {target}"))


def lifted_by(lifted: Lifted, fmt: Format) -> str:
    """What the owner of a hold is told."""
    return f"{fmt.person(lifted.by)} lifted your hold of {_held(lifted.hold, fmt)}."
