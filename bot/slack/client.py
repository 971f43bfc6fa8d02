"""The client of Slack's Web API, and the settings that it needs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.freshness import tracing
from deploy.core import errors

if TYPE_CHECKING:
    from bot.app.settings import Settings

SLACK_SECONDS = 10.0


def require_slack(settings: Settings) -> None:
    """Raises errors.BadSettings where Slack cannot be reached with these settings."""
    if not settings.slack_bot_token.get_secret_value():
        raise errors.BadSettings(why="FISK_SLACK_BOT_TOKEN is empty")
    if not settings.http_mode and not settings.slack_app_token.get_secret_value():
        raise errors.BadSettings(why="neither FISK_SLACK_APP_TOKEN nor FISK_SLACK_SIGNING_SECRET is set")


def session(seconds: float = SLACK_SECONDS) -> aiohttp.ClientSession:
    """For Slack's Web API; `seconds` are those of a whole request."""
    timeout = aiohttp.ClientTimeout(total=seconds)
    return aiohttp.ClientSession(timeout=timeout, trace_configs=[tracing()])


@asynccontextmanager
async def slack_client(settings: Settings) -> AsyncIterator[AsyncWebClient]:
    """A client of Slack's Web API, closed at the end of the block."""
    token = settings.slack_bot_token.get_secret_value()
    async with session() as open_session:
        yield AsyncWebClient(token, base_url=settings.slack_api_url, session=open_session)
