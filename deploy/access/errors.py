"""Nobody allowed it, or not enough people did."""

from __future__ import annotations

from deploy.core.errors.refusals import Refusal


class NotAllowed(Refusal):
    slug = "not_allowed"
    says = "You may look but not {verb}: {why}."
    hint = "To allow it, {line} in fisk.toml."
    verb: str
    why: str
    line: str


class MayNotLook(Refusal):
    slug = "may_not_look"
    says = "You may not use fisk: {why}."
    hint = "To allow it, {line} in fisk.toml."
    why: str
    line: str


class NoLongerAllowed(Refusal):
    slug = "no_longer_allowed"
    says = "Not started: {who} may not {verb}: {why}."
    hint = "Rights are looked at once more when it is to begin. To allow it, {line} in fisk.toml."
    who: str
    verb: str
    why: str
    line: str


class NotApproved(Refusal):
    slug = "not_approved"
    says = "Not started: {targets} needs the approval of {count}, and has that of {has}."
    hint = "Ask again: `/fisk {line}` shows it to those who may approve."
    targets: str
    count: str
    has: str
    line: str


class PlanNotApproved(Refusal):
    slug = "plan_not_approved"
    says = "Not started: what would be done is no longer what was approved."
    hint = "Ask again: `/fisk {line}` shows it as it is now to those who may approve."
    line: str


class Disapproved(Refusal):
    slug = "disapproved"
    says = "Not started: {who} rejected it{why}."
    hint = "Talk to them, then ask again: `/fisk {line}`."
    who: str
    why: str
    line: str


class ApprovalExpired(Refusal):
    slug = "approval_expired"
    says = "Not started: nobody who may approved it within {minutes:.0f} min."
    hint = "Ask again: `/fisk {line}`."
    minutes: float
    line: str


class NotApprovedInTime(Refusal):
    slug = "not_approved_in_time"
    says = "Not started: its time came ({at}) before anybody who may had approved it."
    hint = "Ask again: `/fisk {line}`."
    at: str
    line: str


class NothingToApprove(Refusal):
    slug = "nothing_to_approve"
    says = "{operation} asks for nobody's approval{why}."
    hint = "`/fisk op {operation}` shows what it is."
    operation: str
    why: str


class SamePerson(Refusal):
    slug = "same_person"
    says = "{asker} asked for this, and {who} may be the same person: somebody else approves it."
    hint = "Where these are two people, say who is who under `[people]` in fisk.toml."
    asker: str
    who: str


class AnsweredBefore(Refusal):
    slug = "answered_before"
    says = "You have answered {operation} already."
    hint = "Whoever asked can take it back with `/fisk cancel {operation}`."
    operation: str


class NotAnApprover(Refusal):
    slug = "not_an_approver"
    says = "You may not approve for {targets}: {why}."
    hint = "To allow it, add `{actor}` to the target's `approvers`, or to a role that may `approve`, in fisk.toml."
    targets: str
    why: str
    actor: str


class PressedBefore(Refusal):
    slug = "pressed_before"
    says = "{who} has pressed this button already."
    hint = "`/fisk history` shows what came of it."
    who: str
