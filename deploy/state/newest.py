"""Which build of a workflow was seen under way last, so that its jobs can be asked for without looking it up first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploy.state.connect import State


class Newest:
    """A hint, no more: whoever takes it looks whether it still holds."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._key = state.key("newest")

    async def build(self, workflow: str) -> int:
        """Its id; 0 where none was seen under way."""
        return int(await self._state.ask("HGET", self._key, workflow) or 0)

    async def see(self, workflow: str, build: int) -> None:
        """Remember it; 0 forgets the last one."""
        await self._state.ask("HSET", self._key, workflow, build)
