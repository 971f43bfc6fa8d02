"""The client of Slack's Web API, and the settings that it needs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

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


@asynccontextmanager
async def slack_client(settings: Settings) -> AsyncIterator[AsyncWebClient]:
    """A client of Slack's Web API, closed at the end of the block."""
    token = settings.slack_bot_token.get_secret_value()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SLACK_SECONDS)) as session:
        yield AsyncWebClient(token, base_url=settings.slack_api_url, session=session)
