"""Turns: small rights to do something alone, which lapse by themselves. For what may be done twice at worst."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from deploy.state.connect import State

ASK_EVERY = 0.02  # seconds between two tries of whoever waits


class Turns:
    """`holder` names whoever takes turns here, one at a time."""

    def __init__(self, state: State, holder: str) -> None:
        self._state = state
        self._holder = holder

    async def take(self, name: str, seconds: float) -> bool:
        """Take or keep a turn for so long; False while somebody else has it. Raises errors.StateUnavailable."""
        key = self._state.key(f"turn:{name}")
        return bool(await self._state.run("turn", (key,), self._holder, int(seconds * 1000)))

    async def give_back(self, name: str) -> None:
        """Let others have it at once. Raises errors.StateUnavailable."""
        await self._state.run("give_back", (self._state.key(f"turn:{name}"),), self._holder)

    @asynccontextmanager
    async def alone(self, name: str, seconds: float) -> AsyncIterator[None]:
        """Wait for the turn, which lasts so long at most."""
        while not await self.take(name, seconds):  # noqa: ASYNC110 (another process gives it back)
            await asyncio.sleep(ASK_EVERY)
        try:
            yield
        finally:
            await self.give_back(name)
