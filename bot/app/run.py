"""`fisk run`: the bot, from its first connection to its last ack."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from typing import TYPE_CHECKING

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.app import log as logs
from bot.app.front import Front
from bot.app.settings import require_targets
from bot.slack.budget import Budget
from bot.slack.speaker import Speaker
from deploy.core import errors
from deploy.core.log import Log

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.app.back import Back
    from bot.app.settings import Settings

SLACK_SECONDS = 10.0
HEAD_START = 0.1  # seconds that the first connection to Slack may have for itself
TURN = 0.0005  # seconds for which loading may hold up an ack

log = Log("fisk")


async def serve(front: Front, stop: asyncio.Event) -> None:
    """Listen at once, load what does the work, run until told to stop, then drain: no ack is lost.

    Raises:
        errors.BadSettings: the address is taken.
        errors.StateUnavailable: Redis or Valkey does not answer at the start.
    """
    try:
        await front.start()
        async with _loaded(front) as back:
            back.work()
            front.backed(back)
            log.info("running", runner=back.parts.runner, bind=front.settings.bind)
            await stop.wait()
            log.info("draining")
            await back.drain()
            await front.hush()
            await back.stop()
            await front.stop()  # what was typed until now still has fisk's memory
    except errors.FiskError as error:
        front.unbacked(error)
        await front.hush()
        raise
    finally:
        await front.stop()


@asynccontextmanager
async def _loaded(front: Front) -> AsyncIterator[Back]:
    """The back, imported in a thread that gives way to acks."""
    with suppress(TimeoutError):
        await asyncio.wait_for(front.heard(), HEAD_START)
    usual = sys.getswitchinterval()
    sys.setswitchinterval(TURN)
    try:
        behind = (await asyncio.to_thread(import_module, "bot.app.back")).behind
    finally:
        sys.setswitchinterval(usual)
        gc.freeze()
        gc.enable()
    async with behind(front) as back:
        yield back


def configured(settings: Settings) -> None:
    """Raises errors.BadSettings where Slack cannot be reached with these settings."""
    if not settings.slack_bot_token.get_secret_value():
        raise errors.BadSettings(why="FISK_SLACK_BOT_TOKEN is empty")
    if not settings.http_mode and not settings.slack_app_token.get_secret_value():
        raise errors.BadSettings(why="neither FISK_SLACK_APP_TOKEN nor FISK_SLACK_SIGNING_SECRET is set")


def _client(settings: Settings, session: aiohttp.ClientSession) -> AsyncWebClient:
    token = settings.slack_bot_token.get_secret_value()
    return AsyncWebClient(token, base_url=settings.slack_api_url, session=session)


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SLACK_SECONDS))


async def hello(settings: Settings) -> str:
    """The workspace's id. Raises errors.SystemFailure."""
    async with _session() as session:
        team, _ = await Speaker(_client(settings, session), Budget()).team()
    return team


async def channels(settings: Settings) -> dict[str, str]:
    """The names of the channels that fisk is a member of, by id. Raises errors.SystemFailure."""
    async with _session() as session:
        return await Speaker(_client(settings, session), Budget()).channels()


async def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Raises errors.BadSettings and errors.StateUnavailable."""
    require_targets(settings)
    configured(settings)
    logs.configure(settings.log_level)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with _session() as session:
        await serve(Front(settings, _client(settings, session)), stop)
