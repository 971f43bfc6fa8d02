"""An outcome is posted as soon as Slack accepts it, after an outage of any length."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from bot.slack.live import Live
from bot.slack.messages import TS
from bot.slack.outbox_worker import AT_ONCE
from bot.words.format import Format
from deploy.core.model import Origin
from deploy.engine.locks import TERMINAL
from deploy.engine.outbox import Outbox, message
from deploy.notices.store import MESSAGE as BUILD
from tests.bot.slack.announcing import (
    INCIDENTS,
    SICK,
    announcing,
    begun,
    crossed_off,
    ended,
    impatient,
    metrics,
    outcomes,
)
from tests.waiting import until

if TYPE_CHECKING:
    from bot.app.metrics import Metrics
    from bot.slack.outbox_worker import Announcer
    from bot.slack.speaker import Speaker
    from deploy.engine.journal import Journal
    from deploy.redis.connect import State
    from sandbox.slack import Slack

__all__ = ["announcing", "impatient", "metrics"]


async def test_the_live_message_becomes_the_outcome(
    slack: Slack, speaker: Speaker, state: State, journal: Journal, announcing: Callable[..., Announcer]
) -> None:
    _, ts = await speaker.post("C0DEPLOYS", {"text": "Deploying"})
    operation = await ended(journal, ts=ts)
    announcing()
    await crossed_off(state)
    (message,) = [each for each in slack.messages("#deploys") if not each.is_reply]
    assert [version.text for version in message.versions] == [
        "Deploying",
        f"✗ app: It went wrong. Look at it.\nNothing was changed.\n_{operation.id} · <@U024BE7LH>_",
    ]


async def test_news_that_has_to_wait_holds_up_nobody_elses(
    slack: Slack, state: State, journal: Journal, announcing: Callable[..., Announcer]
) -> None:
    announcer = announcing()
    asked, never = asyncio.Event(), asyncio.Event()

    async def wait(_about: str) -> None:
        asked.set()
        await never.wait()

    announcer.tells("incident", wait)
    await Outbox(state).post("incident", "d-else")
    await asyncio.wait_for(asked.wait(), 20)
    await ended(journal)
    await crossed_off(state, left=1)
    assert len(outcomes(slack)) == 1
    ((_, waits),) = await state.ask("XRANGE", state.key("outbox"), "-", "+")
    assert waits == {"incident": message(state, "incident", "d-else")}
    never.set()
    await crossed_off(state)


async def test_what_a_build_needs_long_for_holds_up_no_other_builds_news_but_its_own(
    state: State, announcing: Callable[..., Announcer]
) -> None:
    announcer, begun, go_on = announcing(), list[str](), asyncio.Event()

    async def look(about: str) -> None:
        begun.append(about)
        if about == "7.1":
            await go_on.wait()

    announcer.tells(BUILD, look)
    for about in ("7.1", "7.2", "8.1"):
        await Outbox(state).post(BUILD, about)
    await until(lambda: len(begun) == 2)
    assert begun == ["7.1", "8.1"]
    go_on.set()
    await crossed_off(state)
    assert begun == ["7.1", "8.1", "7.2"]


async def test_where_there_is_no_live_message_the_outcome_is_posted(
    slack: Slack, state: State, journal: Journal, announcing: Callable[..., Announcer]
) -> None:
    operation = await ended(journal)
    announcing()
    await crossed_off(state)
    (message,) = outcomes(slack)
    assert (await journal.load(operation.id)).marks[TS] == f"C0DEPLOYS {message.ts}"


async def test_a_live_message_that_somebody_deleted_is_posted_again(
    slack: Slack, state: State, journal: Journal, announcing: Callable[..., Announcer]
) -> None:
    await ended(journal, ts="1.000001")
    announcing()
    await crossed_off(state)
    assert len(outcomes(slack)) == 1


async def test_a_live_message_whose_post_is_just_under_way_becomes_the_outcome(
    slack: Slack, speaker: Speaker, state: State, journal: Journal, announcing: Callable[..., Announcer]
) -> None:
    """The operation ended meanwhile, and another replica tells of it."""
    live = Live(speaker, journal, Format(slack=True))
    operation, lease = await begun(journal)
    slow = slack.faults.queue("* /api/chat.postMessage", delay=0.3)
    live.draws(operation)
    await slack.until(lambda: slow.times == 0)
    await journal.finish(lease, operation, SICK)
    announcing()
    await crossed_off(state)
    await live.settled(operation.id)
    (message,) = [each for each in slack.messages("#deploys") if not each.is_reply]
    assert message.text.startswith("✗ app: It went wrong.")


async def test_two_replicas_that_have_the_same_letter_tell_it_once(
    slack: Slack, state: State, journal: Journal, announcing: Callable[..., Announcer]
) -> None:
    """A message is given out again after a while, and Slack was away for longer."""
    operation = await ended(journal)
    slow = slack.faults.queue("* /api/chat.postMessage", delay=0.3)
    both = [announcing(consumer=name, again_after=0.02) for name in ("r1", "r2")]
    await slack.until(lambda: slow.times == 0)
    await crossed_off(state)
    await slack.until(lambda: not any(each._under_way for each in both))
    texts = [(each.text, each.is_reply) for each in slack.messages("#deploys")]
    assert texts == [
        (f"✗ app: It went wrong. Look at it.\nNothing was changed.\n_{operation.id} · <@U024BE7LH>_", False),
        ("<@U024BE7LH>, app: It went wrong. Look at it.", True),
    ]


async def test_where_the_outcome_goes_to_whoever_asked_its_details_go_with_it(
    slack: Slack, state: State, journal: Journal, announcing: Callable[..., Announcer]
) -> None:
    await ended(journal, origin=Origin("slack", "C0GENERAL", thread="1.000001"))
    announcing(announce=INCIDENTS)
    await crossed_off(state)
    outcome, details = slack.messages("U024BE7LH")
    assert (outcome.is_reply, details.thread_ts) == (False, outcome.ts)
    assert len(outcomes(slack, "#incidents")) == 1


@pytest.mark.parametrize("code", ["is_archived", "invalid_blocks"])
async def test_a_channel_that_takes_nothing_keeps_no_other_from_hearing_the_outcome(
    slack: Slack,
    state: State,
    journal: Journal,
    announcing: Callable[..., Announcer],
    metrics: Metrics,
    code: str,
) -> None:
    body = f'{{"ok": false, "error": "{code}"}}'
    slack.faults.queue("* /api/chat.postMessage", status=200, body=body, times=2)
    await ended(journal)
    announcing(announce=INCIDENTS)
    await crossed_off(state)
    assert (len(outcomes(slack)), len(outcomes(slack, "#incidents"))) == (0, 1)
    assert (
        'fisk_operations_total{kind="deploy",outcome="failed",status="failed"} 1.0' in metrics.text().decode()
    )


async def test_however_many_ends_have_to_wait_elsewhere_the_next_is_shown_where_it_was_asked_for(
    slack: Slack, journal: Journal, announcing: Callable[..., Announcer]
) -> None:
    many = AT_ONCE + 1
    refusal = slack.faults.queue("* /api/chat.postMessage", status=429, headers={"Retry-After": "600"})
    for _ in range(many):
        await ended(journal, origin=TERMINAL)
    announcing(announce=INCIDENTS)
    await until(lambda: not refusal.times)
    await ended(journal)
    await until(lambda: outcomes(slack))
    assert outcomes(slack, "#incidents") == []


async def test_an_outcome_is_edited_in_once_however_often_its_details_are_tried(
    slack: Slack, speaker: Speaker, state: State, journal: Journal, announcing: Callable[..., Announcer]
) -> None:
    _, ts = await speaker.post("C0DEPLOYS", {"text": "Deploying"})
    slack.faults.queue("* /api/chat.postMessage", status=429, headers={"Retry-After": "0"}, times=3)
    await ended(journal, ts=ts)
    announcing()
    await crossed_off(state)
    message, details = slack.messages("#deploys")
    assert (len(message.versions), details.thread_ts) == (2, ts)
