"""`until`: the only way in which tests wait for events elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from inspect import isawaitable

LOOK_EVERY = 0.005  # seconds


async def until(ready: Callable[[], object], within: float = 20.0) -> None:
    """Look until it is so; `ready` may have to be awaited. A failure after so many seconds.

    What is waited for happens in another process or behind a socket, where there is no event to wait for.
    """
    async with asyncio.timeout(within):
        while not await _answer(ready()):  # noqa: ASYNC110 (what is waited for has no event here)
            await asyncio.sleep(LOOK_EVERY)


async def _answer(told: object) -> object:
    return await told if isawaitable(told) else told
