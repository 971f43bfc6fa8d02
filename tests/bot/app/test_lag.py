"""What blocks the event loop is measured, and a process that was stopped knows it."""

from __future__ import annotations

import asyncio
import time

import pytest

from bot.app import lag
from bot.app.lag import CAUGHT_UP, EVERY, Pulse
from deploy.core.cancelling import end
from tests.waiting import until


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The moment that it is, in its one place."""
    now = [1000.0]
    monkeypatch.setattr(lag, "boottime", lambda: now[0])
    return now


async def test_a_turn_that_came_late_is_told_with_how_late_it_was() -> None:
    lags: list[float] = []
    measuring = asyncio.create_task(Pulse().measure(lags.append))
    await asyncio.sleep(0)  # so that it has begun
    time.sleep(EVERY + 0.25)  # noqa: ASYNC251 (what is to be measured)

    async def told() -> bool:
        return bool(lags)

    await until(told)
    assert lags[0] > 0.2
    await end([measuring])


def test_a_process_that_runs_was_not_stopped(clock: list[float]) -> None:
    pulse = Pulse()
    clock[0] += EVERY + lag.STOPPED
    assert pulse.stopped() == 0


def test_what_waited_while_it_was_stopped_finds_that_it_was(clock: list[float]) -> None:
    """Whether it comes before the loop's next turn or right after it; what comes later did not wait."""
    pulse = Pulse()
    clock[0] += EVERY + 6.5
    assert pulse.stopped() == 6.5
    clock[0] += CAUGHT_UP / 2
    assert pulse.stopped() == 6.5
    clock[0] += CAUGHT_UP
    assert pulse.stopped() == 0
