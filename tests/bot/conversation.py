"""A bot in the test's process: listeners, handler and Valkey, without systems to act on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient

from bot.app.run import Bot, serving
from bot.app.settings import Settings
from bot.app.tables import IncidentSettings
from bot.slack.client import session
from deploy.access.policy import Policy
from sandbox.ports import free_port
from tests.keys import KEY
from tests.waiting import until

if TYPE_CHECKING:
    from sandbox.slack import Slack
    from sandbox.slack.message import Message

TARGETS = {
    "app": {
        "image": "127.0.0.1:1/wandeon/app",
        "app": "uuid",
        "health": "http://127.0.0.1:1/health",
    }
}


def settings(slack: Slack, redis: str, *, http: bool = False) -> Settings:
    return Settings(
        _env_file=None,
        config=Path("none.toml"),
        redis_url=SecretStr(redis),
        key=KEY,
        bind=f"127.0.0.1:{free_port()}",
        metrics_bind=f"127.0.0.1:{free_port()}",
        slack_bot_token=SecretStr(slack.bot_token),
        slack_app_token=SecretStr(slack.app_token),
        slack_signing_secret=SecretStr(slack.signing_secret if http else ""),
        slack_api_url=slack.api_url,
        github_url="http://127.0.0.1:1",
        coolify_url="http://127.0.0.1:1",
        targets=TARGETS,
        incidents=IncidentSettings(channels=("inc-*", "C0INCVAT1")),
        access=Policy(deployers=frozenset({"U024BE7LH", "S0ONCALL1"})),
        drain_seconds=0,
    )


async def ready(bot: Bot) -> bool:
    return all((await bot.readiness.check()).values())


@asynccontextmanager
async def a_bot(slack: Slack, settings: Settings) -> AsyncIterator[Bot]:
    """Serving, and drained in the end."""
    async with a_client(slack) as client, serving(settings, client) as bot:
        await until(partial(ready, bot))
        yield bot


@asynccontextmanager
async def a_client(slack: Slack) -> AsyncIterator[AsyncWebClient]:
    async with session(5) as open_session:
        yield AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=open_session)


async def seen(slack: Slack, text: str, within: float = 10) -> Message:
    """The newest message in #deploys with these words, once it is there."""
    (message,) = await slack.until(lambda: _found(slack.find("#deploys", text)), within)
    return message


def _found(message: Message | None) -> list[Message]:
    return [message] if message else []
