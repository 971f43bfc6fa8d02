"""What was decided before a process slept is not sent after it woke up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from bot.slack import blocks, freshness
from bot.slack.budget import Budget
from bot.slack.freshness import as_of
from bot.slack.live import Live
from bot.slack.speaker import Speaker
from bot.words.format import Format
from deploy.core import errors
from deploy.core.clock import boottime
from deploy.core.events import Finished, StepStarted
from deploy.core.outcomes import Completed
from tests.bot.conversation import seen
from tests.bot.slack.live_message import begun, impatient
from tests.waiting import until

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from deploy.core.events import Event
    from deploy.engine.journal import Journal, Snapshot
    from sandbox.slack import Slack

__all__ = ["impatient"]


async def test_an_edit_that_was_decided_too_long_ago_never_reaches_slack(
    slack: Slack, speaker: Speaker
) -> None:
    channel, ts = await speaker.post("C0DEPLOYS", blocks.message("Hello"))
    with as_of(boottime() - 60), pytest.raises(errors.Unreachable):
        await speaker.update(channel, ts, blocks.message("Too late"))
    with as_of(boottime()):
        await speaker.update(channel, ts, blocks.message("In time"))
    (message,) = slack.messages("#deploys")
    assert [version.text for version in message.versions] == ["Hello", "In time"]


async def test_a_replica_that_slept_within_its_edit_does_not_draw_over_the_end(
    slack: Slack, client: AsyncWebClient, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It looked at the record, and slept before it sent what it had to show; the end was told meanwhile."""
    slept, awake = 0.0, asyncio.Event()
    monkeypatch.setattr(freshness, "boottime", lambda: boottime() + slept)
    load, follow = journal.load, journal.follow

    async def falls_asleep(operation: str) -> Snapshot:
        nonlocal slept
        snapshot = await load(operation)
        if snapshot.open:
            await journal.finish(lease, wanted, Completed())
            slept = 60.0
        else:
            awake.set()
        return snapshot

    async def hears_nothing_yet(*which: str) -> AsyncIterator[tuple[str, Event]]:
        async for position, event in follow(*which):
            if isinstance(event, Finished):
                await awake.wait()
            yield position, event

    monkeypatch.setattr(journal, "follow", hears_nothing_yet)
    live = Live(Speaker(client, Budget(60_000)), journal, Format(slack=True))
    wanted, lease = await begun(journal)
    live.draws(wanted)
    message = await seen(slack, "Deploying")
    await until(lambda: not live._drawn[wanted.id][0].overtaken)  # it has looked at the record since
    monkeypatch.setattr(journal, "load", falls_asleep)
    await journal.emit(lease, StepStarted("watch", 2.0))
    await asyncio.wait_for(awake.wait(), 20)
    await live.settled(wanted.id)
    assert "● watch" not in "".join(version.text for version in message.versions)
