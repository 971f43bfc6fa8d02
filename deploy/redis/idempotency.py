"""Once only: what may arrive twice (a trigger id, an event id) is handled the first time."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from secrets import token_hex
from typing import TYPE_CHECKING, TypeVar

from deploy.core import errors
from deploy.redis.mutex import renewed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from deploy.redis.connect import State

T = TypeVar("T")

DONE = "done"
CLAIMED = 5.0  # seconds until a claim lapses that nobody renews, since whoever had it is dead
LOOK_EVERY = 0.2  # seconds


async def first(state: State, key: str, seconds: int) -> bool:
    """Whether nobody asked for this key in the last `seconds`, on any replica."""
    return await _take(state, state.key(f"once:{key}"), token_hex(8), seconds)


async def do_once(state: State, key: str, seconds: int, act: Callable[[], Awaitable[T]]) -> T | None:
    """Do it, unless any replica did within `seconds`; whoever meets another one at it waits for its end.

    What fails was not done, and may be tried again; so may what a replica was at when it died.

    Returns:
        What it answers; None where somebody else did it.
    """
    key, mine = state.key(f"once:{key}"), token_hex(8)
    claim = partial(_take, state, key, mine, CLAIMED)
    while not await claim():
        if await state.ask("GET", key) == DONE:
            return None
        await asyncio.sleep(LOOK_EVERY)
    try:
        async with renewed(claim, CLAIMED):
            answer = await act()
    except BaseException:
        with suppress(errors.StateUnavailable):
            await state.run("give_back", (key,), mine)
        raise
    await insist(lambda: state.ask("SET", key, DONE, "EX", seconds))
    return answer


async def insist(write: Callable[[], Awaitable[object]]) -> None:
    """Write down what was done, however long fisk's memory is away: whoever does not know would do it again."""
    while True:
        try:
            await write()
        except errors.StateUnavailable:
            await asyncio.sleep(LOOK_EVERY)
        else:
            return


async def _take(state: State, key: str, mine: str, seconds: float) -> bool:
    """Each call has a token of its own: after a lost answer it is asked again, and knows itself by it."""
    return bool(await state.run("mutex", (key,), mine, int(seconds * 1000)))
