"""Slack's failures as fisk's errors."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from deploy.core import errors

OK, RATE_LIMITED = 200, 429
SERVER_FAULTS = 500  # statuses from here on
GONE = frozenset(
    {
        "message_not_found",
        "thread_not_found",
        "channel_not_found",
        "not_in_channel",
        "user_not_in_channel",
        "is_archived",
        "messages_tab_disabled",
        "cannot_reply_to_message",
        "cant_update_message",
        "edit_window_closed",
    }
)
RESTRICTED = "restricted_action"  # prefix of Slack's codes for restricted posting or threads
PASSING = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})

TRANSPORT = (aiohttp.ClientError, asyncio.TimeoutError, SlackClientError, OSError)


def mapped(error: BaseException) -> errors.SystemFailure:
    if isinstance(error, SlackApiError):
        return _refused(error)
    if isinstance(error, asyncio.TimeoutError):
        return errors.TimedOut(system="Slack", seconds=10)
    return errors.Unreachable(system="Slack", why=type(error).__name__)


def unanswered(status: int, headers: Mapping[str, str]) -> errors.SystemFailure:
    """The error of a response_url, which is valid for 30 minutes and five answers."""
    if status == RATE_LIMITED:
        return errors.RateLimited(system="Slack", retry_after=float(headers.get("Retry-After", 1)))
    if status >= SERVER_FAULTS:
        return errors.ServerFault(system="Slack", status=status)
    return errors.Rejected(system="Slack", why=f"its response_url answers {status}")


def _refused(error: SlackApiError) -> errors.SystemFailure:
    status, data = error.response.status_code, error.response.data
    code = str(data.get("error", "")) if isinstance(data, dict) else ""
    if status == RATE_LIMITED:
        return errors.RateLimited(
            system="Slack", retry_after=float(error.response.headers.get("Retry-After", 1))
        )
    if status >= SERVER_FAULTS or code in PASSING:
        return errors.ServerFault(system="Slack", status=status if status >= SERVER_FAULTS else code)
    if not code:
        return errors.NotJson(system="Slack", what="something else")
    return _denied(code)


def _denied(code: str) -> errors.SystemFailure:
    if code in {"invalid_auth", "not_authed", "token_revoked", "account_inactive"}:
        return errors.Unauthorized(system="Slack", setting="FISK_SLACK_BOT_TOKEN")
    if code == "missing_scope":
        return errors.MissingAbility(system="Slack", setting="FISK_SLACK_BOT_TOKEN", why="a scope is missing")
    if code in GONE or code.startswith(RESTRICTED):
        return errors.NotThere(system="Slack", what=f"such message or channel ({code})")
    return errors.Rejected(system="Slack", why=code)
