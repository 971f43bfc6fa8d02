"""The live message: one for each operation, edited as it goes on, found again, and never in the way."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.slack import live as lives
from bot.slack.budget import Budget, Priority
from bot.slack.live import Live
from bot.slack.messages import TS
from bot.slack.speaker import Speaker
from bot.words.format import Format
from deploy.core.events import Finished, Progress, StepStarted
from deploy.core.model import Actor, Operation, Origin
from deploy.core.outcomes import Completed
from deploy.redis import idempotency
from tests.bot.conversation import seen
from tests.bot.outage import away
from tests.deploy.conftest import an_operation
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from slack_sdk.web.async_client import AsyncWebClient

    from deploy.core.events import Event
    from deploy.engine.journal import Journal, Lease, Snapshot
    from sandbox.slack import Slack

ANA = Actor("U024BE7LH", "ana")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lives, "AGAIN_AFTER", 0.01)
    monkeypatch.setattr(idempotency, "LOOK_EVERY", 0.01)


@pytest.fixture
async def live(speaker: Speaker, journal: Journal) -> AsyncIterator[Live]:
    live = Live(speaker, journal, Format(slack=True))
    yield live
    await live.stop()


async def begun(journal: Journal, thread: str = "") -> tuple[Operation, Lease]:
    plain = an_operation()
    operation = Operation(
        plain.id, "deploy", ANA, Origin("slack", "C0DEPLOYS", thread), plain.arguments, plain.resources, 1.0
    )
    lease = await journal.start(operation, runner="r1")
    assert lease is not None
    return operation, lease


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
    await _marked(journal, operation)
    await live.stop()
    other = Live(speaker, journal, Format(slack=True))
    other.draws(operation)
    await journal.emit(lease, StepStarted("prove", 2.0))
    await slack.until(lambda: "● prove" in message.text)
    assert slack.messages("#deploys") == [message]
    await other.stop()
    await journal.finish(lease, operation, Completed())


async def _marked(journal: Journal, operation: Operation) -> None:
    async def marked() -> bool:
        return TS in (await journal.load(operation.id)).marks

    await until(marked)


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
    await _marked(journal, operation)
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
