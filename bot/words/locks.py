"""lock, unlock, locks."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bot.words.registry import Text, reply_text
from commands.blocked import plain, subject, unlocking
from commands.locks import Frozen, LocksTable, TakenAway, Thawed
from deploy.core.model import Hold, Offer
from deploy.core.units import minutes

if TYPE_CHECKING:
    from bot.words.format import Voice
    from deploy.engine.journal import Snapshot


@reply_text.register(LocksTable)
def _locks(reply: LocksTable, voice: Voice) -> Text:
    if not reply.holds and not reply.running:
        return "Nothing is under way, and nobody holds anything.", ()
    holds = [
        f"Held: {_held(hold, voice)}, by {voice.person(hold.actor)} since {_when(hold.since)}"
        for hold in reply.holds
    ]
    running = [_running(snapshot, reply.now, voice) for snapshot in reply.running]
    offers = tuple(unlocking(each.operation) for each in reply.running if not each.known)
    return "\n".join([*running, *holds]), offers


@reply_text.register(Frozen)
def _frozen(reply: Frozen, voice: Voice) -> Text:
    hold, unlock = reply.hold, voice.say(f"/fisk unlock {_target(reply.hold)}")
    text = f"{voice.person(hold.actor)} holds {_held(hold, voice)}. Nobody deploys to it until `{unlock}`."
    return text, (Offer("Unlock", f"unlock {_target(hold)}"),)


@reply_text.register(Thawed)
def _thawed(reply: Thawed, voice: Voice) -> Text:
    hold = reply.hold
    return (
        f"{voice.say(_target(hold))} is free again; {voice.person(hold.actor)} held {_held(hold, voice)}.",
        (),
    )


@reply_text.register(TakenAway)
def _taken(reply: TakenAway, voice: Voice) -> Text:
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


def _target(hold: Hold) -> str:
    return hold.resource.partition(":")[2]


def _held(hold: Hold, voice: Voice) -> str:
    return voice.say(f"{_target(hold)}: {hold.reason}")


def _when(at: float) -> str:
    return time.strftime("%d %b %H:%M UTC", time.gmtime(at))
