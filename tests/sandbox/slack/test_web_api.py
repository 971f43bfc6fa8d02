"""The Web API refuses what Slack refuses, and stores what it accepts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.slack import Limit
from tests.sandbox.slack.calls import button, call, section

if TYPE_CHECKING:
    import aiohttp

    from sandbox.slack import Slack


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("auth.test", {"token": ""}, "not_authed"),
        ("auth.test", {"token": "xoxb-wrong"}, "invalid_auth"),
        ("apps.connections.open", {}, "not_allowed_token_type"),
        ("chat.nonsense", {}, "unknown_method"),
        ("chat.postMessage", {"channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": "#general", "text": "x"}, "not_in_channel"),
        ("chat.postMessage", {"channel": "#deploys"}, "no_text"),
        ("chat.postMessage", {"channel": "#deploys", "text": "x" * 40_001}, "msg_too_long"),
        ("chat.postMessage", {"channel": "#deploys", "text": "x", "blocks": "{"}, "invalid_blocks_format"),
        ("chat.postMessage", {"channel": "#deploys", "text": "x", "thread_ts": "1.2"}, "thread_not_found"),
        (
            "chat.postEphemeral",
            {"channel": "#deploys", "text": "x", "user": "U0NOBODY1"},
            "user_not_in_channel",
        ),
        ("chat.update", {"channel": "C0DEPLOYS", "ts": "1.2", "text": "x"}, "message_not_found"),
        ("chat.delete", {"channel": "C0DEPLOYS", "ts": "1.2"}, "message_not_found"),
        ("conversations.replies", {"channel": "C0DEPLOYS", "ts": "1.2"}, "thread_not_found"),
        ("usergroups.users.list", {"usergroup": "S0NOGROUP"}, "no_such_subteam"),
        ("users.info", {"user": "U0NOBODY1"}, "user_not_found"),
        ("bots.info", {"bot": "B0NOBODY1"}, "bot_not_found"),
        ("views.open", {"trigger_id": "1.2.3", "view": {}}, "invalid_arguments"),
    ],
)
async def test_what_slack_refuses_is_refused_with_its_code(
    http: aiohttp.ClientSession, slack: Slack, method: str, arguments: dict[str, Any], error: str
) -> None:
    answer = await call(http, slack, method, **arguments)
    assert (answer["ok"], answer["error"]) == (False, error)


async def test_the_bot_learns_who_it_is(http: aiohttp.ClientSession, slack: Slack) -> None:
    assert await call(http, slack, "auth.test") == {
        "ok": True,
        "url": "https://fiskai.slack.com/",
        "team": "FiskAI",
        "user": "fisk",
        "team_id": "T0FISKAI1",
        "user_id": "U0FISK001",
        "bot_id": "B0FISK001",
        "app_id": "A0FISK001",
        "is_enterprise_install": False,
    }


async def test_a_message_is_posted_updated_and_deleted(http: aiohttp.ClientSession, slack: Slack) -> None:
    posted = await call(http, slack, "chat.postMessage", channel="#deploys", text="one")
    place = {"channel": posted["channel"], "ts": posted["ts"]}
    await call(http, slack, "chat.update", **place, text="two")
    [message] = slack.messages("#deploys")
    assert [version.text for version in message.versions] == ["one", "two"]

    history = await call(http, slack, "conversations.history", channel="C0DEPLOYS")
    assert [(m["text"], m["edited"]["user"]) for m in history["messages"]] == [("two", "B0FISK001")]

    await call(http, slack, "chat.delete", **place)
    assert slack.messages("#deploys") == []
    assert [(made.method, made.error) for made in slack.workspace.calls] == [
        ("chat.postMessage", ""),
        ("chat.update", ""),
        ("conversations.history", ""),
        ("chat.delete", ""),
    ]


async def test_text_without_blocks_takes_the_blocks_away(http: aiohttp.ClientSession, slack: Slack) -> None:
    posted = await call(http, slack, "chat.postMessage", channel="#deploys", text="x", blocks=[section("x")])
    await call(http, slack, "chat.update", channel="C0DEPLOYS", ts=posted["ts"], text="done")
    [message] = slack.messages("#deploys")
    assert message.blocks == ()


async def test_an_edit_that_blocks_show_carries_no_edited_mark(
    http: aiohttp.ClientSession, slack: Slack
) -> None:
    posted = await call(http, slack, "chat.postMessage", channel="#deploys", text="x", blocks=[section("x")])
    place = {"channel": "C0DEPLOYS", "ts": posted["ts"]}
    updated = await call(http, slack, "chat.update", **place, text="y", blocks=[section("y")])
    assert "edited" not in updated["message"]


async def test_an_ephemeral_message_cannot_be_updated(http: aiohttp.ClientSession, slack: Slack) -> None:
    said = await call(http, slack, "chat.postEphemeral", channel="C0DEPLOYS", user="U024BE7LH", text="psst")
    answer = await call(http, slack, "chat.update", channel="C0DEPLOYS", ts=said["message_ts"], text="x")
    assert answer["error"] == "message_not_found"
    assert [message.text for message in slack.messages("#deploys", "ana")] == ["psst"]
    assert slack.messages("#deploys", "marko") == []


async def test_an_ephemeral_message_is_shown_only_in_a_thread_that_has_begun(
    http: aiohttp.ClientSession, slack: Slack
) -> None:
    parent = await slack.say("ana", "#deploys", "why?")
    place = {"channel": "C0DEPLOYS", "thread_ts": parent.ts}
    for text in ("too early", "in time"):
        assert (await call(http, slack, "chat.postEphemeral", **place, user="U024BE7LH", text=text))["ok"]
        await call(http, slack, "chat.postMessage", **place, text="a reply")
    shared = ["why?", "a reply", "a reply"]
    assert [each.text for each in slack.messages("#deploys", "marko")] == shared
    assert [each.text for each in slack.messages("#deploys", "ana")] == [*shared[:2], "in time", shared[2]]


async def test_nobody_elses_message_can_be_updated(http: aiohttp.ClientSession, slack: Slack) -> None:
    said = await slack.say("ana", "#deploys", "mine")
    answer = await call(http, slack, "chat.update", channel="C0DEPLOYS", ts=said.ts, text="x")
    assert answer["error"] == "cant_update_message"


async def test_replies_stay_in_their_thread(http: aiohttp.ClientSession, slack: Slack) -> None:
    posted = await call(http, slack, "chat.postMessage", channel="#deploys", text="deploying")
    await call(http, slack, "chat.postMessage", channel="#deploys", text="gates", thread_ts=posted["ts"])
    history = await call(http, slack, "conversations.history", channel="C0DEPLOYS")
    assert [(m["text"], m["reply_count"]) for m in history["messages"]] == [("deploying", 1)]
    replies = await call(http, slack, "conversations.replies", channel="C0DEPLOYS", ts=posted["ts"])
    assert [m["text"] for m in replies["messages"]] == ["deploying", "gates"]


async def test_metadata_comes_back_to_who_asks_for_it(http: aiohttp.ClientSession, slack: Slack) -> None:
    metadata = {"event_type": "operation", "event_payload": {"id": "d-7k3f"}}
    await call(http, slack, "chat.postMessage", channel="#deploys", text="x", metadata=metadata)
    history = await call(http, slack, "conversations.history", channel="C0DEPLOYS", include_all_metadata=True)
    assert [m["metadata"] for m in history["messages"]] == [metadata]


async def test_lists_come_in_pages(http: aiohttp.ClientSession, slack: Slack) -> None:
    first = await call(http, slack, "conversations.list", limit=2)
    rest = await call(
        http, slack, "conversations.list", limit=2, cursor=first["response_metadata"]["next_cursor"]
    )
    names = [channel["name"] for channel in [*first["channels"], *rest["channels"]]]
    assert names == ["deploys", "incidents", "inc-vat-rounding", "general"]
    assert rest["response_metadata"]["next_cursor"] == ""


async def test_a_user_group_lists_its_members(http: aiohttp.ClientSession, slack: Slack) -> None:
    answer = await call(http, slack, "usergroups.users.list", usergroup="S0DEPLOYR")
    assert answer["users"] == ["U024BE7LH", "U0MARKO01"]


async def test_a_token_without_the_scope_is_told_which_one_it_needs(
    http: aiohttp.ClientSession, slack: Slack
) -> None:
    slack.api.scopes = frozenset({"chat:write", "commands"})
    assert await call(http, slack, "usergroups.list") == {
        "ok": False,
        "error": "missing_scope",
        "needed": "usergroups:read",
        "provided": "chat:write,commands",
    }


async def test_forms_are_read_as_json_is(http: aiohttp.ClientSession, slack: Slack) -> None:
    form = {"token": slack.bot_token, "channel": "#deploys", "text": "x", "blocks": '[{"type": "divider"}]'}
    async with http.post(f"{slack.api_url}chat.postMessage", data=form) as answer:
        assert (await answer.json())["ok"]
    assert [block["type"] for block in slack.messages("#deploys")[0].blocks] == ["divider"]


async def test_more_than_a_burst_is_rate_limited_for_that_channel_only(
    http: aiohttp.ClientSession, slack: Slack
) -> None:
    slack.limits.of["chat.postMessage"] = Limit(per_minute=60, burst=1, each_channel=True)
    slack.workspace.clock = lambda: 1_700_000_000.0
    headers = {"Authorization": f"Bearer {slack.bot_token}"}
    statuses = []
    for channel in ("C0DEPLOYS", "C0DEPLOYS", "C0INCIDNT"):
        body = {"channel": channel, "text": "x"}
        async with http.post(f"{slack.api_url}chat.postMessage", json=body, headers=headers) as answer:
            statuses.append((answer.status, answer.headers.get("Retry-After")))
    assert statuses == [(200, None), (429, "1"), (200, None)]


async def test_the_bucket_fills_again(http: aiohttp.ClientSession, slack: Slack) -> None:
    slack.limits.of["chat.postMessage"] = Limit(per_minute=60, burst=1, each_channel=True)
    for second in (0, 0, 1):
        slack.workspace.clock = lambda at=1_700_000_000.0 + second: at  # type: ignore[misc]
        await call(http, slack, "chat.postMessage", channel="C0DEPLOYS", text=f"at {second}")
    assert [made.error for made in slack.workspace.calls] == ["", "ratelimited", ""]


async def test_slack_down_answers_503_until_it_comes_back(http: aiohttp.ClientSession, slack: Slack) -> None:
    slack.go_down()
    async with http.post(f"{slack.api_url}api.test") as answer:
        assert answer.status == 503
    slack.come_back()
    assert (await call(http, slack, "api.test"))["ok"]


async def test_the_buttons_of_a_message_are_named_by_their_labels(
    http: aiohttp.ClientSession, slack: Slack
) -> None:
    blocks = [{"type": "actions", "elements": [button("Cancel", "cancel"), button("Log", "log")]}]
    await call(http, slack, "chat.postMessage", channel="#deploys", text="x", blocks=blocks)
    [message] = slack.messages("#deploys")
    assert message.buttons() == ["Cancel", "Log"]
    with pytest.raises(LookupError, match="'Stop'; there are: Cancel, Log"):
        await slack.press("ana", message, "Stop")
