"""Refusals of deploys that are to begin later, and of those that wait in line."""

from __future__ import annotations

from deploy.core.errors.refusals import Refusal


class NoSuchTime(Refusal):
    """The text is no time of day and no date, or that moment is over."""

    slug = "no_such_time"
    says = '`{at}` is no time to come: give one as `07:00`, `"Mon 07:00"` or `2026-12-01T07:00` ({zone}).'
    hint = "Or say after how long: `--in 30m`."
    at: str
    zone: str


class TooFarAhead(Refusal):
    slug = "too_far_ahead"
    says = "`{at}` is too far ahead: a deploy may wait for {days} days at most."
    hint = "Ask for it nearer to its time, or hold the target until then: `/fisk lock {target} REASON`."
    at: str
    days: int
    target: str


class TimePassed(Refusal):
    """Nobody ran the deploy at its time, since every replica was down."""

    slug = "time_passed"
    says = "Not started: its time ({at}) had passed while fisk was away: it is {late} late, and {most} is the most."
    hint = "Deploy it now: `/fisk {line}`."
    at: str
    late: str
    most: str
    line: str


class NotInLine(Refusal):
    slug = "not_in_line"
    says = "{operation} does not wait in line: {why}."
    hint = "`/fisk locks` shows who does."
    operation: str
    why: str
