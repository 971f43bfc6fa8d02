"""Texts about who may do what, and of questions to those who may approve."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.words.news import subject
from bot.words.offers import reject, take_back
from bot.words.registry import Text, log, outcome_offers, outcome_text, reply_text
from commands.access import Answered, Explained
from deploy.access.arguments import ApprovalArguments, Approved, AskedAgain
from deploy.core.model import Offer, Operation
from deploy.engine.kind import fill
from deploy.kinds import KINDS

if TYPE_CHECKING:
    from bot.words.format import Format
    from bot.words.timeline import Timeline
    from deploy.core.actor import Actor


@reply_text.register(Explained)
def _explained(reply: Explained, fmt: Format) -> Text:
    who, line = fmt.person(reply.who), fmt.typed(reply.line)
    decision = reply.decision
    may = "may" if decision.allowed else "may not"
    lines = [f"{who} {may} type {line} here: {fmt.escape(decision.why)}."]
    if reply.to_add:
        lines.append(f"To allow it, {fmt.escape(reply.to_add)} in fisk.toml.")
    if reply.stale:
        lines.append(
            f"These rules are older than fisk.toml, which fisk does not take: {fmt.escape(reply.stale)}."
        )
    return "\n".join(lines), ()


# --- approving


def question(operation: Operation, asks: ApprovalArguments, timeline: Timeline, fmt: Format) -> Text:
    """As in `@ana wants to deploy 3f2a1b9 to app (4 commits, replaces a4c9e1f, all gates pass)`."""
    changed = (
        ["What was approved before is no longer what would be done. As it is now:"] if asks.changed else []
    )
    who = f"{fmt.person(operation.asked_by)} {_wants(operation)}"
    wants = f"{who} {fmt.escape(asks.plan.wants)}{_from(operation, asks, fmt)}."
    notes = [fmt.escape(f"! {note}") for note in asks.plan.notes]
    so_far = [fmt.escape(timeline.progress)] if timeline.progress else []
    return "\n".join([*changed, wants, *notes, _whom(asks, fmt), *so_far]), question_offers(operation, asks)


def question_offers(operation: Operation, asks: ApprovalArguments) -> tuple[Offer, ...]:
    look = (Offer("Show the plan", asks.plan.look),) if asks.plan.look else ()
    return (
        Offer("Approve", f"approve {operation.id}"),
        reject(operation, asks.plan.wants),
        *look,
        take_back(operation),
    )


def _wants(operation: Operation) -> str:
    """What is begun by itself is asked for by whoever pushed."""
    return "pushed, so fisk wants to" if operation.asker else "wants to"


def _from(operation: Operation, asks: ApprovalArguments, fmt: Format) -> str:
    origin = asks.came_from
    if operation.asker:
        return ""
    if origin.kind == "terminal":
        return fmt.escape(f", asked at a terminal on {origin.channel}")
    return f", asked in {fmt.channel(origin.channel)}" if origin.channel else ""


def _whom(asks: ApprovalArguments, fmt: Format) -> str:
    count = "Another person" if asks.count == 1 else f"{asks.count} other people"
    who = " or ".join(fmt.entry(each) for each in asks.approvers) or "nobody who is listed"
    until = fmt.moment(asks.until) if asks.plan.until else fmt.clock(asks.until)
    return f"{count} must approve it until {until}: {who}."


@reply_text.register(Answered)
def _answered(reply: Answered, _fmt: Format) -> Text:
    verb = "approved" if reply.yes else "rejected"
    return f"You {verb} {reply.operation.id}.", (Offer("Show it", f"op {reply.operation.id}"),)


@outcome_text.register(Approved)
def _approved(it: Approved, operation: Operation, fmt: Format) -> str:
    deed = fmt.escape(_deed(operation))
    who = f" by {people(it.by, fmt)}" if it.by else ", since nobody needs to approve it any more"
    return f"{fmt.escape(subject(operation))}: approved{who}.\n{deed} runs as {fmt.escape(it.begun)}."


@outcome_text.register(AskedAgain)
def _asked_again(it: AskedAgain, operation: Operation, fmt: Format) -> str:
    deed = fmt.escape(_deed(operation))
    first = f"{fmt.escape(subject(operation))}: approved, but it would do something else by now"
    return f"{first}.\n{deed}: {fmt.escape(it.begun)} asks again."


@outcome_offers.register(Approved)
@outcome_offers.register(AskedAgain)
def _goes_on(it: Approved | AskedAgain, operation: Operation) -> tuple[Offer, ...]:
    return Offer("Show it", f"op {it.begun}"), log(operation)


def _deed(operation: Operation) -> str:
    asks = operation.arguments
    return asks.deed if isinstance(asks, ApprovalArguments) else operation.line


def people(actors: tuple[Actor, ...], fmt: Format) -> str:
    return " and ".join(fmt.person(each) for each in actors)


def marks(operation: Operation, fmt: Format) -> str:
    """` · approved by @marko`, ` · broke the glass: REASON`; empty where there is neither."""
    by = people(tuple(each.actor for each in operation.approved), fmt)
    glass = f" · broke the glass: {fmt.escape(operation.break_glass)}" if operation.break_glass else ""
    return (f" · approved by {by}" if by else "") + glass


def alarm(operation: Operation, fmt: Format) -> str:
    """What everybody concerned reads when somebody breaks the glass."""
    kind = KINDS.get(operation.kind)
    busy = fill(kind.busy, operation.arguments) if kind else f"is at work ({operation.kind})"
    why = fmt.escape(operation.break_glass)
    past = "past approvals, freezes and holds"
    return f"Break-glass: {fmt.person(operation.actor)} {fmt.escape(busy)}, {past}: {why}\n_{operation.id}_"
