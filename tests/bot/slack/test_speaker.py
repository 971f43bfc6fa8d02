"""Calls of Slack's Web API, and how its errors are mapped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import blocks
from bot.slack.budget import Budget, Priority
from bot.slack.speaker import Speaker
from deploy.core import errors
from deploy.core.model import Failure
from sandbox.slack.cast import TEAM

if TYPE_CHECKING:
    from sandbox.slack import Slack

HELLO = blocks.message("Hello")
POST, UPDATE = "POST /api/chat.postMessage", "POST /api/chat.update"


async def test_a_message_is_posted_and_edited(slack: Slack, speaker: Speaker) -> None:
    channel, ts = await speaker.post("C0DEPLOYS", HELLO)
    await speaker.edit(channel, ts, blocks.message("Goodbye"), Priority.FINAL)
    (message,) = slack.messages("#deploys")
    assert [version.text for version in message.versions] == ["Hello", "Goodbye"]


async def test_a_message_goes_into_its_thread(slack: Slack, speaker: Speaker) -> None:
    channel, ts = await speaker.post("C0DEPLOYS", HELLO)
    await speaker.post(channel, blocks.message("More"), thread=ts)
    assert [message.thread_ts for message in slack.messages("#deploys") if message.is_reply] == [ts]


async def test_where_the_channel_is_gone_the_message_goes_to_whoever_asked(
    slack: Slack, speaker: Speaker
) -> None:
    channel, ts = await speaker.post("C0NOWHERE", HELLO, fallback="U024BE7LH")
    assert [message.ts for message in slack.messages(channel)] == [ts]
    with pytest.raises(errors.NotThere):
        await speaker.post("C0NOWHERE", HELLO)


@pytest.mark.parametrize(
    "refusal",
    [
        "not_in_channel",
        "channel_not_found",
        "is_archived",
        "thread_not_found",
        "cannot_reply_to_message",
        "restricted_action",
        "restricted_action_thread_locked",
        "restricted_action_read_only_channel",
    ],
)
async def test_where_the_bot_may_not_post_the_message_goes_to_whoever_asked(
    slack: Slack, speaker: Speaker, refusal: str
) -> None:
    slack.faults.queue(POST, status=200, body=f'{{"ok": false, "error": "{refusal}"}}')
    channel, _ = await speaker.post("C0DEPLOYS", HELLO, thread="1.0", fallback="U024BE7LH")
    (message,) = slack.messages(channel)
    assert (message.text, message.is_reply) == ("Hello", False)


REFUSALS = [
    ("invalid_auth", errors.Unauthorized, "Slack refuses fisk's credentials."),
    ("token_revoked", errors.Unauthorized, "Slack refuses fisk's credentials."),
    ("missing_scope", errors.MissingAbility, "Slack does not let fisk's token do that: a scope is missing."),
    ("message_not_found", errors.NotThere, "Slack has no such message or channel (message_not_found)."),
    ("msg_too_long", errors.Rejected, "Slack rejected the request: msg_too_long."),
    ("internal_error", errors.ServerFault, "Slack answers internal_error."),
    ("service_unavailable", errors.ServerFault, "Slack answers service_unavailable."),
]


@pytest.mark.parametrize(("code", "kind", "sentence"), REFUSALS)
async def test_what_slack_refuses_is_an_error_of_fisks(
    slack: Slack, speaker: Speaker, code: str, kind: type[errors.SystemFailure], sentence: str
) -> None:
    slack.faults.queue(POST, status=200, body=f'{{"ok": false, "error": "{code}"}}')
    with pytest.raises(kind) as refusal:
        await speaker.post("C0DEPLOYS", HELLO)
    assert str(refusal.value) == sentence


async def test_a_token_that_slack_does_not_know_is_named_by_its_setting(slack: Slack) -> None:
    client = AsyncWebClient("xoxb-canary", base_url=slack.api_url)
    with pytest.raises(errors.Unauthorized) as refusal:
        await Speaker(client, Budget()).team()
    assert refusal.value.failure == Failure(
        "slack_unauthorized",
        "Slack refuses fisk's credentials.",
        "Put a valid token in FISK_SLACK_BOT_TOKEN and restart fisk.",
    )


async def test_a_429_says_how_long_to_wait(slack: Slack, speaker: Speaker) -> None:
    slack.faults.queue(
        POST, status=429, body='{"ok": false, "error": "ratelimited"}', headers={"Retry-After": "7"}
    )
    with pytest.raises(errors.RateLimited) as refusal:
        await speaker.post("C0DEPLOYS", HELLO)
    assert refusal.value.facts["retry_after"] == 7


async def test_a_429_for_an_edit_pauses_everybodys_edits(slack: Slack, client: AsyncWebClient) -> None:
    paused: list[float] = []
    budget = Budget()
    budget.pause = paused.append  # type: ignore[method-assign, assignment]
    speaker = Speaker(client, budget)
    channel, ts = await speaker.post("C0DEPLOYS", HELLO)
    slack.faults.queue(
        UPDATE, status=429, body='{"ok": false, "error": "ratelimited"}', headers={"Retry-After": "7"}
    )
    with pytest.raises(errors.RateLimited):
        await speaker.edit(channel, ts, HELLO, Priority.FINAL)
    assert paused == [7]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"status": 503, "body": "upstream is gone", "content_type": "text/html"}, "slack_server_fault"),
        ({"status": 200, "body": "<html>login</html>", "content_type": "text/html"}, "slack_not_json"),
        ({"drop": True}, "slack_unreachable"),
        ({"delay": 5}, "slack_timed_out"),
    ],
)
async def test_a_bad_day_of_slack_is_an_error_of_fisks(
    slack: Slack, speaker: Speaker, fault: dict[str, object], code: str
) -> None:
    slack.faults.queue("* /api/*", **fault, times=9)
    with pytest.raises(errors.SystemFailure) as refusal:
        await speaker.post("C0DEPLOYS", HELLO)
    assert refusal.value.code == code


async def test_slack_that_is_not_there_is_unreachable(slack: Slack, speaker: Speaker) -> None:
    await slack.stop()
    with pytest.raises(errors.Unreachable):
        await speaker.team()


async def test_slack_says_which_workspace_this_is(speaker: Speaker) -> None:
    assert (await speaker.team())[0] == TEAM


async def test_slack_says_who_is_in_a_group(speaker: Speaker) -> None:
    assert await speaker.members("S0ONCALL1") == frozenset({"U0MARKO01"})


async def test_an_answer_is_for_whoever_acted(slack: Slack, speaker: Speaker) -> None:
    url, _ = slack._response_urls.issue("C0DEPLOYS", "U024BE7LH")
    await speaker.answer(url, HELLO)
    (message,) = slack.messages("#deploys", "ana")
    assert (message.text, message.visible_to) == ("Hello", "U024BE7LH")


@pytest.mark.parametrize(
    ("status", "kind", "sentence"),
    [
        (404, errors.Rejected, "Slack rejected the request: its response_url answers 404."),
        (429, errors.RateLimited, "Slack asks fisk to slow down for 7 s."),
        (503, errors.ServerFault, "Slack answers 503."),
    ],
)
async def test_an_answer_that_slack_does_not_take_is_told_without_its_url(
    slack: Slack, speaker: Speaker, status: int, kind: type[errors.SystemFailure], sentence: str
) -> None:
    url, _ = slack._response_urls.issue("C0DEPLOYS", "U024BE7LH")
    slack.faults.queue("POST /response/*", status=status, headers={"Retry-After": "7"})
    with pytest.raises(kind) as caught:
        await speaker.answer(url, HELLO)
    assert str(caught.value) == sentence


async def test_a_whisper_is_seen_by_one_person_in_the_thread(slack: Slack, speaker: Speaker) -> None:
    channel, ts = await speaker.post("C0DEPLOYS", HELLO)
    await speaker.post("C0DEPLOYS", HELLO, thread=ts)
    await speaker.whisper(channel, "U024BE7LH", blocks.message("Secret"), thread=ts)
    (message,) = [message for message in slack.messages("#deploys", "ana") if message.text == "Secret"]
    assert (message.visible_to, message.thread_ts) == ("U024BE7LH", ts)


@pytest.mark.parametrize("refusal", ["not_in_channel", "user_not_in_channel", "channel_not_found"])
async def test_where_the_bot_cannot_whisper_it_writes_to_the_person(
    slack: Slack, speaker: Speaker, refusal: str
) -> None:
    slack.faults.queue(
        "POST /api/chat.postEphemeral", status=200, body=f'{{"ok": false, "error": "{refusal}"}}'
    )
    await speaker.whisper("C0DEPLOYS", "U024BE7LH", blocks.message("Secret"))
    assert slack.messages("#deploys", "ana") == []
    direct = slack.workspace.direct("U024BE7LH")
    assert [message.text for message in slack.messages(direct.id)] == ["Secret"]
