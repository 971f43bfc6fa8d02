"""The incident channels: those that fisk was invited to, and whose names fit a pattern."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.log import logger

if TYPE_CHECKING:
    from bot.slack.speaker import Speaker

FRESH = 30.0  # seconds for which the list of fisk's channels is cached
UNSEEN = 2.0  # the same for a request from a channel that is not in the list

log = logger()


class Channels:
    """Cached; the old list serves while Slack fails, since only the audience of messages depends on it."""

    def __init__(
        self, speaker: Speaker, patterns: Iterable[str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._speaker = speaker
        self._patterns = tuple(patterns)
        self._clock = clock
        self._asked = float("-inf")
        self._names: Mapping[str, str] = {}
        self._asking = asyncio.Lock()

    async def incidents(self) -> tuple[str, ...]:
        """Their ids, in the order of their names."""
        await self._be_fresh(FRESH)
        fitting = sorted((name, id_) for id_, name in self._names.items() if fits(name, self._patterns))
        return tuple(id_ for _, id_ in fitting)

    async def is_incident(self, channel: str) -> bool:
        """Whether a channel is an incident's; an unknown one refreshes the cache, since it may be new."""
        await self._be_fresh(FRESH if channel in self._names else UNSEEN)
        return fits(self._names.get(channel, ""), self._patterns)

    async def _be_fresh(self, seconds: float) -> None:
        async with self._asking:
            if self._patterns and self._clock() - self._asked >= seconds:
                await self._ask()

    async def _ask(self) -> None:
        self._asked = self._clock()
        try:
            self._names = await self._speaker.channels()
        except errors.SystemFailure as failure:
            log.warning("incident channels unknown", code=failure.code)


def fits(name: str, patterns: Iterable[str]) -> bool:
    """Whether a channel of that name is an incident's."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)
