"""What was done: finished operations, and the releases that were proven."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.model import Release
from deploy.state import codec
from deploy.state.snapshot import Snapshot, read

if TYPE_CHECKING:
    from deploy.state.connect import State


class History:
    def __init__(self, state: State) -> None:
        self._state = state

    async def operations(self, resource: str = "", limit: int = 10) -> tuple[Snapshot, ...]:
        """Finished operations, newest first; of one resource, where one is named."""
        key = self._state.key(f"history:{resource}" if resource else "history")
        ids = await self._state.ask("ZREVRANGE", key, 0, limit - 1)
        records = await self._state.hashes([self._state.key(f"op:{id_}") for id_ in ids])
        return tuple(read(record) for record in records if "operation" in record)

    async def add_release(self, release: Release) -> None:
        """Remember it; a second time for the same operation changes nothing."""
        text = codec.dump(Release, release)
        await self._state.run("release", [self._releases(release.target)], release.operation, text)

    async def releases(self, target: str, limit: int = 10) -> tuple[Release, ...]:
        """The target's proven releases, newest first; a hundred are kept."""
        texts = await self._state.ask("LRANGE", self._releases(target), 0, limit - 1)
        return tuple(codec.load(Release, text) for text in texts)

    def _releases(self, target: str) -> str:
        return self._state.key(f"releases:{target}")
