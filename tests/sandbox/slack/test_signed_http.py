"""Payloads as signed POSTs, checked with Slack's own verifier."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from slack_sdk.signature import SignatureVerifier

if TYPE_CHECKING:
    from sandbox.slack import Slack

Arrived = tuple[str, dict[str, str]]


@asynccontextmanager
async def app_answering(slack: Slack, status: int = 200, body: str = "") -> AsyncIterator[list[Arrived]]:
    """An app at a request URL that keeps each body with its headers."""
    arrived: list[Arrived] = []

    async def handler(request: web.Request) -> web.Response:
        arrived.append((await request.text(), dict(request.headers)))
        return web.Response(status=status, text=body)

    app = web.Application()
    app.router.add_post("/slack/events", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    try:
        yield arrived
    finally:
        await runner.cleanup()


async def test_commands_and_events_carry_a_signature_that_slack_would_make(slack: Slack) -> None:
    verifier = SignatureVerifier(slack.signing_secret)
    async with app_answering(slack) as arrived:
        await slack.command("ana", "#deploys", "/fisk", "status")
        await slack.mention("ana", "#deploys", "status")
    assert [verifier.is_valid_request(body, headers) for body, headers in arrived] == [True, True]
    assert parse_qs(arrived[0][0])["text"] == ["status"]
    assert json.loads(arrived[1][0])["event"]["type"] == "app_mention"


async def test_a_plain_body_is_shown_as_text(slack: Slack) -> None:
    async with app_answering(slack, body="looking"):
        await slack.command("ana", "#deploys", "/fisk", "status")
    assert [m.text for m in slack.messages("#deploys", "ana")] == ["looking"]


@pytest.mark.parametrize(
    ("status", "error"), [(500, "http_service_error"), (403, "http_client_error"), (200, "")]
)
async def test_the_status_decides_what_the_author_is_told(slack: Slack, status: int, error: str) -> None:
    async with app_answering(slack, status):
        assert (await slack.command("ana", "#deploys", "/fisk", "status")).error == error


async def test_nobody_listening_means_that_nothing_was_dispatched(slack: Slack) -> None:
    async with app_answering(slack):
        pass
    assert (await slack.command("ana", "#deploys", "/fisk", "status")).error == "dispatch_failed"


async def test_an_event_sent_again_says_so_in_its_headers(slack: Slack) -> None:
    slack.inbound.retry_after = (0,)
    async with app_answering(slack, 500) as arrived:
        await slack.mention("ana", "#deploys", "status")
        await slack.until(lambda: len(arrived) == 2)
    tries = [(h.get("X-Slack-Retry-Num"), h.get("X-Slack-Retry-Reason")) for _, h in arrived]
    assert tries == [(None, None), ("1", "http_error")]
