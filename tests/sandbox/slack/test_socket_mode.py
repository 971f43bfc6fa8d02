"""Socket Mode over a bare WebSocket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from tests.sandbox.slack.calls import call

if TYPE_CHECKING:
    from sandbox.slack import Slack


async def ticket(http: aiohttp.ClientSession, slack: Slack) -> str:
    answer = await call(http, slack, "apps.connections.open", token=slack.app_token)
    return str(answer["url"])


@asynccontextmanager
async def connected(
    http: aiohttp.ClientSession, slack: Slack
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with http.ws_connect(await ticket(http, slack)) as socket:
        assert (await socket.receive_json())["type"] == "hello"
        yield socket


async def acknowledged(socket: aiohttp.ClientWebSocketResponse, payload: Any = None) -> dict[str, Any]:
    """The next envelope, acknowledged."""
    envelope = await socket.receive_json()
    ack = {"envelope_id": envelope["envelope_id"]} | ({"payload": payload} if payload else {})
    await socket.send_json(ack)
    return dict(envelope)


async def test_the_server_says_hello(http: aiohttp.ClientSession, slack: Slack) -> None:
    async with http.ws_connect(await ticket(http, slack)) as socket:
        hello = await socket.receive_json()
    assert (hello["type"], hello["num_connections"], hello["connection_info"]) == (
        "hello",
        1,
        {"app_id": "A0FISK001"},
    )


async def test_a_ticket_lets_one_connection_in_once(http: aiohttp.ClientSession, slack: Slack) -> None:
    url = await ticket(http, slack)
    async with http.ws_connect(url):
        pass
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await http.ws_connect(url)
    assert refused.value.status == 403


async def test_a_refused_dial_uses_the_ticket_up(http: aiohttp.ClientSession, slack: Slack) -> None:
    url = await ticket(http, slack)
    for refusing in (True, False):
        slack.socket.refusing = refusing
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await http.ws_connect(url)


async def test_a_command_carries_all_that_slack_sends(http: aiohttp.ClientSession, slack: Slack) -> None:
    async with connected(http, slack) as socket:
        sent = asyncio.create_task(slack.command("ana", "#deploys", "/fisk", "lock app R&D for @marko"))
        envelope = await acknowledged(socket)
        assert (await sent).acked
    payload = envelope.pop("payload")
    assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
    assert payload.pop("response_url").startswith(f"{slack.url}response/")
    assert payload.pop("trigger_id")
    assert payload == {
        "token": "sandbox-verification-token",
        "team_id": "T0FISKAI1",
        "team_domain": "fiskai",
        "channel_id": "C0DEPLOYS",
        "channel_name": "deploys",
        "user_id": "U024BE7LH",
        "user_name": "ana",
        "command": "/fisk",
        "text": "lock app R&amp;D for <@U0MARKO01|marko>",
        "api_app_id": "A0FISK001",
        "is_enterprise_install": "false",
    }


async def test_a_command_does_not_tell_the_name_of_a_private_channel(
    http: aiohttp.ClientSession, slack: Slack
) -> None:
    slack.workspace.channel("#deploys").is_private = True
    async with connected(http, slack) as socket:
        sent = asyncio.create_task(slack.command("ana", "#deploys", "/fisk", "locks"))
        payload = (await acknowledged(socket))["payload"]
        await sent
    assert (payload["channel_id"], payload["channel_name"]) == ("C0DEPLOYS", "privategroup")


@pytest.mark.parametrize(("response_type", "seen_by_marko"), [("ephemeral", []), ("in_channel", ["here"])])
async def test_what_comes_with_the_ack_is_shown(
    http: aiohttp.ClientSession, slack: Slack, response_type: str, seen_by_marko: list[str]
) -> None:
    async with connected(http, slack) as socket:
        sent = asyncio.create_task(slack.command("ana", "#deploys", "/fisk", "status"))
        await acknowledged(socket, {"text": "here", "response_type": response_type})
        await sent
    assert [message.text for message in slack.messages("#deploys", "ana")] == ["here"]
    assert [message.text for message in slack.messages("#deploys", "marko")] == seen_by_marko


async def test_a_command_that_is_not_acknowledged_times_out_before_its_author(
    http: aiohttp.ClientSession, slack: Slack
) -> None:
    slack.socket.ack_within = 0.05
    async with connected(http, slack):
        receipt = await slack.command("ana", "#deploys", "/fisk", "status")
    assert receipt.error == "operation_timeout"
    said = [(m.user, m.text, m.visible_to) for m in slack.messages("#deploys")]
    assert said == [("USLACKBOT", '/fisk failed with the error "operation_timeout"', "U024BE7LH")]


async def test_without_an_app_a_command_cannot_be_dispatched(slack: Slack) -> None:
    assert (await slack.command("ana", "#deploys", "/fisk", "status")).error == "dispatch_failed"
    assert [m.text for m in slack.messages("#deploys")] == ['/fisk failed with the error "dispatch_failed"']


async def test_commands_are_not_for_threads(slack: Slack) -> None:
    parent = await slack.say("ana", "#deploys", "hello")
    await slack.command("ana", "#deploys", "/fisk", "status", thread_ts=parent.ts)
    assert slack.messages("#deploys")[-1].text == "/fisk is not supported in threads. Sorry!"


async def test_an_event_that_is_not_acknowledged_is_sent_again(
    http: aiohttp.ClientSession, slack: Slack
) -> None:
    slack.socket.ack_within = 0.05
    slack.inbound.retry_after = (0, 0, 0)
    async with connected(http, slack) as socket:
        await slack.mention("ana", "#deploys", "status")
        envelopes = [await socket.receive_json() for _ in range(3)] + [await acknowledged(socket)]
    tries = [(envelope["retry_attempt"], envelope["retry_reason"]) for envelope in envelopes]
    assert tries == [(0, ""), (1, "timeout"), (2, "timeout"), (3, "timeout")]
    assert len({envelope["payload"]["event_id"] for envelope in envelopes}) == 1


async def test_a_mention_carries_its_thread_and_who_it_is_for(
    http: aiohttp.ClientSession, slack: Slack
) -> None:
    parent = await slack.say("ana", "#deploys", "hello")
    async with connected(http, slack) as socket:
        sent = asyncio.create_task(slack.mention("ana", "#deploys", "status", thread_ts=parent.ts))
        payload = (await acknowledged(socket))["payload"]
        message = await sent
    event = payload["event"]
    assert {name: event[name] for name in ("type", "user", "text", "ts", "channel", "thread_ts")} == {
        "type": "app_mention",
        "user": "U024BE7LH",
        "text": "<@U0FISK001> status",
        "ts": message.ts,
        "channel": "C0DEPLOYS",
        "thread_ts": parent.ts,
    }
    assert payload["authorizations"][0]["user_id"] == "U0FISK001"


async def test_payloads_are_spread_over_the_connections(http: aiohttp.ClientSession, slack: Slack) -> None:
    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(connected(http, slack)) for _ in range(2)]
        for socket in (sockets[1], sockets[0], sockets[1]):
            sent = asyncio.create_task(slack.command("ana", "#deploys", "/fisk", "status"))
            await acknowledged(socket)
            assert (await sent).acked


async def test_an_eleventh_connection_is_sent_away(http: aiohttp.ClientSession, slack: Slack) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(10):
            await stack.enter_async_context(connected(http, slack))
        async with http.ws_connect(await ticket(http, slack)) as socket:
            farewell = await socket.receive_json()
    assert (farewell["type"], farewell["reason"]) == ("disconnect", "too_many_websockets")


async def test_a_connection_that_was_told_to_go_gets_nothing_more(
    http: aiohttp.ClientSession, slack: Slack
) -> None:
    async with connected(http, slack) as old:
        await slack.socket.warn("refresh_requested")
        assert (await old.receive_json())["reason"] == "refresh_requested"
        async with connected(http, slack) as new:
            sent = asyncio.create_task(slack.command("ana", "#deploys", "/fisk", "status"))
            await acknowledged(new)
            assert (await sent).acked


async def test_a_disabled_link_gives_no_tickets(http: aiohttp.ClientSession, slack: Slack) -> None:
    async with connected(http, slack) as socket:
        await slack.socket.warn("link_disabled")
        assert (await socket.receive_json())["reason"] == "link_disabled"
    assert not (await call(http, slack, "apps.connections.open", token=slack.app_token))["ok"]


async def test_a_dropped_connection_ends_without_a_word(http: aiohttp.ClientSession, slack: Slack) -> None:
    async with connected(http, slack) as socket:
        slack.socket.drop()
        assert (await socket.receive()).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
        await slack.until(lambda: slack.socket.connections == 0)


async def test_what_a_dropped_connection_cannot_take_another_takes(
    http: aiohttp.ClientSession, slack: Slack
) -> None:
    async with connected(http, slack), connected(http, slack) as other:
        slack.socket.drop(1)
        for _ in range(2):
            sent = asyncio.create_task(slack.command("ana", "#deploys", "/fisk", "status"))
            await acknowledged(other)
            assert (await sent).acked


async def test_a_press_carries_the_message_and_the_button(http: aiohttp.ClientSession, slack: Slack) -> None:
    pressed = {
        "type": "button",
        "action_id": "cancel",
        "value": "d-7k3f",
        "text": {"type": "plain_text", "text": "Cancel"},
    }
    blocks = [{"type": "actions", "block_id": "doing", "elements": [pressed]}]
    await call(http, slack, "chat.postMessage", channel="#deploys", text="x", blocks=blocks)
    [message] = slack.messages("#deploys")
    async with connected(http, slack) as socket:
        sent = asyncio.create_task(slack.press("marko", message, "Cancel"))
        payload = (await acknowledged(socket))["payload"]
        assert (await sent).acked
    [action] = payload["actions"]
    assert action.pop("action_ts")
    assert action == {**pressed, "block_id": "doing"}
    assert payload["container"] == {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": "C0DEPLOYS",
        "is_ephemeral": False,
    }
    assert (payload["user"]["id"], payload["message"]["ts"]) == ("U0MARKO01", message.ts)
