"""The result of sending a payload to the app."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.slack.message import Json

ACK_WITHIN = 3.0

TIMED_OUT = "operation_timeout"
NOT_DELIVERED = "dispatch_failed"


@dataclass(frozen=True, slots=True)
class Receipt:
    """`error` is Slack's error code, empty if the app acknowledged with `body`."""

    error: str = ""
    body: Json | None = None
    payload: Json = field(default_factory=dict)

    @property
    def acked(self) -> bool:
        return not self.error


@dataclass(frozen=True, slots=True)
class Retry:
    """The number of an event's retry, from 1, and the reason."""

    number: int
    reason: str


def reason_for(error: str) -> str:
    """Slack's retry reason for the last attempt's error."""
    return {TIMED_OUT: "http_timeout", NOT_DELIVERED: "connection_failed"}.get(error, "http_error")
