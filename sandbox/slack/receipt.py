"""What became of a payload that Slack sent to the app."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.slack.message import Json

ACK_WITHIN = 3.0

TIMED_OUT = "operation_timeout"
NOT_DELIVERED = "dispatch_failed"


@dataclass(frozen=True, slots=True)
class Receipt:
    """`error` is Slack's word for what went wrong, empty where the app acknowledged with `body`."""

    error: str = ""
    body: Json | None = None
    payload: Json = field(default_factory=dict)

    @property
    def acked(self) -> bool:
        return not self.error


@dataclass(frozen=True, slots=True)
class Retry:
    """The how manyeth time an event is sent again, from 1, and why."""

    number: int
    reason: str


def reason_for(error: str) -> str:
    """Slack's reason for sending an event again, from what happened the last time."""
    return {TIMED_OUT: "http_timeout", NOT_DELIVERED: "connection_failed"}.get(error, "http_error")
