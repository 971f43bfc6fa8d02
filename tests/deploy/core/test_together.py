"""Several questions at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import pytest

from deploy.core.together import together


async def _answer(value: int) -> int:
    await asyncio.sleep(0)
    return value


async def test_the_answers_come_in_the_order_of_the_questions() -> None:
    assert await together(_answer(1), _answer(2)) == (1, 2)
    assert await together(*(_answer(n) for n in range(9))) == tuple(range(9))


async def test_without_a_question_there_is_no_answer() -> None:
    none: list[Awaitable[int]] = []
    assert await together(*none) == ()


class _Question:
    """One that is answered never; it notes how it ended."""

    ended = ""

    async def ask(self) -> int:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            self.ended = "cancelled"
            raise
        return 0


async def _fail() -> int:
    await asyncio.sleep(0)
    raise LookupError


async def test_a_failure_is_raised_once_the_others_have_ended() -> None:
    other = _Question()
    with pytest.raises(LookupError):
        await together(other.ask(), _fail())
    assert other.ended == "cancelled"


async def test_whoever_is_cancelled_leaves_nothing_running() -> None:
    first, second = _Question(), _Question()
    asking = asyncio.create_task(together(first.ask(), second.ask()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert (first.ended, second.ended) == ("cancelled", "cancelled")
