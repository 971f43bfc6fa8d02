"""`fisk run`: the bot, from its first connection to its last ack."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot import log as logs
from bot.announce import Announcer
from bot.http import Server, site
from bot.slack.app import Home, Listeners, build
from bot.slack.budget import Budget
from bot.slack.groups import Groups
from bot.slack.handler import Handler
from bot.slack.live import Live
from bot.slack.socket import Sockets
from bot.slack.speaker import Speaker
from bot.tasks import Tasks
from bot.wiring import Parts, opened
from bot.wording.voice import Voice
from deploy import errors
from deploy.log import Log

if TYPE_CHECKING:
    from bot.settings import Settings
    from deploy.model import Operation

SLACK_SECONDS = 10.0
GREET_AGAIN = 2.0  # seconds until Slack is asked again who we are
LAST_WORDS = 5.0  # seconds for answers and announcements after the operations have ended

log = Log("fisk")


class Bot:
    """Everything that runs in one replica."""

    def __init__(self, parts: Parts, client: AsyncWebClient, live_of: LateLive) -> None:
        settings = parts.settings
        self.parts = parts
        self.home = Home()
        self.listeners, self.background = Tasks(), Tasks()
        self.speaker = Speaker(client, Budget())
        voice = Voice(slack=True, people=settings.people)
        self.live = live_of.live = Live(self.speaker, parts.world.journal, voice)
        groups = Groups(self.speaker, settings.policy.groups)
        handler = Handler(
            parts.world,
            parts.state,
            settings.policy,
            speaker=self.speaker,
            groups=groups,
            voice=voice,
            metrics=parts.metrics,
        )
        secret = settings.slack_signing_secret.get_secret_value()
        listeners = Listeners(
            self.home, handler, self.speaker, tasks=self.listeners, voice=voice, metrics=parts.metrics
        )
        app = build(client, secret, self.home, listeners)
        self.sockets = (
            None if settings.http_mode else Sockets(app, settings.slack_app_token.get_secret_value())
        )
        self.server = Server(
            site(self.check, parts.metrics, app if settings.http_mode else None), settings.address
        )
        self.announcer = Announcer(
            parts.outbox,
            parts.world.journal,
            self.speaker,
            self.live,
            voice=voice,
            metrics=parts.metrics,
            consumer=parts.runner,
            channel=settings.channels.announce,
        )

    async def check(self) -> dict[str, bool]:
        """Which of the parts it leans on answer now."""
        memory = True
        try:
            await self.parts.state.ping()
        except errors.StateUnavailable:
            memory = False
        connected = self.sockets is None or await self.sockets.connected()
        return {
            "memory": memory,
            "slack": bool(self.home.team),
            "connected": connected,
            "accepting": not self.draining,
        }

    @property
    def draining(self) -> bool:
        return self.parts.engine.draining

    async def serve(self, stop: asyncio.Event) -> None:
        """Run until told to stop, then drain: nothing new, operations end or are handed over, no ack is lost."""
        await self.server.start()
        self.background.spawn(self._greet(), "greeting")
        if self.sockets:
            self.background.spawn(self.sockets.work(), "sockets")
        self.background.spawn(self.parts.engine.work(), "engine")
        self.background.spawn(self.announcer.work(), "announcer")
        log.info("running", runner=self.parts.runner, bind=self.parts.settings.bind)
        await stop.wait()
        log.info("draining")
        await self._drain()

    async def _drain(self) -> None:
        await self.parts.engine.drain(self.parts.settings.drain_seconds)
        await self.listeners.drain(LAST_WORDS)
        await self.live.stop()
        with suppress(TimeoutError, errors.StateUnavailable):
            await asyncio.wait_for(self.announcer.idle(), LAST_WORDS)
        await self.background.stop()
        if self.sockets:
            await self.sockets.close()
        await self.server.stop()

    async def _greet(self) -> None:
        """Learn which workspace this is; until then nobody is a member of it."""
        while not self.home.team:
            try:
                self.home.team, self.home.user = await self.speaker.team()
            except errors.SystemFailure as failure:
                log.warning("Slack does not say who we are", code=failure.code)
                await asyncio.sleep(GREET_AGAIN)


class LateLive:
    """The engine tells of its runs before the live messages exist that draw them."""

    live: Live | None = None

    def draws(self, operation: Operation) -> None:
        if self.live:
            self.live.draws(operation)


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


async def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Raises errors.BadSettings and errors.StateUnavailable."""
    configured(settings)
    logs.configure(settings.log_level)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    late = LateLive()
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(_session())
        client = _client(settings, session)
        parts = await stack.enter_async_context(opened(settings, on_run=late.draws))
        await Bot(parts, client, late).serve(stop)
