"""What a stream holds for another version of fisk: noted by whoever could not read it, counted by `status`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploy.redis.connect import State

NOTED = 30 * 86_400  # seconds for which it is noted that an entry was left
STAYS = 30.0  # seconds after which an entry of another version counts as staying


class Left:
    """The entries of one stream, by its name, whichever replica left them."""

    def __init__(self, state: State, stream: str) -> None:
        self._state = state
        self._stream = state.key(stream)
        self.key = state.key(f"{stream}:left")

    async def note(self, id_: str) -> None:
        """Raises errors.StateUnavailable."""
        await self._state.ask("SADD", self.key, id_)
        await self._state.ask("EXPIRE", self.key, NOTED)

    async def count(self) -> int:
        """How many have waited for another version for a while. Raises errors.StateUnavailable."""
        noted = await self._state.ask("SMEMBERS", self.key)
        if not noted:
            return 0
        oldest = await self._state.ask("XRANGE", self._stream, "-", "+", "COUNT", 1)
        first = _milliseconds(oldest[0][0]) if oldest else math.inf
        latest = (await self._state.now() - STAYS) * 1000
        return sum(first <= _milliseconds(id_) < latest for id_ in noted)


def _milliseconds(position: str) -> int:
    return int(position.partition("-")[0])
