"""One answer for all who ask the same while it is young enough."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Recent(Generic[T]):
    """The newest answer to a question that many ask again and again, however many they are.

    A failure is an answer, too: whoever asks meanwhile fails likewise. It is asked in nobody's name: neither the time
    limit nor the operation of whoever asks first counts for the others.
    """

    def __init__(self, ask: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self._ask = ask
        self._asked = 0.0
        self._answer: asyncio.Future[T] | None = None

    async def get(self, within: float) -> T:
        """The answer to a question that was asked at most `within` seconds ago; raises what that raised.

        Whoever is cancelled while it is under way takes it from nobody else.
        """
        now = time.monotonic()
        if self._answer is None or now - self._asked > within:
            self._asked, self._answer = now, asyncio.create_task(self._ask(), context=Context())
            self._answer.add_done_callback(_heard)
        return await asyncio.shield(self._answer)


def _heard(answer: asyncio.Future[T]) -> None:
    """Its failure is known, even where nobody waits for it any more."""
    if not answer.cancelled():
        answer.exception()
