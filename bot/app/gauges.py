"""The metrics that are read from fisk's memory when somebody looks: what waits, how long, and who is alive."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.log import logger
from deploy.engine.left import Left
from deploy.engine.outbox import OUTBOX
from deploy.engine.replicas import Replicas

if TYPE_CHECKING:
    from bot.app.metrics import Metrics
    from deploy.world import World

WITHIN = 3.0  # seconds for all that is read
QUEUES = ("inbox", "outbox")

log = logger()


class Gauges:
    """What cannot be read now is not shown, but for `fisk_memory_up`."""

    def __init__(self, world: World, metrics: Metrics) -> None:
        self._github = world.systems.github
        self._journal = world.memory.journal
        self._state = world.memory.journal.state
        self._metrics = metrics

    async def text(self) -> bytes:
        """All metrics, as they are now."""
        self._allowance()
        self._forget()
        try:
            async with asyncio.timeout(WITHIN):
                await self._look()
        except (errors.StateUnavailable, TimeoutError) as error:
            log.warning("metrics without fisk's memory", why=type(error).__name__)
            self._metrics.memory_up.set(0)
        else:
            self._metrics.memory_up.set(1)
        return self._metrics.text()

    def _allowance(self) -> None:
        if left := self._github.calls_left:
            self._metrics.github_left.set(left[0])
            self._metrics.github_limit.set(left[1])

    def _forget(self) -> None:
        """A kind of which none is open any more has no series, rather than an old one."""
        metrics = self._metrics
        for gauge in (metrics.waiting, metrics.oldest, metrics.open, metrics.open_seconds, metrics.aside):
            gauge.clear()
        for single in (metrics.left, metrics.replicas):
            single.set(math.nan)

    async def _look(self) -> None:
        now = await self._state.now()
        for queue in QUEUES:
            await self._queue(queue, now)
        await self._operations(now)
        self._metrics.left.set(await Left(self._state, OUTBOX).count())
        self._metrics.replicas.set(len(await Replicas(self._state).alive()))

    async def _queue(self, name: str, now: float) -> None:
        key = self._state.key(name)
        oldest = await self._state.ask("XRANGE", key, "-", "+", "COUNT", 1)
        since = int(oldest[0][0].partition("-")[0]) / 1000 if oldest else now
        self._metrics.waiting.labels(name).set(await self._state.ask("XLEN", key))
        self._metrics.oldest.labels(name).set(max(0.0, now - since))

    async def _operations(self, now: float) -> None:
        running = await self._journal.running()
        for kind, count in Counter(each.operation.kind for each in running).items():
            oldest = min(each.operation.created for each in running if each.operation.kind == kind)
            self._metrics.open.labels(kind).set(count)
            self._metrics.open_seconds.labels(kind).set(max(0.0, now - oldest))
        for why, count in Counter(each.why for each in await self._journal.aside()).items():
            self._metrics.aside.labels(why).set(count)
