"""Confidential answers go to the asker alone, wherever they were asked for and whatever goes wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from bot.slack import blocks
from commands.grammar.history import ShowOperation
from commands.grammar.locks import Locks
from commands.locks import LocksTable
from deploy.core.model import Offer
from sandbox.slack.cast import FISK, Channel
from tests.bot.conversation import a_bot, settings

if TYPE_CHECKING:
    from bot.app.run import Bot
    from bot.slack.speaker import Speaker
    from sandbox.slack import Slack

INCIDENT = "#inc-vat-rounding"
ANA, IVO = "U024BE7LH", "U0IVO0001"
NOTHING = "Nothing is under way, and nobody holds anything."


@pytest.fixture
async def bot(slack: Slack, valkey_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    """A bot that shows who holds what to those alone who may see details."""
    for line in (Locks, ShowOperation):
        monkeypatch.setattr(line, "right", "details")
        monkeypatch.setattr(line, "reads", None)
    monkeypatch.setattr(LocksTable, "confidential", True)
    mine = settings(slack, valkey_url, http=True)
    async with a_bot(slack, mine) as bot:
        slack.request_url = f"http://{mine.bind}/slack/events"
        yield bot


def told(slack: Slack, channel: str) -> list[tuple[str, str]]:
    """What fisk said in a channel, and who alone sees it."""
    return [(each.text, each.visible_to) for each in slack.messages(channel) if each.is_by_app]


@pytest.mark.parametrize("channel", ["#deploys", INCIDENT])
async def test_a_command_is_answered_to_its_author_alone(slack: Slack, bot: Bot, channel: str) -> None:
    await slack.command("ana", channel, "/fisk", "locks")
    await bot.finish()
    assert told(slack, channel) == [(NOTHING, ANA)]


@pytest.mark.parametrize("channel", ["#deploys", INCIDENT])
async def test_a_mention_is_answered_to_its_author_alone(slack: Slack, bot: Bot, channel: str) -> None:
    """In the channel: Slack would show nobody a message in a thread that has not begun."""
    await slack.mention("ana", channel, "locks")
    await bot.finish()
    assert told(slack, channel) == [(NOTHING, ANA)]
    assert not slack.messages(channel)[-1].thread_ts


@pytest.mark.parametrize("channel", ["#deploys", INCIDENT])
async def test_a_mention_in_a_thread_is_answered_there_to_its_author_alone(
    slack: Slack, bot: Bot, channel: str
) -> None:
    parent = await slack.say("marko", channel, "what is it?")
    await slack.mention("ana", channel, "locks", thread_ts=parent.ts)
    await bot.finish()
    assert told(slack, channel) == [(NOTHING, ANA)]
    assert slack.messages(channel)[-1].thread_ts == parent.ts


async def test_a_confidential_answer_is_so_for_everybody_who_may_ask(
    slack: Slack, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Locks, "right", "look")
    await slack.command("ivo", INCIDENT, "/fisk", "locks")
    await bot.finish()
    await slack.mention("ivo", "#deploys", "locks")
    await bot.finish()
    assert told(slack, INCIDENT) == told(slack, "#deploys") == [(NOTHING, IVO)]


@pytest.mark.parametrize("line", ["locks", "op d-nobody"])
async def test_who_may_not_see_it_is_told_so_alone(slack: Slack, bot: Bot, line: str) -> None:
    await slack.command("ivo", INCIDENT, "/fisk", line)
    await slack.mention("ivo", INCIDENT, line)
    await bot.finish()
    (first, whom), (second, whom_too) = told(slack, INCIDENT)
    assert first == second
    assert first.startswith("You may look but not see ")
    assert whom == whom_too == IVO


async def test_why_it_cannot_be_shown_is_told_to_the_asker_alone(slack: Slack, bot: Bot) -> None:
    await slack.command("ana", INCIDENT, "/fisk", "op d-nobody")
    await bot.finish()
    ((text, whom),) = told(slack, INCIDENT)
    assert text.startswith("There is no operation `d-nobody`.")
    assert whom == ANA


async def test_a_button_is_answered_to_whoever_presses_it_alone(slack: Slack, bot: Bot) -> None:
    await bot.speaker.post("C0INCVAT1", blocks.message("Held?", (Offer("Look", "locks"),)))
    (message,) = slack.messages(INCIDENT)
    await slack.press("marko", message, "Look")
    await bot.finish()
    assert told(slack, INCIDENT)[1:] == [(NOTHING, "U0MARKO01")]


async def test_who_is_not_in_the_channel_is_written_to_directly(slack: Slack, speaker: Speaker) -> None:
    slack.workspace.channels["C0FULL"] = Channel("C0FULL", "full", members={FISK.id})
    await speaker.whisper("C0FULL", ANA, blocks.message("psst"))
    assert slack.messages("C0FULL") == []
    assert [each.text for each in slack.messages(ANA)] == ["psst"]
