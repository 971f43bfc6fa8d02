"""However many ask the same, it is asked once in a while."""

from __future__ import annotations

import asyncio
import math

import pytest

from deploy.core.deadline import current_deadline, deadline
from deploy.core.recent import Recent

YOUNG, NEW = 3600.0, -1.0  # seconds


class Asked:
    """Counts how often it was asked."""

    def __init__(self) -> None:
        self.times = 0
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def __call__(self) -> int:
        self.times += 1
        await self.may_answer.wait()
        return self.times


async def test_one_answer_serves_all_who_ask_at_once_and_while_it_is_young() -> None:
    recent = Recent(Asked())
    assert await asyncio.gather(*(recent.get(YOUNG) for _ in range(3))) == [1, 1, 1]
    assert await recent.get(YOUNG) == 1


async def test_an_answer_that_is_too_old_for_somebody_is_asked_for_anew() -> None:
    recent = Recent(Asked())
    assert [await recent.get(within) for within in (YOUNG, NEW, YOUNG)] == [1, 2, 2]


async def test_a_failure_is_an_answer_too() -> None:
    asked = 0

    async def fails() -> None:
        nonlocal asked
        asked += 1
        raise LookupError("no")

    recent = Recent(fails)
    for within in (YOUNG, YOUNG, NEW):
        with pytest.raises(LookupError):
            await recent.get(within)
    assert asked == 2


async def test_whoever_gives_up_takes_the_answer_from_nobody() -> None:
    asked = Asked()
    asked.may_answer.clear()
    recent = Recent(asked)
    hasty, patient = (asyncio.create_task(recent.get(YOUNG)) for _ in range(2))
    await asyncio.sleep(0)
    hasty.cancel()
    asked.may_answer.set()
    assert await patient == 1
    assert hasty.cancelled()


async def test_the_time_limit_of_whoever_asks_first_is_nobody_elses() -> None:
    async def limit() -> float:
        return current_deadline()

    with deadline(1.0):
        assert await Recent(limit).get(YOUNG) == math.inf
