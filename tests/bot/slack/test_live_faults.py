"""The live message when Slack, Redis or another replica gets in its way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from bot.slack import live as lives
from bot.slack.budget import Priority
from bot.slack.live import Live
from bot.slack.messages import TS
from bot.words.format import Format
from deploy.core.events import StepStarted
from deploy.core.model import Operation, Origin
from deploy.core.outcomes import Completed
from tests.bot.conversation import seen
from tests.bot.outage import away
from tests.bot.slack.live_message import ANA, begun, impatient, live, marked
from tests.deploy.conftest import an_operation

if TYPE_CHECKING:
    from bot.slack.speaker import Speaker
    from deploy.core.events import Event
    from deploy.engine.journal import Journal
    from sandbox.slack import Slack

__all__ = ["impatient", "live"]


async def test_an_operation_that_is_forgotten_is_drawn_no_longer(live: Live, slack: Slack) -> None:
    plain = an_operation()
    live.draws(
        Operation(
            plain.id, "deploy", ANA, Origin("slack", "C0DEPLOYS"), plain.arguments, plain.resources, 1.0
        )
    )
    async with asyncio.timeout(20):
        await live.settled(plain.id)
    assert slack.messages("#deploys") == []


@pytest.mark.parametrize("answer", [{}, {"status": 503, "after": True}])
async def test_an_edit_under_way_when_the_operation_ends_does_not_hide_the_end(
    slack: Slack, live: Live, journal: Journal, speaker: Speaker, answer: dict[str, object]
) -> None:
    """Nor does one whose answer is lost, nor a fault of Slack's while the end is said again."""
    operation, lease = await begun(journal)
    live.draws(operation)
    message = await seen(slack, "Deploying")
    await marked(journal, operation)
    slow = slack.faults.queue("POST /api/chat.update", delay=0.3, **answer)
    await journal.emit(lease, StepStarted("watch", 2.0))
    await slack.until(lambda: slow.times == 0)
    await journal.finish(lease, operation, Completed("all is done"))
    end = lives.over(operation, Completed("all is done"), Format(slack=True))
    await speaker.edit(
        "C0DEPLOYS", message.ts, end, Priority.FINAL
    )  # by another replica, before the slow one
    slack.faults.queue("POST /api/chat.update", status=503)
    await live.settled(operation.id)
    assert "all is done" in message.text


async def test_a_bot_that_stops_with_an_edit_under_way_shows_the_end_once_more(
    slack: Slack, live: Live, journal: Journal, speaker: Speaker
) -> None:
    """Another replica has told it, while this one slept."""
    operation, lease = await begun(journal)
    live.draws(operation)
    message = await seen(slack, "Deploying")
    await marked(journal, operation)
    slow = slack.faults.queue("POST /api/chat.update", delay=1.0)
    await journal.emit(lease, StepStarted("watch", 2.0))
    await slack.until(lambda: slow.times == 0)
    outcome = Completed("all is done")
    await journal.finish(lease, operation, outcome)
    content = lives.over(operation, outcome, Format(slack=True))
    await speaker.edit("C0DEPLOYS", message.ts, content, Priority.FINAL)
    await live.stop()
    ended = ["all is done" in version.text for version in message.versions]
    assert (ended[:4], ended[-1]) == ([False, True, False, True], True)


@pytest.mark.parametrize("forgets", ["load", "mark"])
async def test_a_blip_of_fisks_memory_leaves_one_message_that_goes_on(
    slack: Slack, live: Live, journal: Journal, monkeypatch: pytest.MonkeyPatch, forgets: str
) -> None:
    operation, lease = await begun(journal)
    back = away(monkeypatch, journal, forgets)
    live.draws(operation)
    await asyncio.wait_for(back.wait(), 20)
    await journal.emit(lease, StepStarted("watch", 2.0))
    await slack.until(lambda: slack.find("#deploys", "● watch"))
    (message,) = slack.messages("#deploys")
    assert (await journal.load(operation.id)).marks[TS] == f"C0DEPLOYS {message.ts}"
    await journal.finish(lease, operation, Completed())
    await live.settled(operation.id)


async def test_two_replicas_that_draw_the_same_operation_have_one_message(
    slack: Slack, live: Live, journal: Journal, speaker: Speaker
) -> None:
    """One lost its lease while its post was under way, the other has taken the operation over."""
    operation, lease = await begun(journal)
    slow = slack.faults.queue("POST /api/chat.postMessage", delay=0.3)
    live.draws(operation)
    await slack.until(lambda: slow.times == 0)
    other = Live(speaker, journal, Format(slack=True))
    other.draws(operation)
    await journal.emit(lease, StepStarted("watch", 2.0))
    await slack.until(lambda: slack.find("#deploys", "● watch"))
    await journal.finish(lease, operation, Completed())
    for each in (live, other):
        await each.settled(operation.id)
        await each.stop()
    assert len(slack.messages("#deploys")) == 1


async def test_a_message_that_somebody_deleted_is_tried_once_for_each_news(
    slack: Slack, live: Live, journal: Journal
) -> None:
    """Each try takes from the budget that all live messages share."""
    operation, lease = await begun(journal)
    live.draws(operation)
    await seen(slack, "Deploying")
    await journal.emit(lease, StepStarted("point", 2.0))
    slack.workspace.delete(await seen(slack, "● point"))
    for step in ("watch", "prove"):
        before = _in_vain(slack)
        await journal.emit(lease, StepStarted(step, 3.0))
        await slack.until(lambda: _in_vain(slack) > before)  # noqa: B023 (it is asked at once)
    await journal.finish(lease, operation, Completed())
    await live.settled(operation.id)
    assert _in_vain(slack) == 2


def _in_vain(slack: Slack) -> int:
    return sum(call.error == "message_not_found" for call in slack.workspace.calls)


async def test_whoever_waits_to_tell_the_end_does_not_wait_for_what_cannot_be_drawn(
    live: Live, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unreadable(*_: object) -> AsyncIterator[tuple[str, Event]]:
        raise ValueError("an event of a newer fisk")
        yield

    monkeypatch.setattr(journal, "follow", unreadable)
    operation, lease = await begun(journal)
    live.draws(operation)
    async with asyncio.timeout(20):
        await live.settled(operation.id)
    await journal.finish(lease, operation, Completed())
