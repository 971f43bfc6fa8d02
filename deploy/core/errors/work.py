"""An operation failed, was cancelled, or could not be written to the store."""

from __future__ import annotations

from deploy.core.errors.refusals import Refusal
from deploy.core.errors.root import FiskError


class GaveUpWaiting(FiskError):
    slug = "gave_up_waiting"
    says = "Waited {minutes:g} min for {what}, without an end."
    hint = "Ask again when it is done."
    minutes: float
    what: str


class CancelRequested(FiskError):
    slug = "cancelled"
    says = "{by} asked to stop it."
    hint = ""
    by: str


class StateUnavailable(FiskError):
    slug = "state_unavailable"
    says = "fisk cannot reach its own memory ({where}), so it begins nothing."
    hint = "Start Redis or Valkey again; what was under way resumes by itself."
    where: str


class TakesNoWrites(StateUnavailable):
    """The memory answers what only reads. A subclass says why it takes no writes."""

    slug = ""


class MemoryFull(TakesNoWrites):
    slug = "memory_full"
    says = "fisk's memory is full ({where}), so it begins nothing; what only reads still answers."
    hint = "Raise `maxmemory` of Redis or Valkey, or free some; what was under way resumes by itself."


class MemoryNotSaving(TakesNoWrites):
    slug = "memory_not_saving"
    says = "fisk's memory cannot save to its disk ({where}), so it begins nothing; what only reads still answers."
    hint = "Look at the disk and the log of Redis or Valkey; what was under way resumes by itself."


class MemoryAlone(TakesNoWrites):
    slug = "memory_alone"
    says = (
        "fisk's memory has lost its replicas ({where}), so it begins nothing; what only reads still answers."
    )
    hint = (
        "Bring the replicas back; `min-replicas-to-write` is what keeps a cut-off master from taking writes."
    )


class MemoryReadOnly(TakesNoWrites):
    slug = "memory_read_only"
    says = (
        "fisk's memory is a read-only replica ({where}), so it begins nothing; what only reads still answers."
    )
    hint = "Point FISK_REDIS_URL at the master, or name the sentinels."


class ReplicasMissing(TakesNoWrites):
    slug = "replicas_missing"
    says = (
        "Only {found} of {wanted} replicas of fisk's memory follow its master ({where}), so it begins nothing;"
        " what only reads still answers."
    )
    hint = (
        "Bring the replicas back: what they do not have, a failover would lose."
        " Where one is gone for good, set FISK_REDIS_REPLICAS."
    )
    where: str
    found: int
    wanted: int


class MemoryEmptied(Refusal):
    slug = "memory_emptied"
    says = "Not started: fisk's memory ({where}) was emptied, or is another one than before."
    hint = (
        "Nothing that was under way, held or done before is known. Look at what runs with `/fisk status`; then"
        " `/fisk memory accept` goes on with the memory as it is."
    )
    where: str


class NotTaken(StateUnavailable):
    slug = "not_taken"
    says = "fisk's memory did not take that within a second ({where}), so nothing was begun."
    hint = "Try again in a moment, or at a terminal; `/fisk history` shows what was begun."


class Overslept(Refusal):
    slug = "overslept"
    says = "fisk was stopped for {seconds} s, in which Slack may have told you that this failed: nothing was begun."
    hint = "Ask again, if you still want it."
    seconds: int


class LineOvertaken(Refusal):
    slug = "line_overtaken"
    says = "`{line}` was not done: the bot that had it stopped, and {who} has done `{what}` since."
    hint = "Look at how it stands with `/fisk status {target}`, and ask again if you still want it."
    line: str
    who: str
    what: str
    target: str


class MaybeBegun(StateUnavailable):
    slug = "maybe_begun"
    says = "fisk's memory does not answer or confirm ({where}), so a bot may yet take {operation} up."
    hint = "Once the memory is back, `/fisk op {operation}` tells, and `/fisk cancel {operation}` stops it."
    where: str
    operation: str


class Unconfirmed(StateUnavailable):
    slug = "unconfirmed"
    says = (
        "{found} of {wanted} replicas of fisk's memory confirmed it in time ({where}), so it is not known yet"
        " whether it lasts."
    )
    hint = "Look again in a minute, with `locks` or `op`: its master may just be changing."
    where: str
    found: int
    wanted: int


class LineGivenUp(FiskError):
    slug = "line_given_up"
    says = "fisk took `{line}` up {tries} times, and stopped under it each time, so it gives up."
    hint = "fisk's log says why; `/fisk locks` and `/fisk history` show whether anything was begun."
    line: str
    tries: int


class BadSettings(FiskError):
    slug = "bad_settings"
    says = "The settings do not fit: {why}."
    hint = (
        "`fisk init` asks for them and writes them, `fisk check` tries them;"
        " `.env.example` and `fisk.example.toml` list all."
    )
    why: str


class Internal(FiskError):
    slug = "internal"
    says = "fisk made a mistake of its own ({kind})."
    hint = "Its log has the details under the operation's id; please report it."
    kind: str


class NoKey(Refusal):
    slug = "no_key"
    says = "fisk has no key of its own, and believes nothing in Redis without one."
    hint = "`fisk key` prints a new key: put it in FISK_KEY, the same for every replica and terminal."


class OtherKey(Refusal):
    slug = "other_key"
    says = "What is in fisk's memory ({where}) was signed with another key than FISK_KEY."
    hint = "Put that key in FISK_KEY, or in FISK_KEY_OLD beside a new one."
    where: str


class WrongKey(Refusal):
    slug = "wrong_key"
    says = "What fisk kept of the variables was encrypted with another key than FISK_KEY, or for another operation."
    hint = "Put the earlier key in FISK_KEY_OLD, restart fisk and try again."
