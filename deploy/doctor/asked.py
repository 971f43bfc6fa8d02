"""Queries of one check, each made once, and who was asked."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import TYPE_CHECKING, Any, TypeVar, cast

from deploy.core import errors

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, Iterator

    from deploy.world import World

T = TypeVar("T")
WITHIN = 12.0  # seconds for each thing that is asked for
GITHUB, REGISTRY, COOLIFY, HEALTH = "GitHub", "the registry", "Coolify", "the health URL"
MEMORY = "Redis or Valkey"

_SOURCES: ContextVar[dict[str, None]] = ContextVar("who was asked")


@contextmanager
def sources() -> Iterator[dict[str, None]]:
    """Who is asked during the block, in the order of asking."""
    token = _SOURCES.set({})
    try:
        yield _SOURCES.get()
    finally:
        _SOURCES.reset(token)


class Questions:
    """What is asked once, however many rules need it; `within`: seconds for each query."""

    def __init__(self, world: World, within: float = WITHIN) -> None:
        self._world = world
        self._within = within
        self._asked: dict[Hashable, asyncio.Task[Any]] = {}

    @property
    def world(self) -> World:
        return self._world

    async def shared(self, source: str, key: Hashable, ask: Callable[[], Awaitable[T]]) -> T:
        """What one query tells, which is made once; it has the time of one. `source` is who is asked."""
        _SOURCES.get({})[source] = None
        if key not in self._asked:
            own = copy_context()  # what the query asks in turn is part of its own source
            own.run(_SOURCES.set, {})
            self._asked[key] = asyncio.create_task(self._limited(key, ask), context=own)
        return cast("T", await asyncio.shield(self._asked[key]))

    async def _limited(self, key: Hashable, ask: Callable[[], Awaitable[T]]) -> T:
        try:
            async with asyncio.timeout(self._within):
                return await ask()
        except TimeoutError:
            what = key[0] if isinstance(key, tuple) else key
            raise errors.TimedOut(system=f"What tells {what}", seconds=self._within) from None

    async def close(self) -> None:
        """Cancel pending queries."""
        for task in self._asked.values():
            task.cancel()
        await asyncio.gather(*self._asked.values(), return_exceptions=True)
