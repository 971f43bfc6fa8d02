"""The history: finished operations and proven releases."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from deploy.core.model import Release, Resource
from deploy.engine.records import Records
from deploy.engine.snapshot import Snapshot, readable
from deploy.redis import codec

if TYPE_CHECKING:
    from deploy.engine.kind import Kinds
    from deploy.redis.connect import State

PAGE = 50


class History:
    """Finished operations and proven releases; unreadable records are skipped."""

    def __init__(self, state: State, kinds: Kinds) -> None:
        self._state = state
        self._records = Records(kinds)

    async def operations(
        self, resource: Resource | None = None, limit: int = 10, *, among: int = 0
    ) -> tuple[Snapshot, ...]:
        """Finished operations, newest first; of one resource, where one is given.

        With `among` only about that many of the newest are searched, which is faster.
        """
        found: list[Snapshot] = []
        async for snapshot in self._newest_first(among):
            if not resource or resource in snapshot.operation.resources:
                found.append(snapshot)
            if len(found) >= limit:
                break
        return tuple(found)

    async def since(self, at: float) -> tuple[Snapshot, ...]:
        """All that finished at that time (the store's, in seconds) or later, newest first."""
        found: list[Snapshot] = []
        async for snapshot in self._newest_first():
            if snapshot.finished < at:
                break
            found.append(snapshot)
        return tuple(found)

    async def begins(self) -> float:
        """When the earliest operation ended that is remembered, in seconds by the store's clock; 0: there is none."""
        earliest = await self._state.ask("ZRANGE", self._state.key("history"), 0, 0, "WITHSCORES")
        return float(earliest[1]) / 1000 if earliest else 0.0

    async def _newest_first(self, among: int = 0) -> AsyncIterator[Snapshot]:
        key = self._state.key("history")
        for first in range(0, among, PAGE) if among else itertools.count(0, PAGE):
            ids = await self._state.ask("ZREVRANGE", key, first, first + PAGE - 1)
            found = await self._state.hashes([self._state.key(f"op:{id_}") for id_ in ids])
            snapshots = tuple(readable(zip(ids, found, strict=True), self._records, self._state.signer))
            for newest in snapshots[: 1 if first == 0 else 0]:
                await self._state.lasting(newest.finished)  # an end that was shown is never untold
            for snapshot in snapshots:
                yield snapshot
            if len(ids) < PAGE:
                return

    async def add_release(self, release: Release) -> None:
        """Store a release; idempotent for the same operation and commit."""
        key = self._releases(release.target)
        text = self._state.signer.sign(codec.dump(Release, release), key)
        await self._state.run("release", [key], text)

    async def releases(self, target: str, limit: int = 10) -> tuple[Release, ...]:
        """The target's proven releases, newest first, by their own times; a hundred are kept."""
        found = dict.fromkeys(release for release in await self._found(target) if release)
        return tuple(sorted(found, key=lambda release: release.at, reverse=True))[:limit]

    async def unreadable_releases(self, target: str) -> int:
        """How many of the target's releases this fisk cannot read, or does not believe."""
        return (await self._found(target)).count(None)

    async def _found(self, target: str) -> list[Release | None]:
        key = self._releases(target)
        texts = await self._state.ask("LRANGE", key, 0, -1)
        return [codec.believed(Release, text, "release", self._state.signer, key) for text in texts]

    def _releases(self, target: str) -> str:
        return self._state.key(f"releases:{target}")
