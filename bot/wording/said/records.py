"""lock, unlock, locks; history, op, cancel."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bot.timeline import fold
from bot.wording import outcome as ended
from bot.wording.progress import step_lines
from bot.wording.said.saying import Said, said
from commands.blocked import plain, subject, unlocking
from commands.replies import (
    Cancelling,
    Frozen,
    HistoryTable,
    LocksTable,
    OperationStory,
    TakenAway,
    Thawed,
)
from deploy.model import Hold, Offer, short
from deploy.units import minutes

if TYPE_CHECKING:
    from bot.wording.voice import Voice
    from deploy.state.journal import Snapshot


@said.register(LocksTable)
def _locks(reply: LocksTable, voice: Voice) -> Said:
    if not reply.holds and not reply.running:
        return "Nothing is under way, and nobody holds anything.", ()
    holds = [
        f"Held: {_held(hold, voice)}, by {voice.person(hold.actor)} since {_when(hold.since)}"
        for hold in reply.holds
    ]
    running = [_running(snapshot, reply.now, voice) for snapshot in reply.running]
    offers = tuple(unlocking(each.operation) for each in reply.running if not each.known)
    return "\n".join([*running, *holds]), offers


@said.register(HistoryTable)
def _history(reply: HistoryTable, voice: Voice) -> Said:
    target = voice.say(reply.target)
    if not reply.operations:
        return f"Nothing was done to {target} yet." if target else "Nothing was done yet.", ()
    rows = [_row(snapshot, reply.now, voice) for snapshot in reply.operations]
    proven = list(dict.fromkeys(short(release.sha) for release in reply.releases))
    note = [f"Proven healthy in {target}, newest first: {voice.say(', '.join(proven))}"] if proven else []
    return "\n".join([*rows, *note]), ()


@said.register(Frozen)
def _frozen(reply: Frozen, voice: Voice) -> Said:
    hold, unlock = reply.hold, voice.say(f"/fisk unlock {_target(reply.hold)}")
    text = f"{voice.person(hold.actor)} holds {_held(hold, voice)}. Nobody deploys to it until `{unlock}`."
    return text, (Offer("Unlock", f"unlock {_target(hold)}"),)


@said.register(Thawed)
def _thawed(reply: Thawed, voice: Voice) -> Said:
    hold = reply.hold
    return (
        f"{voice.say(_target(hold))} is free again; {voice.person(hold.actor)} held {_held(hold, voice)}.",
        (),
    )


@said.register(Cancelling)
def _cancelling(reply: Cancelling, voice: Voice) -> Said:
    operation, step = reply.snapshot.operation, reply.snapshot.step
    at = f"at step {step}" if step else "about to begin"
    text = f"Asked {operation.id} to stop (it is {at}); what it changed is put back."
    return voice.say(text), (Offer("Show it", f"op {operation.id}"),)


@said.register(TakenAway)
def _taken(reply: TakenAway, voice: Voice) -> Said:
    taken = f"Took the lock of {reply.target} away from {reply.operation}."
    return voice.say(f"{taken} Look at Coolify before you deploy again."), ()


def _running(snapshot: Snapshot, now: float, voice: Voice) -> str:
    operation = snapshot.operation
    if not snapshot.known:
        locked = f"{operation.id}: no record that fisk can read, but {plain(operation.resources[0])}"
        return voice.say(f"{locked} is locked for it")
    step = f"step {snapshot.step}" if snapshot.step else "about to begin"
    life = f", last sign of life {minutes(now - snapshot.seen)} ago" if snapshot.seen else ""
    doing = voice.say(f"{subject(operation)}, {step}")
    return f"{operation.id}: {voice.person(operation.actor)} {doing}, for {minutes(now - operation.created)}{life}"


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


@said.register(OperationStory)
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


def _target(hold: Hold) -> str:
    return hold.resource.partition(":")[2]


def _held(hold: Hold, voice: Voice) -> str:
    return voice.say(f"{_target(hold)}: {hold.reason}")


def _when(at: float) -> str:
    return time.strftime("%d %b %H:%M UTC", time.gmtime(at))
