"""Measures how late the event loop turns: what blocks it keeps every answer waiting."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

from deploy.core.clock import boottime

EVERY = 0.125  # seconds
STOPPED = 2.0  # seconds late: what was typed meanwhile may be older than the three that Slack waits
CAUGHT_UP = 1.0  # seconds after such a stop, in which what came meanwhile is read


class Pulse:
    """Whether this process ran all the time, by a clock that counts the machine's sleep, too."""

    def __init__(self) -> None:
        self._beat = boottime()
        self._woke, self._stopped = -math.inf, 0.0

    async def measure(self, observe: Callable[[float], None]) -> None:
        """Tell by how many seconds each turn came late, until cancelled."""
        self._beat = boottime()
        while True:
            await asyncio.sleep(EVERY)
            observe(max(0.0, self._late()))
            self._note()
            self._beat = boottime()

    def stopped(self) -> float:
        """For how many seconds this process did not run while what it reads now may have waited; mostly 0."""
        self._note()
        return self._stopped if boottime() - self._woke < CAUGHT_UP else 0.0

    def _late(self) -> float:
        return boottime() - self._beat - EVERY

    def _note(self) -> None:
        """Whichever comes first after a stop notices it: the next turn, or what waited for it."""
        if (late := self._late()) > STOPPED:
            self._woke, self._stopped, self._beat = boottime(), late, boottime()
