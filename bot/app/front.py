"""What hears: Slack's listeners, and fisk's own HTTP server. It acknowledges; the back does the rest."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from bot.app.http import Server, site
from bot.app.metrics import Metrics
from bot.app.tasks import Tasks
from bot.app.webhooks import Webhooks
from bot.slack.app import Home, Listeners, build
from bot.slack.budget import Budget
from bot.slack.socket import Sockets
from bot.slack.speaker import Speaker
from bot.words.format import Format
from deploy.core import errors
from deploy.core.log import Log

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.app.back import Back
    from bot.app.settings import Settings
    from bot.slack.handler import Handler

GREET_AGAIN = 2.0  # seconds until Slack is asked again who we are
LAST_WORDS = 5.0  # seconds for answers after the operations have ended

log = Log("fisk")


class Front:
    """Everything that listens, in one replica."""

    def __init__(self, settings: Settings, client: AsyncWebClient) -> None:
        self.settings = settings
        self.home = Home()
        self.metrics = Metrics()
        self.speaker = Speaker(client, Budget())
        self.fmt = Format(slack=True, people=settings.people)
        self._back: asyncio.Future[Back] = asyncio.get_running_loop().create_future()
        self._greeted = asyncio.Event()
        self._listeners, self._tasks = Tasks(), Tasks()
        listeners = Listeners(
            self.home,
            self._handler,
            self.speaker,
            incidents=settings.incidents.channels,
            tasks=self._listeners,
            fmt=self.fmt,
            metrics=self.metrics,
        )
        app = build(client, settings.slack_signing_secret.get_secret_value(), self.home, listeners)
        self._sockets = (
            None if settings.http_mode else Sockets(app, settings.slack_app_token.get_secret_value())
        )
        secret = settings.github_webhook_secret.get_secret_value()
        self._webhooks = Webhooks(secret, self._hear, self.metrics) if secret else None
        pages = site(self.check, self.metrics, app if settings.http_mode else None, self._webhooks)
        self._server = Server(pages, settings.address)

    async def back(self) -> Back:
        """The back, once it is loaded. Raises what kept it from being so."""
        return await asyncio.shield(self._back)

    async def _handler(self) -> Handler:
        return (await self.back()).handler

    async def _hear(self, payload: dict[str, Any], delivery: str) -> str | None:
        return await (await self.back()).watch.hear(payload, delivery)

    async def start(self) -> None:
        await self._server.start()
        self._tasks.spawn(self._greet(), "greeting")
        if self._sockets:
            self._tasks.spawn(self._sockets.work(), "sockets")

    async def heard(self) -> None:
        """Wait until Slack has said who we are and can reach us."""
        await self._greeted.wait()
        if self._sockets:
            await self._sockets.dialed.wait()

    def backed(self, back: Back) -> None:
        """From now on lines are handled."""
        self._back.set_result(back)

    def unbacked(self, error: errors.FiskError) -> None:
        """Nobody will ever handle a line here: whoever typed one is told why."""
        self._back.set_exception(error)
        self._back.exception()  # seen: it is no news where nobody typed anything

    async def check(self) -> dict[str, bool]:
        """Which of the parts it leans on answer now."""
        back = self._back.result() if self._back.done() and not self._back.exception() else None
        return {
            "memory": back is not None and await back.remembers(),
            "slack": bool(self.home.team),
            "connected": self._sockets is None or await self._sockets.connected(),
            "accepting": back is not None and not back.draining,
        }

    async def hush(self) -> None:
        """Finish the lines that were begun."""
        await self._listeners.drain(LAST_WORDS)
        if self._webhooks:
            await self._webhooks.drain(LAST_WORDS)

    async def stop(self) -> None:
        """Hear nothing more, and finish the lines that were heard until then."""
        await self._tasks.stop()
        if self._sockets:
            await self._sockets.close()
        await self._server.stop()
        await self._listeners.drain(LAST_WORDS)

    async def _greet(self) -> None:
        """Learn which workspace this is; until then nobody is a member of it."""
        while not self.home.team:
            try:
                self.home.team, self.home.user = await self.speaker.team()
            except errors.SystemFailure as failure:
                log.warning("Slack does not say who we are", code=failure.code)
                await asyncio.sleep(GREET_AGAIN)
        self._greeted.set()
