"""Slack's own Python libraries against the stand-in, over Socket Mode and over signed HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

if TYPE_CHECKING:
    from sandbox.slack import Slack


def deploy_bot(slack: Slack) -> AsyncApp:
    """It announces a deploy with a button, and answers mentions in their thread."""
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
    app = AsyncApp(client=client, signing_secret=slack.signing_secret)

    @app.command("/fisk")
    async def deploy(ack: Any, command: dict[str, str], client: AsyncWebClient) -> None:
        await ack(f"looking at {command['text']}")
        button = {
            "type": "button",
            "action_id": "cancel",
            "text": {"type": "plain_text", "text": "Cancel"},
            "value": "d-1",
            "confirm": {
                "title": {"type": "plain_text", "text": "Cancel it?"},
                "text": {"type": "plain_text", "text": "The old release stays."},
                "confirm": {"type": "plain_text", "text": "Cancel it"},
                "deny": {"type": "plain_text", "text": "Go on"},
            },
        }
        section = {"type": "section", "text": {"type": "mrkdwn", "text": f"Deploying *{command['text']}*"}}
        blocks: list[dict[str, Any]] = [section, {"type": "actions", "elements": [button]}]
        await client.chat_postMessage(channel=command["channel_id"], text="Deploying", blocks=blocks)

    @app.action("cancel")
    async def cancel(ack: Any, body: dict[str, Any], client: AsyncWebClient, respond: Any) -> None:
        await ack()
        message, value = body["message"], body["actions"][0]["value"]
        await client.chat_update(channel=body["channel"]["id"], ts=message["ts"], text=f"Cancelled {value}")
        await respond("only you see this", response_type="ephemeral")

    @app.event("app_mention")
    async def mentioned(event: dict[str, str], say: Any) -> None:
        await say("here", thread_ts=event.get("thread_ts", event["ts"]))

    return app


@asynccontextmanager
async def over_socket_mode(slack: Slack) -> AsyncIterator[None]:
    handler = AsyncSocketModeHandler(deploy_bot(slack), slack.app_token)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    await slack.until(lambda: slack.socket.connections == 1)
    yield
    await handler.close_async()  # type: ignore[no-untyped-call]


@asynccontextmanager
async def over_http(slack: Slack) -> AsyncIterator[None]:
    runner = web.AppRunner(deploy_bot(slack).web_app("/slack/events"))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    yield
    await runner.cleanup()


@pytest.mark.parametrize("connected", [over_socket_mode, over_http])
async def test_a_whole_conversation(slack: Slack, connected: Any) -> None:
    async with connected(slack):
        receipt = await slack.command("ana", "#deploys", "/fisk", "deploy 3f2a1b9")
        assert receipt.error == ""
        live = await slack.until(lambda: slack.find("#deploys", "Deploying deploy 3f2a1b9"))
        assert live is not None
        await slack.until(lambda: slack.find("#deploys", "looking at"))

        assert (await slack.press("ana", live, "Cancel")).acked
        await slack.until(lambda: slack.find("#deploys", "only you see this"))

        await slack.mention("marko", "#deploys", "status", thread_ts=live.ts)
        await slack.until(lambda: slack.find("#deploys", "here"))

    said = [(slack.workspace.users[m.user].name, m.text, m.visible_to) for m in slack.messages("#deploys")]
    assert sorted(said[:2]) == [
        ("fisk", "Cancelled d-1", ""),
        ("fisk", "looking at deploy 3f2a1b9", "U024BE7LH"),
    ]
    assert said[2:] == [
        ("fisk", "only you see this", "U024BE7LH"),
        ("marko", "<@U0FISK001> status", ""),
        ("fisk", "here", ""),
    ]
