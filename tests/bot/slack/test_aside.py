"""Whoever began an operation that is set aside is told, and the channels that hear of operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.slack.aside import AsideNews
from bot.slack.channels import Channels
from bot.slack.incidents import Incidents
from bot.words.format import Format
from deploy.core.model import Actor, Origin
from tests.bot.slack.announcing import ANA, INCIDENTS, SLACK, begun

if TYPE_CHECKING:
    from bot.slack.speaker import Speaker
    from deploy.core.model import Operation
    from deploy.engine.journal import Journal
    from deploy.redis.connect import State
    from sandbox.slack import Slack

KEEPS = "It keeps its locks, and nobody runs it until somebody says so."


@pytest.fixture
def news(state: State, journal: Journal, speaker: Speaker) -> AsideNews:
    fmt = Format(slack=True)
    incidents = Incidents(Channels(speaker, ()), speaker, journal, state, fmt, announce=INCIDENTS)
    return AsideNews(journal, speaker, incidents, fmt)


async def set_aside(journal: Journal, why: str, origin: Origin = SLACK) -> Operation:
    operation, lease = await begun(journal, origin)
    await journal.set_aside(operation.id, str(lease.fence), why)
    return operation


def told(slack: Slack, channel: str) -> list[str]:
    return [message.text for message in slack.messages(channel)]


async def test_it_is_told_where_it_was_begun_and_in_the_channels_once(
    news: AsideNews, journal: Journal, slack: Slack
) -> None:
    operation = await set_aside(journal, "died")
    for _ in range(2):
        await news.tell(f"{operation.id} 1")
    why = "3 runners died under it without a step's end in between"
    text = f"<@{ANA.id}>: {operation.id} (`deploy 3f2a1b9 app`) is set aside, since {why}. {KEEPS}"
    assert (told(slack, "#deploys"), told(slack, INCIDENTS)) == ([text], [text])
    (message,) = slack.messages("#deploys")
    assert message.buttons() == ["Try it again", "Abandon it"]
    await journal.abandon(operation.id, ANA, "the test is over")


async def test_who_began_what_cannot_be_read_is_known_by_the_audit_log(
    news: AsideNews, journal: Journal, slack: Slack, state: State
) -> None:
    operation = await set_aside(journal, "unreadable")
    await state.ask("HSET", state.key(f"op:{operation.id}"), "operation", "nothing of fisk's")
    await news.tell(f"{operation.id} 1")
    (text,) = told(slack, "#deploys")
    assert text.startswith(f"<@{ANA.id}>: {operation.id} (`deploy 3f2a1b9 app`) is set aside, since")
    await journal.abandon(operation.id, ANA, "the test is over")


async def test_what_was_begun_at_a_terminal_is_told_in_the_channels(
    news: AsideNews, journal: Journal, slack: Slack
) -> None:
    operation = await set_aside(journal, "died", Origin("terminal", "vps01"))
    await news.tell(f"{operation.id} 1")
    assert (len(told(slack, "#deploys")), len(told(slack, INCIDENTS))) == (0, 1)
    await journal.abandon(operation.id, ANA, "the test is over")


async def test_what_goes_on_by_now_is_not_told(news: AsideNews, journal: Journal, slack: Slack) -> None:
    operation = await set_aside(journal, "died")
    await journal.retry(operation.id, Actor("U2"), SLACK)
    await news.tell(f"{operation.id} 1")
    assert told(slack, "#deploys") == []
