"""HTTP mode: signed requests are answered; forged, old, repeated or too long ones are not."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import aiohttp
import pytest

from bot.app.http import LARGEST
from sandbox.slack.cast import TEAM
from sandbox.slack.signed_http import FORM, signature
from tests.bot.conversation import a_bot, settings

if TYPE_CHECKING:
    from bot.app.run import Bot
    from sandbox.slack import Slack


@pytest.fixture
async def bot(slack: Slack, valkey_url: str) -> AsyncIterator[Bot]:
    async with a_bot(slack, settings(slack, valkey_url, http=True)) as bot:
        yield bot


@pytest.fixture
async def url(bot: Bot) -> str:
    return f"http://{bot.parts.settings.bind}"


@pytest.fixture
async def inner_url(bot: Bot) -> str:
    return f"http://{bot.parts.settings.metrics_bind}"


def command(text: str, trigger: str = "1.1") -> str:
    return urlencode(
        {
            "command": "/fisk",
            "text": text,
            "user_id": "U024BE7LH",
            "user_name": "ana",
            "team_id": TEAM,
            "channel_id": "C0DEPLOYS",
            "trigger_id": trigger,
        }
    )


async def post(url: str, slack: Slack, body: str, *, secret: str = "", age: float = 0) -> tuple[int, str]:
    stamp = str(int(time.time() - age))
    headers = {
        "Content-Type": FORM,
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": signature(secret or slack.signing_secret, stamp, body),
    }
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{url}/slack/events", data=BytesIO(body.encode()), headers=headers) as answer,
    ):
        return answer.status, await answer.text()


async def get(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.text()


async def test_a_signed_command_is_answered(slack: Slack, url: str) -> None:
    status, text = await post(url, slack, command("help locks"))
    assert (status, json.loads(text)["text"]) == (
        200,
        "`/fisk locks`\nWho holds what, since when, and why.",
    )


async def test_a_misspelt_line_is_answered_in_the_ack(slack: Slack, url: str) -> None:
    status, text = await post(url, slack, command("deploi 3f2a1b9"))
    assert (status, json.loads(text)["text"]) == (
        200,
        "`deploi` is not a command. Did you mean `deploy`? `/fisk help` lists the commands.",
    )


async def test_a_forged_command_is_refused(slack: Slack, url: str, bot: Bot) -> None:
    status, _ = await post(url, slack, command("lock app why"), secret="guessed")
    assert status == 401
    assert await bot.parts.world.memory.locks.holds() == ()


async def test_an_old_command_is_refused(slack: Slack, url: str, bot: Bot) -> None:
    status, _ = await post(url, slack, command("lock app why"), age=600)
    assert status == 401
    assert await bot.parts.world.memory.locks.holds() == ()


async def test_an_unsigned_command_is_refused(url: str) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{url}/slack/events", data=command("help"), headers={"Content-Type": FORM}) as answer,
    ):
        assert answer.status == 401


@pytest.mark.parametrize(
    ("stamp", "signed"),
    [("yesterday", "v0=0"), ("", ""), ("1e9", "v0=0"), ("9" * 5000, "v0=0"), ("now", "v0=ž")],
)
@pytest.mark.parametrize(
    "body", [b"text=help", b"payload={", b"\xff\xfe"], ids=["a form", "half", "no UTF-8"]
)
async def test_what_bears_no_signature_is_refused_unread(
    url: str, body: bytes, stamp: str, signed: str, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {
        "Content-Type": FORM,
        "X-Slack-Request-Timestamp": stamp.replace("now", str(int(time.time()))),
        "X-Slack-Signature": signed,
    }
    caplog.clear()
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{url}/slack/events", data=body, headers=headers) as answer,
    ):
        assert (answer.status, await answer.text()) == (401, "the signature does not fit")
    assert [record.exc_info for record in caplog.records] == [None]


@pytest.mark.parametrize(
    "body",
    ["payload={", "payload=[]", "payload=null", "payload=" + "[" * 100_000, "{", '{"event": 1, "x": [}'],
)
async def test_what_is_signed_and_makes_no_sense_is_a_bad_request_and_one_line_in_the_log(
    slack: Slack, url: str, body: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.clear()
    assert await post(url, slack, body) == (400, "not what Slack sends")
    assert [record.exc_info for record in caplog.records] == [None]


async def test_a_command_that_is_replayed_runs_once(slack: Slack, url: str, bot: Bot) -> None:
    body = command("lock app why", trigger="7.7")
    assert [(await post(url, slack, body))[0] for _ in range(3)] == [200] * 3
    await slack.until(lambda: slack.find("#deploys", "holds app: why"))
    await post(url, slack, command("unlock app", trigger="8.8"))
    await slack.until(lambda: slack.find("#deploys", " unlocked "))
    await bot.finish()
    assert len(slack.messages("#deploys")) == 2
    assert await bot.parts.world.memory.locks.holds() == ()


async def test_a_body_that_is_too_long_is_refused(slack: Slack, url: str) -> None:
    status, _ = await post(url, slack, command("x" * (LARGEST + 1)))
    assert status == 413


async def test_health_says_that_it_lives_and_readiness_what_it_leans_on(url: str, inner_url: str) -> None:
    for each in (url, inner_url):
        assert await get(f"{each}/healthz") == (200, '{"status": "ok"}')
    status, text = await get(f"{inner_url}/readyz")
    assert (status, json.loads(text)) == (
        200,
        {"memory": True, "slack": True, "connected": True, "accepting": True},
    )


async def test_readiness_and_metrics_are_not_where_others_may_ask(url: str) -> None:
    assert [(await get(f"{url}{path}"))[0] for path in ("/readyz", "/metrics")] == [404, 404]


async def test_it_is_not_ready_while_it_drains(inner_url: str, bot: Bot) -> None:
    await bot.parts.engine.drain(0)
    status, text = await get(f"{inner_url}/readyz")
    assert (status, json.loads(text)["accepting"]) == (503, False)


async def test_metrics_count_the_lines(slack: Slack, url: str, inner_url: str) -> None:
    await post(url, slack, command("deploi"))
    _, text = await get(f"{inner_url}/metrics")
    assert 'fisk_lines_total{code="not_understood",outcome="usage"} 1.0' in text


async def test_anything_else_is_not_there(url: str) -> None:
    assert (await get(f"{url}/"))[0] == 404
    assert (await get(f"{url}/slack/events"))[0] == 405


async def test_without_a_secret_there_is_no_place_for_webhooks(url: str) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{url}/github/webhook", data=b"{}") as answer,
    ):
        assert answer.status == 404
