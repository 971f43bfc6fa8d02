"""An operation's events as a terminal reads them: to the end, whatever becomes of fisk's memory meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.events import Event, Finished

if TYPE_CHECKING:
    from deploy.engine.journal import Journal

AGAIN_AFTER = 0.5  # seconds until a retry when Valkey does not answer
TOLD_AT = 2  # outages without an event in between, since most are short


async def events(
    journal: Journal, operation: str, away: Callable[[errors.StateUnavailable], None]
) -> AsyncIterator[Event]:
    """All of them, from the first on; `away` is called once where the memory stays away.

    Raises errors.UnknownOperation.
    """
    seen, outages, over = "0", 0, False
    while not over:
        try:
            async for position, event in journal.follow(operation, seen):
                seen, outages, over = position, 0, isinstance(event, Finished)
                yield event
        except errors.StateUnavailable as outage:
            outages += 1
            if outages == TOLD_AT:
                away(outage)
            await asyncio.sleep(AGAIN_AFTER)
