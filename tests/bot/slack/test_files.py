"""Answers that are too long for a message come as files; pictures are files beside their answer."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from bot.pictures.chart import Bar, Chart, Panel
from bot.pictures.png import Drawing
from bot.slack.answers import Way
from bot.slack.files import LONGEST_ALT, SCOPE, filed, pictured
from bot.words.format import Format
from bot.words.registry import File, Picture
from sandbox.slack.cast import FISK

if TYPE_CHECKING:
    from bot.slack.speaker import Speaker
    from sandbox.slack import Slack

ANA = "U024BE7LH"
SLACK = Format(slack=True)
FILE = File("timeline.md", "Timeline", "# Timeline\n- one\n", "Timeline, 1 line:")
ALONE, PUBLIC = Way("C0DEPLOYS", ANA), Way("C0DEPLOYS", ANA, public=True)


async def shown(speaker: Speaker, way: Way) -> str:
    content: dict[str, Any] = await filed(speaker, way, FILE, ("the text, cut", ()), SLACK)
    return str(content["text"])


def of(slack: Slack, channel: str) -> list[tuple[str, str]]:
    """The files of a channel: the thread, and what is in them."""
    return [
        (message.thread_ts, (slack.files.all[file["id"]].data or b"").decode())
        for message in slack.messages(channel)
        for file in message.files
    ]


async def test_a_public_answers_file_is_in_its_channel(slack: Slack, speaker: Speaker) -> None:
    told = await shown(speaker, PUBLIC)
    ((thread, text),) = of(slack, "C0DEPLOYS")
    assert (thread, text) == ("", FILE.text)
    assert told.startswith(f"Timeline, 1 line: <{slack.url}files/F")
    assert told.endswith("|timeline.md>")


async def test_and_in_the_thread_where_it_was_asked_for(slack: Slack, speaker: Speaker) -> None:
    asked = await slack.say("ana", "#deploys", "timeline?")
    await shown(speaker, Way("C0DEPLOYS", ANA, asked.ts, public=True))
    assert of(slack, "C0DEPLOYS") == [(asked.ts, FILE.text)]


async def test_what_one_person_sees_alone_is_in_their_direct_messages_and_nowhere_else(
    slack: Slack, speaker: Speaker
) -> None:
    told = await shown(speaker, ALONE)
    assert told.endswith("|timeline.md>, in your direct messages with fisk.")
    assert (of(slack, ANA), of(slack, "C0DEPLOYS")) == ([("", FILE.text)], [])


async def test_without_the_scope_it_is_text_that_says_how_to_add_it(slack: Slack, speaker: Speaker) -> None:
    slack.api.scopes = frozenset({"chat:write"})
    assert await shown(speaker, PUBLIC) == f"the text, cut\n{SCOPE}"
    assert slack.files.all == {}


@pytest.mark.parametrize("way", [ALONE, PUBLIC], ids=["alone", "public"])
@pytest.mark.parametrize(
    "path",
    ["* /api/files.getUploadURLExternal", "POST /upload/v1/*", "* /api/files.completeUploadExternal"],
)
async def test_where_slack_fails_it_is_text(slack: Slack, speaker: Speaker, path: str, way: Way) -> None:
    slack.faults.queue(path, status=503, times=9)
    assert await shown(speaker, way) == "the text, cut"
    assert (of(slack, ANA), of(slack, "C0DEPLOYS")) == ([], [])


async def test_where_fisk_is_not_in_the_channel_it_is_text(slack: Slack, speaker: Speaker) -> None:
    slack.workspace.channel("C0DEPLOYS").members.discard(FISK.id)
    assert await shown(speaker, PUBLIC) == "the text, cut"


# --- pictures

CHART = Chart("app", (("Deploys", "1"),), (Panel("Deploys by day", (Bar("2 Nov", 1, 0),)),))
PICTURE = Picture("stats.png", "app, the last 7 days", "app: Deploys: 1. " * 90, CHART)
TEXT = ("*Deploys*: 1", ())


async def drawn(speaker: Speaker, way: Way, drawing: Drawing | None = None) -> str:
    content: dict[str, Any] = await pictured(speaker, drawing or Drawing(60), way, PICTURE, TEXT, SLACK)
    return str(content["text"])


def pictures(slack: Slack, channel: str) -> list[dict[str, Any]]:
    return [dict(file) for message in slack.messages(channel) for file in message.files]


async def test_a_picture_is_below_its_text_and_says_what_it_shows(slack: Slack, speaker: Speaker) -> None:
    told = await drawn(speaker, PUBLIC)
    (shown,) = pictures(slack, "C0DEPLOYS")
    assert (shown["title"], shown["mimetype"]) == (PICTURE.title, "image/png")
    assert shown["alt_txt"] == f"{PICTURE.alt[: LONGEST_ALT - 1]}…"
    assert (slack.files.all[shown["id"]].data or b"").startswith(b"\x89PNG")
    assert told == f"{TEXT[0]}\nAs a picture: <{shown['permalink']}|stats.png>"


async def test_of_an_answer_for_one_person_it_is_in_their_direct_messages(
    slack: Slack, speaker: Speaker
) -> None:
    told = await drawn(speaker, ALONE)
    assert told.endswith("|stats.png>, in your direct messages with fisk.")
    assert (len(pictures(slack, ANA)), pictures(slack, "C0DEPLOYS")) == (1, [])


async def test_what_is_not_drawn_leaves_the_text_which_says_so(slack: Slack, speaker: Speaker) -> None:
    fails = Drawing(60, (sys.executable, "-c", "raise SystemExit(1)"))
    told = await drawn(speaker, PUBLIC, fails)
    assert told == f"{TEXT[0]}\nThere is no picture of it: The process that draws it failed."
    assert pictures(slack, "C0DEPLOYS") == []


async def test_what_slack_does_not_take_leaves_the_text_which_says_so(slack: Slack, speaker: Speaker) -> None:
    draws = Drawing(60, (sys.executable, "-c", "print('a picture')"))
    slack.faults.queue("POST /upload/v1/*", status=503, times=9)
    assert (await drawn(speaker, PUBLIC, draws)).startswith(f"{TEXT[0]}\nThere is no picture of it: Slack ")
    slack.api.scopes = frozenset({"chat:write"})
    assert await drawn(speaker, PUBLIC, draws) == f"{TEXT[0]}\n{SCOPE}"
