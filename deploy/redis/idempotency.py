"""Idempotency keys: what may arrive twice (a trigger id, an event id) is handled once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from secrets import token_hex
from typing import TYPE_CHECKING, TypeVar

from deploy.core import errors
from deploy.redis.mutex import renewed

if TYPE_CHECKING:
    from deploy.redis.connect import State

T = TypeVar("T")

DONE = "done"
CLAIMED = 5.0  # seconds until a claim expires that is not renewed, since its owner is dead
LOOK_EVERY = 0.2  # seconds


async def first(state: State, key: str, seconds: int) -> bool:
    """Claim a key for `seconds`; False where any replica did so before."""
    return await _take(state, state.key(f"once:{key}"), token_hex(8), seconds)


async def do_once(state: State, key: str, seconds: int, act: Callable[[], Awaitable[T]]) -> T | None:
    """Run `act`, unless any replica did within `seconds`; while another one runs it, wait for that.

    An `act` that raised, or whose replica died, may run again.

    Returns:
        The result of `act`; None where another call did it.
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
    """Retry a write until the store answers: without it another replica would repeat the act."""
    while True:
        try:
            await write()
        except errors.StateUnavailable:
            await asyncio.sleep(LOOK_EVERY)
        else:
            return


async def _take(state: State, key: str, mine: str, seconds: float) -> bool:
    """Claim the key with this call's token, by which a retry after a lost answer recognises its own claim."""
    return bool(await state.run("mutex", (key,), mine, int(seconds * 1000)))
