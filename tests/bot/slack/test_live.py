"""The live message: one per operation, edited as it progresses, found again, never blocking the operation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from bot.slack.budget import Budget, Priority
from bot.slack.live import Live
from bot.slack.messages import TS
from bot.slack.speaker import Speaker
from bot.words.format import Format
from deploy.core.events import Finished, Progress, StepStarted
from deploy.core.model import Operation, Origin
from deploy.core.outcomes import Completed
from tests.bot.conversation import seen
from tests.bot.slack.live_message import ANA, begun, impatient, live, marked
from tests.deploy.conftest import an_operation

if TYPE_CHECKING:
    import pytest
    from slack_sdk.web.async_client import AsyncWebClient

    from deploy.core.events import Event
    from deploy.engine.journal import Journal, Snapshot
    from sandbox.slack import Slack

__all__ = ["impatient", "live"]


async def test_an_operation_has_one_message_that_follows_it(
    slack: Slack, live: Live, journal: Journal
) -> None:
    operation, lease = await begun(journal)
    live.draws(operation)
    live.draws(operation)
    message = await seen(slack, "Deploying")
    await journal.emit(lease, StepStarted("watch", 2.0))
    await journal.emit(lease, Progress("watch", 3.0, "pulling <!channel> the image"))
    await slack.until(lambda: "● watch   pulling &lt;!channel&gt; the image" in message.text)
    assert message.buttons() == ["Cancel", "Log"]
    assert slack.messages("#deploys") == [message]
    assert (await journal.load(operation.id)).marks[TS] == f"C0DEPLOYS {message.ts}"
    await journal.finish(lease, operation, Completed())
    await live.settled(operation.id)


async def test_the_message_is_found_again_by_another_process(
    slack: Slack, live: Live, journal: Journal, speaker: Speaker
) -> None:
    operation, lease = await begun(journal)
    live.draws(operation)
    message = await seen(slack, "Deploying")
    await marked(journal, operation)
    await live.stop()
    other = Live(speaker, journal, Format(slack=True))
    other.draws(operation)
    await journal.emit(lease, StepStarted("prove", 2.0))
    await slack.until(lambda: "● prove" in message.text)
    assert slack.messages("#deploys") == [message]
    await other.stop()
    await journal.finish(lease, operation, Completed())


async def test_it_goes_into_the_thread_where_it_was_asked_for(
    slack: Slack, live: Live, journal: Journal
) -> None:
    asked = await slack.say("ana", "#deploys", "something")
    operation, lease = await begun(journal, asked.ts)
    live.draws(operation)
    message = await seen(slack, "Deploying")
    assert message.thread_ts == asked.ts
    await journal.finish(lease, operation, Completed())
    await live.settled(operation.id)


async def test_slack_down_stops_nothing_and_the_newest_state_is_shown_once_it_is_back(
    slack: Slack, live: Live, journal: Journal
) -> None:
    slack.go_down()
    operation, lease = await begun(journal)
    live.draws(operation)
    for step in ("resolve", "gates", "point"):
        await journal.emit(lease, StepStarted(step, 2.0))
    slack.come_back()
    message = await seen(slack, "Deploying")
    await slack.until(lambda: "● point" in message.text)
    await journal.finish(lease, operation, Completed())
    await live.settled(operation.id)


async def test_what_happens_while_edits_wait_is_one_edit_of_the_newest(
    slack: Slack, client: AsyncWebClient, journal: Journal
) -> None:
    gate = asyncio.Event()

    class Gated(Budget):
        async def slot(self, _priority: object) -> None:
            await gate.wait()

    live = Live(Speaker(client, Gated()), journal, Format(slack=True))
    operation, lease = await begun(journal)
    live.draws(operation)
    message = await seen(slack, "Deploying")
    for number in range(20):
        await journal.emit(lease, Progress("watch", 3.0, f"layer {number}"))
    await journal.emit(lease, StepStarted("prove", 4.0))
    gate.set()
    await slack.until(lambda: "● prove" in message.text)
    assert len(message.versions) < 5  # of 21 events
    await journal.finish(lease, operation, Completed())
    await live.settled(operation.id)


async def test_the_end_does_not_wait_for_a_turn_of_progress(
    slack: Slack, client: AsyncWebClient, journal: Journal
) -> None:
    class Exhausted(Budget):
        async def slot(self, priority: Priority) -> None:
            if priority is not Priority.FINAL:
                await asyncio.Event().wait()

    live = Live(Speaker(client, Exhausted()), journal, Format(slack=True))
    operation, lease = await begun(journal)
    live.draws(operation)
    await slack.until(lambda: slack.find("#deploys", "Deploying"))
    await journal.emit(lease, StepStarted("watch", 2.0))
    await journal.finish(lease, operation, Completed())
    async with asyncio.timeout(20):
        await live.settled(operation.id)


async def test_a_replica_that_slept_through_the_end_does_not_draw_over_it(
    slack: Slack, client: AsyncWebClient, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When it wakes up, its turn to edit has come, and what there is to hear it has not heard yet."""
    follow, waits, slot, awake = journal.follow, asyncio.Event(), asyncio.Event(), asyncio.Event()

    class Gated(Budget):
        async def slot(self, _priority: object) -> None:
            waits.set()
            await slot.wait()

    async def asleep(*which: str) -> AsyncIterator[tuple[str, Event]]:
        async for position, event in follow(*which):
            if isinstance(event, Finished):
                await awake.wait()
            yield position, event

    monkeypatch.setattr(journal, "follow", asleep)
    live = Live(Speaker(client, Gated()), journal, Format(slack=True))
    operation, lease = await begun(journal)
    live.draws(operation)
    message = await seen(slack, "Deploying")
    await journal.emit(lease, StepStarted("watch", 2.0))
    await asyncio.wait_for(waits.wait(), 20)
    await journal.finish(lease, operation, Completed())
    looked = _looks_at_the_record(journal, monkeypatch)
    slot.set()
    await asyncio.wait_for(looked.wait(), 20)
    awake.set()
    await live.settled(operation.id)
    assert len(message.versions) == 1


def _looks_at_the_record(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    load, looked = journal.load, asyncio.Event()

    async def looking(operation: str) -> Snapshot:
        looked.set()
        return await load(operation)

    monkeypatch.setattr(journal, "load", looking)
    return looked


async def test_what_was_asked_in_a_terminal_has_no_message(slack: Slack, live: Live) -> None:
    plain = an_operation()
    operation = Operation(
        plain.id, "deploy", ANA, Origin("terminal", "host"), plain.arguments, plain.resources, 1.0
    )
    live.draws(operation)
    await live.settled(operation.id)
    assert slack.messages("#deploys") == []
