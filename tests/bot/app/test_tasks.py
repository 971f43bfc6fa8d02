"""The registry of background tasks."""

from __future__ import annotations

import asyncio

import pytest

from bot.app.tasks import Tasks


async def test_draining_lets_what_runs_end() -> None:
    tasks, ended = Tasks(), []

    async def work() -> None:
        await asyncio.sleep(0)
        ended.append(True)

    tasks.spawn(work(), "work")
    await tasks.drain(5)
    assert ended == [True]


async def test_draining_lets_what_begins_meanwhile_end_too() -> None:
    tasks, ended = Tasks(), []

    async def late() -> None:
        for _ in range(10):
            await asyncio.sleep(0)
        ended.append("late")

    async def early() -> None:
        tasks.spawn(late(), "late")
        ended.append("early")

    tasks.spawn(early(), "early")
    await tasks.drain(5)
    assert ended == ["early", "late"]


async def test_draining_cancels_what_does_not_end_in_time() -> None:
    tasks = Tasks()
    task = tasks.spawn(asyncio.Event().wait(), "for ever")
    await tasks.drain(0)
    assert task.cancelled()


async def test_a_task_that_swallows_a_cancel_is_cancelled_again() -> None:
    tasks, begun = Tasks(), asyncio.Event()

    async def stubborn() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.Event().wait()

    task = tasks.spawn(stubborn(), "stubborn")
    await begun.wait()
    await tasks.stop()
    assert task.cancelled()


async def test_stopping_without_tasks_is_nothing() -> None:
    await Tasks().stop()
    await Tasks().drain(1)


async def test_what_a_task_raises_is_logged_by_its_name(caplog: pytest.LogCaptureFixture) -> None:
    tasks = Tasks()

    async def fail() -> None:
        raise ValueError("broken")

    task = tasks.spawn(fail(), "line: deploy")
    with pytest.raises(ValueError, match="broken"):
        await task
    await asyncio.sleep(0)
    (record,) = caplog.records
    assert record.msg == {"event": "task failed", "task": "line: deploy", "exc_info": task.exception()}
