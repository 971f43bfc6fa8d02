"""What an operation keeps so that it can be taken back later; closed by whoever keeps it, and gone in 30 days."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploy.redis.connect import State

KEPT_DAYS = 30


class Backup:
    def __init__(self, state: State) -> None:
        self._state = state

    async def keep(self, operation: str, closed: str) -> None:
        """Keep it, in place of what the operation kept before. Raises errors.StateUnavailable."""
        await self._state.ask("SET", self._key(operation), closed, "EX", KEPT_DAYS * 86_400)

    async def find(self, operation: str) -> str | None:
        """What the operation keeps; None where it keeps nothing any more, or never did."""
        found: str | None = await self._state.ask("GET", self._key(operation))
        return found

    def _key(self, operation: str) -> str:
        return self._state.key(f"op:{operation}:backup")
