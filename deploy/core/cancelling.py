"""Ending tasks for certain."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any

CANCEL_AGAIN = 0.2  # seconds


async def end(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel repeatedly: Python 3.11's wait_for, in redis-py too, swallows a cancel that arrives as its work ends."""
    while running := [task for task in tasks if not task.done()]:
        for task in running:
            task.cancel()
        await asyncio.wait(running, timeout=CANCEL_AGAIN)
