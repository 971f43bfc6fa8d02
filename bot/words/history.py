"""Texts of `history`, `op` and `cancel`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.words.access import marks, question
from bot.words.locks import after_aside, set_aside, under_way
from bot.words.news import end_text
from bot.words.offers import stop
from bot.words.progress import step_lines
from bot.words.registry import Text, outcome_offers, reply_text
from bot.words.timeline import fold
from commands.deployments import CancelledInCoolify
from commands.history import (
    Cancelling,
    GivenUp,
    HistoryTable,
    OperationStory,
    Retried,
    UnderWay,
    Undoable,
)
from deploy.access.arguments import ApprovalArguments
from deploy.core.coolify_model import CANCELLED
from deploy.core.model import Offer, Release, short
from deploy.core.units import minutes, plural
from deploy.engine.claims import Aside

if TYPE_CHECKING:
    from bot.words.format import Format
    from deploy.engine.journal import Snapshot


@reply_text.register(HistoryTable)
def _history(reply: HistoryTable, fmt: Format) -> Text:
    target = fmt.escape(reply.target)
    if not reply.operations:
        return f"Nothing was done to {target} yet." if target else "Nothing was done yet.", ()
    rows = [row(snapshot, reply.now, fmt) for snapshot in reply.operations]
    proven = list(dict.fromkeys(_release(each) for each in reply.releases))
    note = [f"Proven healthy in {target}, newest first: {fmt.escape(', '.join(proven))}"] if proven else []
    bad = [f"{plural(reply.unreadable, 'release')} cannot be read by this fisk."] if reply.unreadable else []
    return "\n".join([*rows, *note, *bad]), ()


def _release(release: Release) -> str:
    return f"{short(release.sha)} by {release.proof}" + (" (by its tag alone)" if release.weak else "")


@reply_text.register(Cancelling)
def _cancelling(reply: Cancelling, fmt: Format) -> Text:
    operation, step = reply.snapshot.operation, reply.snapshot.step
    at = f"at step {step}" if step else "about to begin"
    text = f"Asked {operation.id} to stop (it is {at}); what it changed is put back."
    return fmt.escape(text), (Offer("Show it", f"op {operation.id}"),)


@reply_text.register(UnderWay)
def _under_way(reply: UnderWay, fmt: Format) -> Text:
    if not reply.running:
        return fmt.escape("Nothing is under way. `/fisk history` shows what was done."), ()
    lines = [under_way(each, reply.now, fmt, reply.running) for each in reply.running]
    return "\n".join(lines), tuple(
        stop(each.operation, f"Cancel {each.operation.id}", each.step) for each in reply.running
    )


@reply_text.register(Undoable)
def _undoable(reply: Undoable, fmt: Format) -> Text:
    found = [each for each in (reply.released, reply.copied) if each]
    if not found:
        return "Nothing was done yet that could be taken back.", ()
    newest_first = sorted(found, key=lambda each: each.finished, reverse=True)
    return "\n".join(_way_back(each, fmt) for each in newest_first), ()


def _way_back(snapshot: Snapshot, fmt: Format) -> str:
    operation = snapshot.operation
    place = operation.arguments.place
    line = f"env undo {operation.id}" if operation.kind == "env copy" else f"rollback {place}"
    what = f"{operation.kind} {operation.arguments.what} {place}".replace("  ", " ")
    return f"{fmt.person(operation.actor)} {fmt.escape(f'{what}. To take it back: `/fisk {line}`.')}"


@reply_text.register(GivenUp)
def _given_up(reply: GivenUp, fmt: Format) -> Text:
    text = f"ended {reply.operation}, whose locks are free. What it had begun was left as it was."
    return f"{fmt.person(reply.by)} {fmt.escape(text)}", (Offer("Status", "status"),)


@reply_text.register(Retried)
def _retried(reply: Retried, fmt: Format) -> Text:
    text = f"lets {reply.operation} go on, from the step at which it stopped."
    return f"{fmt.person(reply.by)} {fmt.escape(text)}", (Offer("Show it", f"op {reply.operation}"),)


@reply_text.register(CancelledInCoolify)
def _cancelled(reply: CancelledInCoolify, fmt: Format) -> Text:
    found = reply.deployment
    if found.active:
        text = f"asked Coolify to cancel its deployment {found.shown}; it is {found.status.replace('_', ' ')} still."
    elif found.status == CANCELLED:
        text = f"cancelled Coolify's deployment {found.shown}. What runs now, `status` says."
    else:
        text = f"asked too late: Coolify's deployment {found.shown} had ended, {found.status}."
    return f"{fmt.person(reply.by)} {fmt.escape(text)}", (Offer("Status", "status"),)


def row(snapshot: Snapshot, now: float, fmt: Format) -> str:
    operation = snapshot.operation
    asked = operation.arguments
    what = fmt.escape(" ".join(part for part in (operation.kind, asked.what, asked.place) if part))
    took = f" in {minutes(snapshot.finished - operation.created)}" if snapshot.finished else ""
    ago = f"{minutes(now - operation.created)} ago"
    why = f" ({fmt.escape(operation.reason)})" if operation.reason else ""
    done = f"{operation.id}  {ago}: {fmt.person(operation.actor)} {what}: {snapshot.state}{took}{why}"
    return done + marks(operation, fmt)


@reply_text.register(OperationStory)
def _story(reply: OperationStory, fmt: Format) -> Text:
    snapshot, operation = reply.snapshot, reply.snapshot.operation
    told = [row(snapshot, reply.now, fmt), *step_lines(operation, fold(reply.events), fmt, by=True)]
    if snapshot.open and isinstance(operation.arguments, ApprovalArguments):
        text, offers = question(operation, operation.arguments, fold(reply.events), fmt)
        return "\n".join([*told, text]), offers
    if snapshot.open and snapshot.aside:
        aside = set_aside(Aside(operation.id, snapshot.aside), fmt)
        return "\n".join([*told, aside]), after_aside(operation.id)
    if snapshot.outcome is None:
        return "\n".join(told), (stop(operation, step=snapshot.step),)
    end = end_text(snapshot.outcome, operation, fmt)
    line, decided = operation.line, operation.decided or "nobody"
    asked = fmt.escape(f"Asked as `{line}`, let through by {decided}.")
    next_steps = tuple(each for each in outcome_offers(snapshot.outcome, operation) if each.label != "Log")
    return "\n".join([*told, end, asked]), next_steps
