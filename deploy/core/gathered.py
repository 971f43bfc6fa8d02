"""Questions of one kind that are asked at the same moment go to a system as one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Generic, TypeVar

from deploy.core.cancelling import end

K = TypeVar("K")
V = TypeVar("V")


class Gathered(Generic[K, V]):
    """What was asked for once is not asked for again, so it is only for what looks, as AskedOnce is.

    Args:
        ask: answers two or more of them, each under what was asked for; those that are better asked alone are missing.
    """

    def __init__(self, ask: Callable[[tuple[K, ...]], Awaitable[Mapping[K, V]]]) -> None:
        self._ask = ask
        self._going: asyncio.Task[Mapping[K, V]] | None = None
        self._with_it: list[K] = []
        self._answers: dict[K, asyncio.Task[Mapping[K, V]]] = {}

    async def of(self, key: K) -> V | None:
        """The answer to one question; None where it is to be asked alone. Raises what asking for all of them raises."""
        if key not in self._answers:
            self._going = self._going or asyncio.ensure_future(self._go())
            self._with_it.append(key)
            self._answers[key] = self._going
        return (await asyncio.shield(self._answers[key])).get(key)

    async def _go(self) -> Mapping[K, V]:
        """A task begins once everybody who is ready now has had a turn, and so has asked."""
        keys, self._going, self._with_it = tuple(self._with_it), None, []
        return await self._ask(keys) if len(keys) > 1 else {}

    async def aclose(self) -> None:
        """End what nobody waits for any more."""
        tasks = tuple(dict.fromkeys(self._answers.values()))
        await end(tasks)
        for task in tasks:
            if not task.cancelled():
                task.exception()  # whoever asked has seen it
