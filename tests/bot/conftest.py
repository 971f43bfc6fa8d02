"""Fixtures: Slack's stand-in, a Speaker for it, and the session's real Valkey."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.app.settings import PREFIX
from bot.slack.budget import Budget
from bot.slack.client import session
from bot.slack.speaker import Speaker
from sandbox.slack import Slack
from tests.deploy.conftest import journal, opened, state

__all__ = ["journal", "opened", "state"]

PLENTY = 60_000.0  # edits a minute, so that no test waits for the budget unless it wants to
SECONDS = 2.0  # for an answer of Slack's


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nobody's own settings decide a test, nor what another test noted of its memory."""
    for name in [each for each in os.environ if each.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FISK_STATE", str(tmp_path / "state"))


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    slack = Slack()
    await slack.start()
    yield slack
    await slack.stop()


@pytest.fixture
async def client(slack: Slack) -> AsyncIterator[AsyncWebClient]:
    async with session(SECONDS) as open_session:
        yield AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=open_session)


@pytest.fixture
def speaker(client: AsyncWebClient) -> Speaker:
    return Speaker(client, Budget(per_minute=PLENTY, burst=100))
