"""A mutex that expires. For work that may be done twice at worst."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.cancelling import end

if TYPE_CHECKING:
    from deploy.redis.connect import State

ASK_EVERY = 0.02  # seconds between two attempts while waiting


class Mutex:
    """Named mutexes; `holder` is the owner's name in this process."""

    def __init__(self, state: State, holder: str) -> None:
        self._state = state
        self._holder = holder

    async def take(self, name: str, seconds: float) -> bool:
        """Acquire or renew it for `seconds`; False while another holder has it. Raises errors.StateUnavailable."""
        key = self._state.key(f"mutex:{name}")
        return bool(await self._state.run("mutex", (key,), self._holder, int(seconds * 1000)))

    async def give_back(self, name: str) -> None:
        """Release it. Raises errors.StateUnavailable."""
        await self._state.run("give_back", (self._state.key(f"mutex:{name}"),), self._holder)

    @asynccontextmanager
    async def alone(self, name: str, seconds: float) -> AsyncIterator[None]:
        """Hold it during the block, waiting for it first; it expires `seconds` after its holder died."""
        take = partial(self.take, name, seconds)
        while not await take():  # noqa: ASYNC110 (another process releases it)
            await asyncio.sleep(ASK_EVERY)
        try:
            async with renewed(take, seconds):
                yield
        finally:
            await self.give_back(name)


@asynccontextmanager
async def renewed(take: Callable[[], Awaitable[object]], seconds: float) -> AsyncIterator[None]:
    """During the block, call `take` often enough to renew what expires after `seconds`."""
    renewing = asyncio.create_task(_renew(take, seconds / 3))
    try:
        yield
    finally:
        await end([renewing])


async def _renew(take: Callable[[], Awaitable[object]], every: float) -> None:
    while True:
        await asyncio.sleep(every)
        with suppress(errors.StateUnavailable):
            await take()
