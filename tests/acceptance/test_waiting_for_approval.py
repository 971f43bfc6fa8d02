"""A question to others outlives its bot, its memory's outage and a frozen process, and is answered once."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.show import Show

if TYPE_CHECKING:
    from sandbox.slack.message import Message


@pytest.fixture
async def guarded() -> AsyncIterator[Show]:
    """The app wants another person's approval."""
    async with Show(approvals=True) as show:
        yield show


async def _question(show: Show) -> Message:
    await show.type("deploy 3f2a1b9")
    await show.said("wants to deploy 3f2a1b9 to app")
    return await show.noted()


async def _deployed_once(show: Show) -> None:
    await show.said("app runs 3f2a1b9: deployed")
    await show.said("app: approved by @marko.")
    assert (show.deploys, show.runs) == (1, "3f2a1b9")
    assert len(show.posts()) == 2


async def test_a_question_whose_bot_was_killed_is_answered_to_the_next_one(guarded: Show) -> None:
    question = await _question(guarded)
    await guarded.bots[0].kill()
    await guarded.join()
    await guarded.press(question, "Approve", "marko")
    await _deployed_once(guarded)


async def test_while_the_bot_that_asks_is_frozen_another_one_takes_the_answer(guarded: Show) -> None:
    question = await _question(guarded)
    sleeper = await guarded.runner()
    await guarded.join()
    sleeper.signal(signal.SIGSTOP)
    try:
        for (
            _
        ) in guarded.bots:  # a press that goes to the one that sleeps is not acknowledged, and pressed again
            receipt = await guarded.slack.press("marko", question, "Approve")
            if receipt.acked:
                break
        await guarded.said("app runs 3f2a1b9: deployed")
    finally:
        sleeper.signal(signal.SIGCONT)
    await guarded.awake()
    await _deployed_once(guarded)


async def test_an_answer_that_cannot_be_written_is_refused_and_may_be_given_again(guarded: Show) -> None:
    question = await _question(guarded)
    server = int((guarded.folder / "state/valkey/valkey.pid").read_text())
    os.kill(server, signal.SIGSTOP)
    try:
        told = guarded.slack.reading(await guarded.pressed(question, "Approve", "marko"))
        assert "fisk's memory did not take that within a second" in told
        assert guarded.deploys == 0
    finally:
        os.kill(server, signal.SIGCONT)
    await guarded.press(question, "Approve", "marko")
    await _deployed_once(guarded)


async def test_a_system_that_fails_when_it_is_approved_ends_it_with_nothing_changed(guarded: Show) -> None:
    question = await _question(guarded)
    guarded.world.coolify.faults.queue("* /*", status=500, times=99)
    await guarded.press(question, "Approve", "marko")
    told = guarded.slack.reading(await guarded.said("Nothing was changed."))
    assert "Coolify" in told
    assert (guarded.deploys, guarded.runs) == (0, "a4c9e1f")


async def test_slack_that_takes_nothing_delays_the_question_and_loses_nothing(guarded: Show) -> None:
    limited = {"status": 429, "body": '{"ok":false,"error":"ratelimited"}', "headers": {"Retry-After": "1"}}
    guarded.slack.faults.queue("POST /api/chat.postMessage", times=3, **limited)
    question = await _question(guarded)
    guarded.slack.faults.queue("POST /api/chat.update", times=3, **limited)
    await guarded.press(question, "Approve", "marko")
    await _deployed_once(guarded)
