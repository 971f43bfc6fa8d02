"""What happens to a line that is typed while fisk still loads what does the work."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

import aiohttp
import pytest
from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient

from bot.app.back import behind
from bot.app.front import Front
from bot.app.run import serve
from deploy.core import errors
from tests.bot.conversation import seen, settings
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.app.settings import Settings
    from sandbox.slack import Slack


async def _hears(front: Front) -> bool:
    return bool(front.home.team) and (await front.check())["connected"]


@asynccontextmanager
async def a_front(slack: Slack, settings: Settings) -> AsyncIterator[Front]:
    """Connected to Slack, which it knows by name; nothing behind it yet."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
        front = Front(settings, AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session))
        await front.start()
        try:
            await until(partial(_hears, front))
            yield front
        finally:
            await front.stop()


async def test_it_is_acknowledged_and_answered_later(slack: Slack, valkey_url: str) -> None:
    async with a_front(slack, settings(slack, valkey_url)) as front:
        receipt = await slack.command("ana", "#deploys", "/fisk", "locks")
        assert receipt.acked
        assert slack.find("#deploys", "Nothing is under way") is None
        async with behind(front) as back:
            front.backed(back)
            await seen(slack, "Nothing is under way")
            await front.hush()


async def test_it_is_not_ready_meanwhile(slack: Slack, valkey_url: str) -> None:
    async with a_front(slack, settings(slack, valkey_url)) as front:
        assert await front.check() == {"memory": False, "slack": True, "connected": True, "accepting": False}


async def test_it_is_told_why_nobody_will_do_it(slack: Slack, valkey_url: str) -> None:
    async with a_front(slack, settings(slack, valkey_url)) as front:
        await slack.command("ana", "#deploys", "/fisk", "locks")
        front.unbacked(errors.StateUnavailable(where="redis://127.0.0.1:1: no connection"))
        await front.hush()
        await seen(slack, "fisk cannot reach its own memory (redis://127.0.0.1:1: no connection)")


async def test_a_line_that_is_typed_at_the_very_last_is_answered_before_it_stops(
    slack: Slack, valkey_url: str
) -> None:
    mine = settings(slack, valkey_url)
    async with a_front(slack, mine) as front, behind(front) as back:
        front.backed(back)
        await front.hush()
        slow = slack.faults.queue("POST /response/*", delay=0.3)
        assert (await slack.command("ana", "#deploys", "/fisk", "locks")).acked
        await slack.until(lambda: slow.times == 0)
        await front.stop()
        assert (
            slack.messages("#deploys", "ana")[-1].text == "Nothing is under way, and nobody holds anything."
        )


async def test_a_bot_without_its_memory_says_so_and_ends(slack: Slack, valkey_url: str) -> None:
    lost = settings(slack, valkey_url).model_copy(update={"redis_url": SecretStr("redis://127.0.0.1:1")})
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
        front = Front(lost, AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session))
        with pytest.raises(errors.StateUnavailable):
            await serve(front, asyncio.Event())


async def test_an_address_that_is_taken_is_told_of_as_a_setting(slack: Slack, valkey_url: str) -> None:
    mine = settings(slack, valkey_url)
    with socket.socket() as taken:
        taken.bind(mine.address)
        taken.listen()
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
            front = Front(mine, AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session))
            with pytest.raises(errors.BadSettings, match=f"FISK_BIND: {mine.bind} cannot be bound: "):
                await serve(front, asyncio.Event())
