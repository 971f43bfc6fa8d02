"""What a command answers, in words and with its next steps."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bot.timeline import fold
from bot.wording import outcome as ended
from bot.wording.progress import step_lines
from commands.blocked import subject
from commands.reply import (
    AskFirst,
    Cancelling,
    Frozen,
    HelpText,
    HistoryTable,
    Judged,
    LocksTable,
    OperationStory,
    Reply,
    Started,
    TakenAway,
    Thawed,
)
from deploy.model import Hold, Offer, short
from deploy.units import minutes

if TYPE_CHECKING:
    from bot.wording.voice import Voice
    from deploy.gates import Verdict
    from deploy.state.journal import Snapshot

Said = tuple[str, tuple[Offer, ...]]


def said(reply: Reply, voice: Voice) -> Said:  # noqa: C901, PLR0911 (one arm for each reply)
    """A reply's text and offers."""
    match reply:
        case HelpText():
            return help_text(reply, voice), ()
        case Started():
            return f"Started {reply.operation.id}.", (Offer("Show it", f"op {reply.operation.id}"),)
        case Judged():
            return _judged(reply, voice)
        case LocksTable():
            return _locks(reply, voice), ()
        case HistoryTable():
            return _history(reply, voice), ()
        case OperationStory():
            return _story(reply, voice)
        case Frozen(hold=hold):
            return _frozen(hold, voice), (Offer("Unlock", f"unlock {_target(hold)}"),)
        case Thawed(hold=hold):
            return f"{_target(hold)} is free again; {voice.person(hold.actor)} held {_held(hold, voice)}.", ()
        case Cancelling(snapshot=snapshot):
            return _cancelling(snapshot, voice), (Offer("Show it", f"op {snapshot.operation.id}"),)
        case TakenAway():
            taken = f"Took the lock of {reply.target} away from {reply.operation}."
            return voice.say(f"{taken} Look at Coolify before you deploy again."), ()
        case AskFirst():
            return voice.say(reply.question), (reply.offer,)


def _frozen(hold: Hold, voice: Voice) -> str:
    unlock = voice.say(f"/fisk unlock {_target(hold)}")
    return f"{voice.person(hold.actor)} holds {_held(hold, voice)}. Nobody deploys to it until `{unlock}`."


def help_text(reply: HelpText, voice: Voice) -> str:
    """Usage lines with what they do."""
    prefix = "/fisk " if voice.slack else "fisk "
    if reply.topic:
        (usage, summary), *options = reply.lines
        rows = [f"`{voice.say(name)}`  {voice.say(what)}" for name, what in options]
        return "\n".join([f"`{prefix}{voice.say(usage)}`", voice.say(summary), *rows])
    rows = [f"`{prefix}{voice.say(usage)}`\n        {voice.say(summary)}" for usage, summary in reply.lines]
    return "\n".join(rows)


def _judged(reply: Judged, voice: Voice) -> Said:
    sha, target = short(reply.commit.sha), reply.target.name
    title = voice.say(f"{sha} “{reply.commit.title}” to {target}")
    lines = [_verdict(each, voice) for each in reply.report.verdicts]
    if reply.report.refusals:
        return "\n".join([f"Would refuse {title}:", *lines]), reply.report.refusals[0].offers
    go = Offer(f"Deploy {sha}", f"deploy {sha} --to {target}")
    return "\n".join([f"Would deploy {title}. Nothing was changed.", *lines]), (go,)


def _verdict(verdict: Verdict, voice: Voice) -> str:
    mark = "✗" if verdict.stops else "!" if verdict.warning or verdict.forced else "✓"
    return f"{mark} {verdict.gate}   {voice.say(verdict.note)}"


def _locks(reply: LocksTable, voice: Voice) -> str:
    if not reply.holds and not reply.running:
        return "Nothing is under way, and nobody holds anything."
    holds = [
        f"Held: {_held(hold, voice)}, by {voice.person(hold.actor)} since {_when(hold.since)}"
        for hold in reply.holds
    ]
    running = [_running(snapshot, reply.now, voice) for snapshot in reply.running]
    return "\n".join([*running, *holds])


def _running(snapshot: Snapshot, now: float, voice: Voice) -> str:
    operation = snapshot.operation
    step = f"step {snapshot.step}" if snapshot.step else "about to begin"
    life = f", last sign of life {minutes(now - snapshot.seen)} ago" if snapshot.seen else ""
    who = f"{voice.person(operation.actor)} {voice.say(subject(operation))}"
    return f"{operation.id}: {who}, {step}, for {minutes(now - operation.created)}{life}"


def _history(reply: HistoryTable, voice: Voice) -> str:
    if not reply.operations:
        return "Nothing was done yet." if not reply.target else f"Nothing was done to {reply.target} yet."
    rows = [_row(snapshot, reply.now, voice) for snapshot in reply.operations]
    proven = list(dict.fromkeys(short(release.sha) for release in reply.releases))
    note = [f"Proven healthy in {reply.target}, newest first: {', '.join(proven)}"] if proven else []
    return "\n".join([*rows, *note])


def _row(snapshot: Snapshot, now: float, voice: Voice) -> str:
    operation = snapshot.operation
    ref = short(operation.arguments.get("ref", ""))
    what = voice.say(
        " ".join(part for part in (operation.kind, ref, operation.arguments.get("target", "")) if part)
    )
    took = f" in {minutes(snapshot.finished - operation.created)}" if snapshot.finished else ""
    ago = f"{minutes(now - operation.created)} ago"
    why = f" ({voice.say(operation.reason)})" if operation.reason else ""
    return f"{operation.id}  {ago}: {voice.person(operation.actor)} {what}: {snapshot.state}{took}{why}"


def _story(reply: OperationStory, voice: Voice) -> Said:
    snapshot, operation = reply.snapshot, reply.snapshot.operation
    told = [_row(snapshot, reply.now, voice), *step_lines(operation, fold(reply.events), voice)]
    if snapshot.outcome is None:
        return "\n".join(told), (Offer("Cancel", f"cancel {operation.id}", danger=True),)
    end = ended.told(snapshot.outcome, operation, voice)
    line, decided = operation.arguments.get("line", ""), operation.decided or "nobody"
    asked = voice.say(f"Asked as `{line}`, let through by {decided}.")
    next_steps = tuple(each for each in ended.offers(snapshot.outcome, operation) if each.label != "Log")
    return "\n".join([*told, end, asked]), next_steps


def _cancelling(snapshot: Snapshot, voice: Voice) -> str:
    operation = snapshot.operation
    step = snapshot.step or "none yet"
    return voice.say(f"Asked {operation.id} to stop (it is at step {step}); what it changed is put back.")


def _target(hold: Hold) -> str:
    return hold.resource.partition(":")[2]


def _held(hold: Hold, voice: Voice) -> str:
    return voice.say(f"{_target(hold)}: {hold.reason}")


def _when(at: float) -> str:
    return time.strftime("%d %b %H:%M UTC", time.gmtime(at))
