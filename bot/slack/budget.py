"""The budget for edits: Slack allows about 50 a minute for the whole workspace.

Priorities: outcomes first, then answers to somebody who just asked, then progress. However many operations show their
progress, a part of the bucket is kept for outcomes.
"""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Awaitable, Callable
from enum import IntEnum

PER_MINUTE = 50
BURST = 8
FOR_FINALS = 0.5  # of the burst: outcomes that come at once, of which none waits for a turn


class Priority(IntEnum):
    FINAL = 0
    ANSWER = 1
    PROGRESS = 2


class Budget:
    """A token bucket whose waiters are served by priority, and by age among equals."""

    def __init__(
        self,
        per_minute: float = PER_MINUTE,
        burst: int = BURST,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._rate = per_minute / 60
        self._burst = burst
        self._kept = int(burst * FOR_FINALS)
        self._clock = clock
        self._sleep = sleep
        self._left = float(burst)
        self._at = clock()
        self._waiting: list[tuple[Priority, int, asyncio.Future[None]]] = []
        self._count = 0
        self._pump: asyncio.Task[None] | None = None

    async def slot(self, priority: Priority) -> None:
        """Wait until an edit of this priority may be made."""
        slot = asyncio.get_running_loop().create_future()
        self._count += 1
        heapq.heappush(self._waiting, (priority, self._count, slot))
        if priority is Priority.FINAL:
            self._serve_now()
        if self._pump is None or self._pump.done():
            self._pump = asyncio.create_task(self._serve(), name="slack budget")
        await slot

    def spend(self) -> None:
        """Count an edit that waited for no slot."""
        self._refill()
        self._left -= 1

    def pause(self, seconds: float) -> None:
        """Allow no edits for `seconds`, after a 429."""
        self._refill()
        self._left = min(self._left, 1 - seconds * self._rate)

    def _refill(self) -> None:
        now = self._clock()
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now

    async def _serve(self) -> None:
        while self._waiting:
            self._serve_now()
            if self._waiting:
                await self._sleep(min((self._needed - self._left) / self._rate, 1))

    def _serve_now(self) -> None:
        """Serve all whose turn it is."""
        self._refill()
        while self._waiting and self._left >= self._needed:
            _, _, slot = heapq.heappop(self._waiting)
            if not slot.done():
                self._left -= 1
                slot.set_result(None)

    @property
    def _needed(self) -> int:
        """How much of the bucket there must be for whoever is next."""
        return 1 if self._waiting[0][0] is Priority.FINAL else 1 + self._kept
