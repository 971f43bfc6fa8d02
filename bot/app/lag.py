"""Measures how late the event loop turns: what blocks it keeps every answer waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

EVERY = 0.5  # seconds


async def measure(observe: Callable[[float], None]) -> None:
    """Tell by how many seconds each turn came late, until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + EVERY
        await asyncio.sleep(EVERY)
        observe(max(0.0, loop.time() - due))
