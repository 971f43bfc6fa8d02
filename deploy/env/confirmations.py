"""Stores who requested a plan that another person must confirm."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploy.core.model import Actor
    from deploy.redis.connect import State

REMEMBERED = 3600  # seconds; an unconfirmed request expires after an hour


class Confirmations:
    """Requesters by the plan's digest."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def add(self, mark: str, actor: Actor) -> None:
        asked = sorted({*await self._ids(mark), actor.id})
        await self._state.ask("SET", self._key(mark), json.dumps(asked), "EX", REMEMBERED)

    async def somebody_but(self, mark: str, actor: Actor) -> bool:
        """Whether another actor of the same kind (Slack or terminal) requested it: one person may have one of each."""
        at_terminal = actor.id.startswith("cli:")
        return any(
            requester != actor.id and requester.startswith("cli:") is at_terminal
            for requester in await self._ids(mark)
        )

    async def _ids(self, mark: str) -> list[str]:
        return list(json.loads(await self._state.ask("GET", self._key(mark)) or "[]"))

    def _key(self, mark: str) -> str:
        return self._state.key(f"once:asked:{mark}")
