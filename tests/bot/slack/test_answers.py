"""Answers that Slack does not take at once, and where they go when their response_url is used up."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from bot.slack import answers, blocks
from bot.slack.answers import LASTS, Answers, Uses, Way
from sandbox.slack.cast import FISK, Channel

if TYPE_CHECKING:
    from bot.slack.speaker import Speaker
    from sandbox.slack import Slack

ANA, DEPLOYS = "U024BE7LH", "C0DEPLOYS"
CONTENT = blocks.message("app is free")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "PAUSE", 0.01)
    monkeypatch.setattr(answers, "LONGEST_PAUSE", 0.01)


def way(slack: Slack, channel: str = DEPLOYS) -> Way:
    """The way to whoever typed something in a channel."""
    url, _ = slack._response_urls.issue(channel, ANA)
    return Way(channel, ANA, url=url, until=time.time() + LASTS)


def taken(slack: Slack) -> list[str]:
    """By which calls Slack took something."""
    return [call.method for call in slack.workspace.calls if not call.error]


FAULTS: dict[str, dict[str, object]] = {
    "503": {"status": 503, "times": 3},
    "dropped": {"drop": True, "times": 3},
    "429": {"status": 429, "headers": {"Retry-After": "0"}, "times": 7},
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_an_answer_waits_for_slack(slack: Slack, speaker: Speaker, fault: dict[str, object]) -> None:
    slack.faults.queue("POST /response/*", **fault)
    assert await Answers(speaker).give(way(slack), CONTENT)
    assert [each.text for each in slack.messages("#deploys", "ana")] == ["app is free"]
    assert taken(slack) == ["response_url"]


async def test_what_slack_surely_did_not_take_uses_up_no_response_url(slack: Slack, speaker: Speaker) -> None:
    uses = Uses()
    slack.faults.queue("POST /response/*", status=503, times=20)
    assert await Answers(speaker).give(way(slack), CONTENT, uses)
    assert await uses.count(0) == 1


async def test_an_answer_that_slack_may_have_taken_is_sent_again(slack: Slack, speaker: Speaker) -> None:
    slack.faults.queue("POST /response/*", drop=True, after=True)
    assert await Answers(speaker).give(way(slack), CONTENT)
    assert [each.text for each in slack.messages("#deploys", "ana")] == ["app is free"] * 2


async def test_after_five_uses_it_is_an_ephemeral_message(slack: Slack, speaker: Speaker) -> None:
    uses = Uses()
    to = way(slack)
    for _ in range(7):
        assert await Answers(speaker).give(to, CONTENT, uses)
    assert taken(slack) == ["response_url"] * 5 + ["chat.postEphemeral"] * 2
    assert {each.visible_to for each in slack.messages("#deploys")} == {ANA}


async def test_an_url_that_others_used_up_is_passed_over_too(slack: Slack, speaker: Speaker) -> None:
    to = way(slack)
    for _ in range(6):
        assert await Answers(speaker).give(to, CONTENT)
    assert taken(slack) == ["response_url"] * 5 + ["chat.postEphemeral"]


async def test_after_thirty_minutes_it_is_an_ephemeral_message(slack: Slack, speaker: Speaker) -> None:
    to = way(slack)
    slack.workspace.clock = lambda: time.time() + LASTS + 1
    assert await Answers(speaker).give(to, CONTENT)
    assert taken(slack) == ["chat.postEphemeral"]


async def test_an_url_that_is_known_to_be_over_is_not_asked(slack: Slack, speaker: Speaker) -> None:
    url, _ = slack._response_urls.issue(DEPLOYS, ANA)
    assert await Answers(speaker).give(Way(DEPLOYS, ANA, url=url, until=time.time()), CONTENT)
    assert [call.method for call in slack.workspace.calls] == ["chat.postEphemeral"]


@pytest.mark.parametrize("members", [{FISK.id}, set()])
async def test_where_no_ephemeral_can_be_seen_it_is_a_direct_message(
    slack: Slack, speaker: Speaker, members: set[str]
) -> None:
    slack.workspace.channels["C0FULL"] = Channel("C0FULL", "full", members=members)
    assert await Answers(speaker).give(Way("C0FULL", ANA), CONTENT)
    assert slack.messages("C0FULL") == []
    assert [each.text for each in slack.messages(ANA)] == ["app is free"]


async def test_what_slack_does_not_take_for_too_long_is_lost_and_logged(
    slack: Slack, speaker: Speaker, caplog: pytest.LogCaptureFixture
) -> None:
    slack.faults.queue("POST /response/*", status=503, times=1000)
    lost: list[None] = []
    given = await Answers(speaker, lambda: lost.append(None)).give(way(slack), CONTENT, seconds=0.1)
    assert (given, len(lost)) == (False, 1)
    assert "an answer was lost" in caplog.text
    assert slack.messages("#deploys", "ana") == []


async def test_what_everybody_sees_is_posted_with_the_request_above_it(
    slack: Slack, speaker: Speaker
) -> None:
    slack.faults.queue("* /api/chat.postMessage", status=500, times=2)
    assert await Answers(speaker).give(Way(DEPLOYS, ANA, public=True, above="@ana: `locks`"), CONTENT)
    (message,) = slack.messages("#deploys")
    assert slack.reading(message).splitlines()[-2:] == ["@ana: `locks`", "app is free"]
