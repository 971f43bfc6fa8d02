"""The doctor's periodic checks, on one replica at a time; only changes are announced."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.log import logger
from deploy.doctor.examine import examine

if TYPE_CHECKING:
    from deploy.doctor.changes import News
    from deploy.doctor.last_verdicts import LastVerdicts
    from deploy.redis.mutex import Mutex
    from deploy.world import World

MUTEX = "doctor"
MUTEX_SECONDS = 120.0  # longer than any check takes; after that another replica may check
HOUR = 3600.0
ASK_EVERY = 60.0  # seconds between two tests whether a check is due

log = logger()


class Rounds:
    """`hours` between two checks; 0: never."""

    def __init__(self, world: World, last_verdicts: LastVerdicts, mutex: Mutex, hours: float) -> None:
        self._world = world
        self._last_verdicts = last_verdicts
        self._mutex = mutex
        self._hours = hours

    async def work(self) -> None:
        """Check for ever, after a delay, so that a new replica first answers commands."""
        while self._hours:
            await asyncio.sleep(min(ASK_EVERY, self._hours * HOUR))
            try:
                await self.look()
            except errors.StateUnavailable as failure:
                log.warning("the doctor's round waits", code=failure.code)

    async def look(self) -> News | None:
        """Check, if due and no other replica does; returns what changed. Raises errors.StateUnavailable."""
        if not await self._last_verdicts.due() or not await self._mutex.take(MUTEX, MUTEX_SECONDS):
            return None
        try:
            if not await self._last_verdicts.due():
                return None
            news: News | None = await self._last_verdicts.keep(await examine(self._world), self._hours * HOUR)
            return news
        finally:
            await self._mutex.give_back(MUTEX)
