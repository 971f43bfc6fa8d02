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
    """`holder` names whoever takes them here."""

    def __init__(self, state: State, holder: str) -> None:
        self._state = state
        self._holder = holder

    async def take(self, name: str, seconds: float) -> bool:
        """Take it, or keep it, for so long; False while somebody else has it. Raises errors.StateUnavailable."""
        key = self._state.key(f"mutex:{name}")
        return bool(await self._state.run("mutex", (key,), self._holder, int(seconds * 1000)))

    async def give_back(self, name: str) -> None:
        """Let others have it at once. Raises errors.StateUnavailable."""
        await self._state.run("give_back", (self._state.key(f"mutex:{name}"),), self._holder)

    @asynccontextmanager
    async def alone(self, name: str, seconds: float) -> AsyncIterator[None]:
        """Wait for it, and keep it; it lapses so long after the death of whoever has it."""
        take = partial(self.take, name, seconds)
        while not await take():  # noqa: ASYNC110 (another process gives it back)
            await asyncio.sleep(ASK_EVERY)
        try:
            async with renewed(take, seconds):
                yield
        finally:
            await self.give_back(name)


@asynccontextmanager
async def renewed(take: Callable[[], Awaitable[object]], seconds: float) -> AsyncIterator[None]:
    """Renew what lapses after so many seconds."""
    renewing = asyncio.create_task(_renew(take, seconds / 3))
    try:
        yield
    finally:
        renewing.cancel()


async def _renew(take: Callable[[], Awaitable[object]], every: float) -> None:
    while True:
        await asyncio.sleep(every)
        with suppress(errors.StateUnavailable):
            await take()
