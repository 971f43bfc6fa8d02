"""Mutex: small rights to do something alone, which lapse by themselves. For what may be done twice at worst."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

from deploy.core import errors

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from deploy.redis.connect import State

ASK_EVERY = 0.02  # seconds between two tries of whoever waits


class Mutex:
    """`holder` names whoever takes turns here, one at a time."""

    def __init__(self, state: State, holder: str) -> None:
        self._state = state
        self._holder = holder

    async def take(self, name: str, seconds: float) -> bool:
        """Take or keep a turn for so long; False while somebody else has it. Raises errors.StateUnavailable."""
        key = self._state.key(f"mutex:{name}")
        return bool(await self._state.run("mutex", (key,), self._holder, int(seconds * 1000)))

    async def give_back(self, name: str) -> None:
        """Let others have it at once. Raises errors.StateUnavailable."""
        await self._state.run("give_back", (self._state.key(f"mutex:{name}"),), self._holder)

    @asynccontextmanager
    async def alone(self, name: str, seconds: float) -> AsyncIterator[None]:
        """Wait for the turn, and keep it; it lapses so long after the death of whoever has it."""
        take = partial(self.take, name, seconds)
        while not await take():  # noqa: ASYNC110 (another process gives it back)
            await asyncio.sleep(ASK_EVERY)
        try:
            async with kept(take, seconds):
                yield
        finally:
            await self.give_back(name)


@asynccontextmanager
async def kept(take: Callable[[], Awaitable[object]], seconds: float) -> AsyncIterator[None]:
    """Take again and again what lapses after so many seconds."""
    keeping = asyncio.create_task(_keep(take, seconds / 3))
    try:
        yield
    finally:
        keeping.cancel()


async def _keep(take: Callable[[], Awaitable[object]], every: float) -> None:
    while True:
        await asyncio.sleep(every)
        with suppress(errors.StateUnavailable):
            await take()
