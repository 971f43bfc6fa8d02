"""Nothing was begun: a command not understood, not allowed, about something unknown, or blocked by a lock or hold."""

from __future__ import annotations

from difflib import get_close_matches

from deploy.core.errors.root import FiskError


class NotUnderstood(FiskError):
    """No command begins like that, or it lacks something, or has something too much: the sentence says which."""

    slug = "not_understood"
    says = "{what}"
    hint = "`/fisk help` lists the commands."
    what: str


class Refusal(FiskError):
    """Nothing was begun; the exit status is 3."""


class Stranger(Refusal):
    slug = "stranger"
    says = "{who} cannot use fisk: {why}."
    hint = "Ask a member of this workspace to do it."
    who: str
    why: str


class NoRequestId(Refusal):
    slug = "no_request_id"
    says = "Slack sent that without its `{name}`, so fisk cannot tell whether it was done before."
    hint = "Ask again; if it stays so, look at what stands between Slack and fisk."
    name: str


class IsGroup(Refusal):
    slug = "is_group"
    says = "{group} is a group of targets, and this is for one of them."
    hint = "Its targets: {targets}."
    group: str
    targets: str


class UnknownTarget(Refusal):
    slug = "unknown_target"
    says = "There is no target `{target}`."
    hint = "Known targets: {known}."
    target: str
    known: str

    def __str__(self) -> str:
        near = get_close_matches(str(self.target).lower(), str(self.known).split(", "), n=1)
        return super().__str__() + (f" Did you mean `{near[0]}`?" if near else "")


class UnknownOperation(Refusal):
    slug = "unknown_operation"
    says = "There is no operation `{operation}`."
    hint = "`/fisk history` lists the latest ones; they are kept for {days} days."
    operation: str
    days: int


class UnreadableOperation(UnknownOperation):
    slug = "unreadable_operation"
    says = "This fisk cannot read what is written down of `{operation}`."
    hint = (
        "Another version of fisk may have written it, or one with another key."
        " `/fisk locks` shows what is locked for it."
    )
    operation: str


class OtherVersion(UnreadableOperation):
    slug = "other_version"
    says = "`{operation}` was written by another version of fisk, which this one leaves to it."
    hint = "`/fisk replicas` shows which versions run. Where none of them will go on: `/fisk op {operation} abandon`."
    operation: str


class SetAside(UnreadableOperation):
    """`why` is how engine/claims.py calls it, `because` the clause that people read."""

    slug = "set_aside"
    says = "`{operation}` is set aside: {because}."
    hint = (
        "It is not run and keeps its locks. Look at what it was about, then try it again: `/fisk op {operation} retry`,"
        " or end it as it is: `/fisk op {operation} abandon`."
    )
    why: str
    because: str


class NotSetAside(Refusal):
    slug = "not_set_aside"
    says = "{operation} is not set aside, so there is nothing to {verb}."
    hint = "`/fisk cancel {operation}` stops one that is under way, and puts back what it changed."
    operation: str
    verb: str


class CommitNotFound(Refusal):
    slug = "commit_not_found"
    says = "GitHub knows no single commit `{ref}` in {repository}: it is unknown or ambiguous."
    hint = "Give more of its digits, or check that it was pushed."
    ref: str
    repository: str


class Locked(Refusal):
    slug = "locked"
    says = "Not started: {holder} {activity}."
    hint = "Wait for it, or look at it: `/fisk op {operation}`."
    holder: str
    activity: str
    operation: str


class LockedForUnknown(Refusal):
    slug = "locked_for_unknown"
    says = "Not started: {target} is locked for {operation}, of which there is no record that fisk can read."
    hint = "Make sure that nothing runs there any more, then take the lock away: `/fisk unlock {target} --force`."
    target: str
    operation: str


class NotCompared(Refusal):
    slug = "not_compared"
    says = (
        "Not started: fisk's memory has another master than before, and what really runs in {target} could not be"
        " compared with what fisk remembers: {why}"
    )
    hint = "It is tried again whenever something is to begin; `--break-glass REASON` goes past it."
    target: str
    why: str


class OnHold(Refusal):
    slug = "on_hold"
    says = "Not started: {holder} holds {target} since {since}{ends}: {reason}."
    hint = "When it is over: `/fisk unlock {target}`."
    holder: str
    target: str
    since: str
    reason: str
    ends: str = ""


class Frozen(Refusal):
    slug = "frozen"
    says = "Not started: {target} is frozen until {until}: {reason}."
    hint = "It ends by itself; `[[freeze]]` of fisk.toml has it."
    target: str
    until: str
    reason: str


class ReasonTooLong(Refusal):
    slug = "reason_too_long"
    says = "A hold's reason has at most {most} characters."
    hint = "Say it in fewer words."
    most: int


class NothingEmptied(Refusal):
    slug = "nothing_emptied"
    says = "fisk's memory ({where}) is the one that it was, so there is nothing to accept."
    hint = "`/fisk memory` shows how it is."
    where: str


class NotInTheFuture(Refusal):
    slug = "not_in_the_future"
    says = "`{until}` is no time to come: give one as `07:00` or `2026-12-01T07:00` ({zone})."
    hint = "Or say for how long: `--for 2h`."
    until: str
    zone: str


class NotHeld(Refusal):
    slug = "not_held"
    says = "Nobody holds {target}."
    hint = "`/fisk locks` shows who holds what."
    target: str


class NotLocked(Refusal):
    slug = "not_locked"
    says = "No operation works on {target}, so there is no lock to take away."
    hint = "A person's hold is lifted with `/fisk unlock {target}`."
    target: str


class NotCancellable(Refusal):
    slug = "not_cancellable"
    says = "{operation} is already over: {state}."
    hint = "`/fisk op {operation}` shows how it ended."
    operation: str
    state: str


class NoIncidentChannel(Refusal):
    slug = "no_incident_channel"
    says = "#{name} is no incident channel, so fisk tells nothing there by itself: {why}."
    hint = (
        "In one are only members of this workspace, and somebody who may change things invites fisk;"
        " or list `{channel}` under `[incidents] channels` in fisk.toml."
    )
    name: str
    why: str
    channel: str


class TooManyLines(Refusal):
    slug = "too_many_lines"
    says = "That is more than fisk answers one person at once."
    hint = "Ask again in {seconds} s; what changes something is counted apart from what only looks."
    seconds: int


class Draining(Refusal):
    slug = "draining"
    says = "fisk is shutting down and takes no new work."
    hint = "Ask again in a minute, or from a terminal: `fisk {line}`."
    line: str
