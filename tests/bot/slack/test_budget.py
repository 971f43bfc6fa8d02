"""The budget for edits: by priority, by age, and never faster than Slack allows."""

from __future__ import annotations

import asyncio

from bot.slack.budget import Budget, Priority
from tests.clock import Clock

FINAL, ANSWER, PROGRESS = Priority.FINAL, Priority.ANSWER, Priority.PROGRESS


class SleepersClock(Clock):
    """Time passes only when somebody sleeps, and then at once."""

    async def sleep(self, seconds: float) -> None:
        for _ in range(5):  # whoever has a turn takes it first
            await asyncio.sleep(0)
        self.now += seconds


def budget(clock: SleepersClock, per_minute: float = 60, burst: int = 2) -> Budget:
    return Budget(per_minute, burst, clock=clock, sleep=clock.sleep)


async def served(budget: Budget, clock: SleepersClock, *priorities: Priority) -> list[tuple[Priority, float]]:
    """Who was served when."""
    order: list[tuple[Priority, float]] = []

    async def edit(priority: Priority) -> None:
        await budget.slot(priority)
        order.append((priority, round(clock.now, 3)))

    await asyncio.gather(*(edit(priority) for priority in priorities))
    return order


async def test_final_states_come_first_then_answers_then_progress() -> None:
    clock = SleepersClock()
    order = await served(budget(clock), clock, PROGRESS, ANSWER, PROGRESS, FINAL, ANSWER)
    assert [priority for priority, _ in order] == [FINAL, ANSWER, ANSWER, PROGRESS, PROGRESS]


async def test_after_a_burst_turns_come_at_the_rate() -> None:
    clock = SleepersClock()
    order = await served(budget(clock), clock, *[FINAL] * 5)
    assert [at for _, at in order] == [0, 0, 1, 2, 3]


async def test_equals_are_served_by_age() -> None:
    clock = SleepersClock()
    limited = budget(clock, burst=1)
    order: list[int] = []

    async def edit(number: int) -> None:
        await limited.slot(PROGRESS)
        order.append(number)

    await asyncio.gather(*(edit(number) for number in range(4)))
    assert order == [0, 1, 2, 3]


async def test_a_pause_holds_everybody_for_as_long_as_slack_asks() -> None:
    clock = SleepersClock()
    limited = budget(clock)
    limited.pause(30)
    assert await served(limited, clock, FINAL) == [(FINAL, 30)]


async def test_a_pause_never_shortens_another() -> None:
    clock = SleepersClock()
    limited = budget(clock)
    limited.pause(30)
    limited.pause(5)
    assert await served(limited, clock, FINAL) == [(FINAL, 30)]


async def test_whoever_gave_up_waiting_takes_no_turn() -> None:
    clock = SleepersClock()
    limited = budget(clock, burst=1)
    quitter = asyncio.create_task(limited.slot(ANSWER))
    await asyncio.sleep(0)
    quitter.cancel()
    assert await served(limited, clock, PROGRESS) == [(PROGRESS, 0)]


async def test_idle_time_fills_the_bucket_up_to_the_burst() -> None:
    clock = SleepersClock()
    limited = budget(clock)
    await served(limited, clock, *[FINAL] * 2)
    clock.now += 3600
    order = await served(limited, clock, *[FINAL] * 3)
    assert [at - 3600 for _, at in order] == [0, 0, 1]


async def test_a_part_of_the_bucket_is_kept_for_final_states() -> None:
    clock = SleepersClock()
    limited = budget(clock, burst=4)
    assert await served(limited, clock, *[PROGRESS] * 3) == [(PROGRESS, 0), (PROGRESS, 0), (PROGRESS, 1)]
    assert await served(limited, clock, PROGRESS, FINAL, FINAL) == [(FINAL, 1), (FINAL, 1), (PROGRESS, 4)]


async def test_a_final_state_has_its_turn_at_once_though_progress_waits_for_its_own() -> None:
    clock = SleepersClock()
    limited = Budget(60, 4, clock=clock, sleep=lambda _: asyncio.Event().wait())
    waits = [asyncio.create_task(limited.slot(PROGRESS)) for _ in range(3)]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.wait_for(limited.slot(FINAL), 20)
    assert [each.done() for each in waits] == [True, True, False]
    for each in waits:
        each.cancel()
