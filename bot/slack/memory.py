"""Posts what happened to fisk's memory where outcomes are announced and in incident channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.slack import blocks
from bot.words.memory import emptied, found
from deploy.engine.recovery import EMPTIED, FOUND, Emptied, Found
from deploy.redis import codec

if TYPE_CHECKING:
    from bot.slack.incidents import Incidents
    from bot.slack.outbox_worker import Announcer
    from bot.words.format import Format


class MemoryNews:
    """Each once in each channel, whichever replicas noticed it."""

    def __init__(self, incidents: Incidents, fmt: Format) -> None:
        self._incidents = incidents
        self._fmt = fmt

    def listens(self, announcer: Announcer) -> None:
        """Register for the outbox's messages about the memory."""
        announcer.tells(EMPTIED, self.emptied)
        announcer.tells(FOUND, self.found)

    async def emptied(self, text: str) -> None:
        """Tell that it was emptied, and what was under way. Raises errors.SystemFailure."""
        news = codec.load(Emptied, text)
        key = ":".join(["emptied", news.epoch, *(each.operation for each in news.stopped)])
        await self._incidents.tell(key, blocks.message(*emptied(news, self._fmt)))

    async def found(self, text: str) -> None:
        """Tell what the world shows and the memory does not know. Raises errors.SystemFailure."""
        news = codec.load(Found, text)
        key = f"found:{news.resource}:{news.master}"
        await self._incidents.tell(key, blocks.message(found(news, self._fmt)))
