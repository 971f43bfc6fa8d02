"""The incident channels: those that fisk was invited to, and whose names fit a pattern."""

from __future__ import annotations

import asyncio
import time
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from deploy import errors
from deploy.log import Log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.slack.speaker import Speaker

FRESH = 30.0  # seconds: an incident is young when people invite fisk to its channel

log = Log("fisk")


class Channels:
    """Cached; where Slack does not say, what it said last counts, since nothing but noise depends on it."""

    def __init__(
        self, speaker: Speaker, patterns: Iterable[str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._speaker = speaker
        self._patterns = tuple(patterns)
        self._clock = clock
        self._asked = float("-inf")
        self._known: tuple[str, ...] = ()
        self._asking = asyncio.Lock()

    async def incidents(self) -> tuple[str, ...]:
        """Their ids, in the order of their names."""
        async with self._asking:
            if self._patterns and self._clock() - self._asked >= FRESH:
                await self._ask()
        return self._known

    async def is_incident(self, channel: str) -> bool:
        return channel in await self.incidents()

    async def _ask(self) -> None:
        self._asked = self._clock()
        try:
            names = await self._speaker.channels()
        except errors.SystemFailure as failure:
            log.warning("incident channels unknown", code=failure.code)
            return
        fitting = sorted((name, id_) for id_, name in names.items() if self._fits(name))
        self._known = tuple(id_ for _, id_ in fitting)

    def _fits(self, name: str) -> bool:
        return any(fnmatchcase(name, pattern) for pattern in self._patterns)
