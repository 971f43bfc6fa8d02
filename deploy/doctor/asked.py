"""Queries of one check, each made once, and who was asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast

from deploy.core import errors
from deploy.core.cancelling import end

if TYPE_CHECKING:
    from deploy.world import World

T = TypeVar("T")
P = ParamSpec("P")
Q = TypeVar("Q", bound="Questions")
Query = Callable[Concatenate[Q, P], Coroutine[Any, Any, T]]
WITHIN = 12.0  # seconds for each thing that is asked for
GITHUB, REGISTRY, COOLIFY, HEALTH = "GitHub", "the registry", "Coolify", "the health URL"
MEMORY = "Redis or Valkey"
HERE = "fisk's own machine"

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
        self.world = world
        self._within = within
        self._asked: dict[Hashable, asyncio.Task[Any]] = {}

    async def shared(self, source: str, key: tuple[Hashable, ...], ask: Callable[[], Awaitable[T]]) -> T:
        """What one query tells, which is made once; it has the time of one. `source` is who is asked."""
        _SOURCES.get({})[source] = None
        if key not in self._asked:
            own = copy_context()  # what the query asks in turn is part of its own source
            own.run(_SOURCES.set, {})
            self._asked[key] = asyncio.create_task(self._limited(key[0], ask), context=own)
        return cast("T", await asyncio.shield(self._asked[key]))

    async def _limited(self, what: Hashable, ask: Callable[[], Awaitable[T]]) -> T:
        try:
            async with asyncio.timeout(self._within):
                return await ask()
        except TimeoutError:
            raise errors.TimedOut(system=f"What tells {what}", seconds=self._within) from None

    async def close(self) -> None:
        """Cancel pending queries."""
        await end(self._asked.values())
        for task in self._asked.values():
            if not task.cancelled():
                task.exception()  # whoever asked has seen it


def once(source: str | Callable[..., str], what: str) -> Callable[[Query[Q, P, T]], Query[Q, P, T]]:
    """A query that is made once for the same arguments. `source` is who is asked, or tells it of the arguments."""

    def shared(query: Query[Q, P, T]) -> Query[Q, P, T]:
        @wraps(query)
        async def asking(it: Q, /, *args: P.args, **named: P.kwargs) -> T:
            asked = source if isinstance(source, str) else source(it, *args, **named)
            key = (what, *args, *named.values())
            return await it.shared(asked, key, lambda: query(it, *args, **named))

        return asking

    return shared
