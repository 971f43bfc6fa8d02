"""A registry of background tasks, so that a shutdown can wait for them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

from deploy.core.cancelling import end
from deploy.core.log import logger

log = logger()


class Tasks:
    """Keeps a reference to each task until it ends, and logs exceptions."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()

    def spawn(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("task failed", task=task.get_name(), exc_info=error)

    async def drain(self, seconds: float) -> None:
        """Wait up to `seconds` for all tasks, later ones included; then cancel the rest."""
        until = time.monotonic() + seconds
        while self._running and (left := until - time.monotonic()) > 0:
            await asyncio.wait(self._running, timeout=left)
        await self.stop()

    async def stop(self) -> None:
        """Cancel all tasks and wait for them."""
        await end(self._running)
