"""What was seen last, so that what follows from it can be asked for without looking it up first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploy.state.connect import State


class Hints:
    """Guesses, no more: whoever takes one looks whether it still holds."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._key = state.key("hints")

    async def about(self, *things: str) -> tuple[str, ...]:
        """What was seen last of each; empty where nothing was."""
        seen = await self._state.ask("HMGET", self._key, *things)
        return tuple(each or "" for each in seen)

    async def see(self, thing: str, what: str) -> None:
        await self._state.ask("HSET", self._key, thing, what)
