"""A cache of last seen values, so that dependent queries can start without a lookup first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploy.redis.connect import State


LASTS = 7 * 86_400  # seconds


class Cache:
    """Values may be stale: the caller must check them."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def get(self, *things: str) -> tuple[str, ...]:
        """The last value of each key; empty where there is none."""
        seen = await self._state.ask("MGET", *(self._key(thing) for thing in things))
        return tuple(each or "" for each in seen)

    async def set(self, thing: str, what: str) -> None:
        await self._state.ask("SET", self._key(thing), what, "EX", LASTS)

    def _key(self, thing: str) -> str:
        return self._state.key(f"cache:{thing}")
