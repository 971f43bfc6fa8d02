"""HTTP mode: POSTs to the app's request URL, signed with the signing secret."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import aiohttp

from sandbox.slack.receipt import ACK_WITHIN, NOT_DELIVERED, TIMED_OUT, Receipt, Retry

if TYPE_CHECKING:
    from sandbox.slack.message import Json

FORM = "application/x-www-form-urlencoded"


def signature(secret: str, timestamp: str, body: str) -> str:
    """Slack's `v0` signature of a request."""
    digest = hmac.new(secret.encode(), f"v0:{timestamp}:{body}".encode(), hashlib.sha256)
    return f"v0={digest.hexdigest()}"


class SignedHttp:
    """Delivers to `request_url`; `now` returns the signed time stamp in seconds since the epoch."""

    def __init__(self, secret: str, now: Callable[[], float]) -> None:
        self._secret = secret
        self._now = now
        self.request_url = ""
        self.ack_within = ACK_WITHIN

    async def deliver(self, kind: str, payload: Json, retry: Retry | None = None) -> Receipt:
        """Send a payload in the encoding of its kind and wait for the ack."""
        content_type, body = encoded(kind, payload)
        headers = self.signed(body, content_type)
        if retry is not None:
            headers |= {"X-Slack-Retry-Num": str(retry.number), "X-Slack-Retry-Reason": retry.reason}
        limit = aiohttp.ClientTimeout(total=self.ack_within)
        try:
            async with (
                aiohttp.ClientSession(timeout=limit) as session,
                session.post(self.request_url, data=body.encode(), headers=headers) as answer,
            ):
                return Receipt(_failure(answer.status), _body(await answer.text()), payload)
        except TimeoutError:
            return Receipt(TIMED_OUT, payload=payload)
        except aiohttp.ClientError:
            return Receipt(NOT_DELIVERED, payload=payload)

    def signed(self, body: str, content_type: str) -> dict[str, str]:
        """The headers of a request with this body."""
        timestamp = str(int(self._now()))
        return {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(self._secret, timestamp, body),
        }


def encoded(kind: str, payload: Mapping[str, object]) -> tuple[str, str]:
    """The content type and the body: commands are forms, interactions a form with JSON in it."""
    if kind == "slash_commands":
        return FORM, urlencode(payload)
    if kind == "interactive":
        return FORM, urlencode({"payload": json.dumps(payload)})
    return "application/json", json.dumps(payload)


def _failure(status: int) -> str:
    if status >= 500:  # noqa: PLR2004, the class of the status
        return "http_service_error"
    return "" if status == 200 else "http_client_error"  # noqa: PLR2004, Slack takes nothing but 200


def _body(text: str) -> Json | None:
    """The ack's body; plain text is a message, as in Slack."""
    if not text.strip():
        return None
    try:
        parsed = json.loads(text)
    except ValueError:
        return {"text": text}
    return parsed if isinstance(parsed, dict) else {"text": text}
