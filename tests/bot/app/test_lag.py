"""What blocks the event loop is measured."""

from __future__ import annotations

import asyncio
import time

from bot.app.lag import EVERY, measure
from deploy.core.cancelling import end
from tests.waiting import until


async def test_a_turn_that_came_late_is_told_with_how_late_it_was() -> None:
    lags: list[float] = []
    measuring = asyncio.create_task(measure(lags.append))
    await asyncio.sleep(0)  # so that it has begun
    time.sleep(EVERY + 0.25)  # noqa: ASYNC251 (what is to be measured)

    async def told() -> bool:
        return bool(lags)

    await until(told)
    assert lags[0] > 0.2
    await end([measuring])
