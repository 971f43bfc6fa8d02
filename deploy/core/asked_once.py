"""While one answer is put together, the same question to a system is asked once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from inspect import iscoroutinefunction
from typing import Any

from deploy.core.cancelling import end


class AskedOnce:
    """Stands before a client: of two equal calls the second gets the answer of the first.

    Only for what looks: an answer may be as old as this object is.
    """

    def __init__(self, client: object) -> None:
        self._client = client
        self._answers: dict[Hashable, asyncio.Task[Any]] = {}

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._client, name)
        return self._sharing(name, value) if iscoroutinefunction(value) else value

    def _sharing(self, name: str, ask: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def shared(*args: Any, **named: Any) -> Any:
            key = (name, args, tuple(sorted(named.items())))
            if key not in self._answers:
                self._answers[key] = asyncio.ensure_future(ask(*args, **named))
            return await asyncio.shield(self._answers[key])

        return shared

    async def aclose(self) -> None:
        """End what nobody waits for any more."""
        tasks = tuple(self._answers.values())
        await end(tasks)
        for task in tasks:
            if not task.cancelled():
                task.exception()  # whoever asked has seen it
