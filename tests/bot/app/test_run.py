"""The bot's start and shutdown: readiness, errors about missing settings, and that no line is lost."""

from __future__ import annotations

import asyncio
import socket
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from bot.app.run import Bot, serving
from bot.app.wiring import opened
from deploy.core import errors
from tests.bot.conversation import a_bot, a_client, ready, seen, settings
from tests.waiting import until

if TYPE_CHECKING:
    from sandbox.slack import Slack


async def _connected(bot: Bot) -> bool:
    return (await bot.readiness.check())["connected"]


async def test_a_line_is_acknowledged_and_answered(slack: Slack, valkey_url: str) -> None:
    async with a_bot(slack, settings(slack, valkey_url)):
        assert (await slack.command("ana", "#deploys", "/fisk", "locks")).acked
        await seen(slack, "Nothing is under way")


async def test_it_is_not_ready_until_slack_says_who_it_is(slack: Slack, valkey_url: str) -> None:
    slack.faults.queue("* /api/auth.test", status=200, body='{"ok": false, "error": "fatal_error"}', times=10)
    async with a_client(slack) as client, serving(settings(slack, valkey_url), client) as bot:
        await until(partial(_connected, bot))
        assert await bot.readiness.check() == {
            "memory": True,
            "slack": False,
            "connected": True,
            "accepting": True,
        }


async def test_it_is_not_ready_until_it_listens(slack: Slack, valkey_url: str) -> None:
    async with a_client(slack) as client, opened(settings(slack, valkey_url)) as parts:
        bot = Bot(parts, client)
        assert await bot.readiness.check() == {
            "memory": True,
            "slack": False,
            "connected": False,
            "accepting": True,
        }
        await bot.stop()


async def test_what_was_typed_last_is_answered_before_it_stops_and_then_it_hears_nobody(
    slack: Slack, valkey_url: str
) -> None:
    async with a_client(slack) as client, opened(settings(slack, valkey_url)) as parts:
        bot = Bot(parts, client)
        await bot.start()
        await until(partial(ready, bot))
        slack.faults.queue("POST /response/*", delay=0.3)
        assert (await slack.command("ana", "#deploys", "/fisk", "locks")).acked
        await bot.drain()
        assert (
            slack.messages("#deploys", "ana")[-1].text == "Nothing is under way, and nobody holds anything."
        )
        assert (await slack.command("ana", "#deploys", "/fisk", "locks")).error == "dispatch_failed"
        assert not (await bot.readiness.check())["accepting"]
        await bot.stop()


@pytest.mark.parametrize("http", [False, True])
async def test_what_is_being_written_down_as_it_stops_is_acknowledged(
    slack: Slack, valkey_url: str, monkeypatch: pytest.MonkeyPatch, *, http: bool
) -> None:
    mine = settings(slack, valkey_url, http=http)
    slack.request_url = f"http://{mine.bind}/slack/events" if http else ""
    async with a_client(slack) as client, opened(mine) as parts:
        bot = Bot(parts, client)
        await bot.start()
        await until(partial(ready, bot))
        run, arrived = parts.state.run, asyncio.Event()

        async def slow(script: str, *args: Any) -> Any:
            if script == "put":
                arrived.set()
                await asyncio.sleep(0.5)
            return await run(script, *args)

        monkeypatch.setattr(parts.state, "run", slow)
        typing = asyncio.create_task(slack.command("ana", "#deploys", "/fisk", "lock app we measure"))
        await arrived.wait()
        await bot.drain()
        assert (await typing).acked
        await bot.stop()
    await seen(slack, "holds app: we measure")


async def test_a_bot_without_its_memory_says_so_and_ends(slack: Slack, valkey_url: str) -> None:
    lost = settings(slack, valkey_url).model_copy(update={"redis_url": SecretStr("redis://127.0.0.1:1")})
    async with a_client(slack) as client:
        with pytest.raises(errors.StateUnavailable):
            await serving(lost, client).__aenter__()


@pytest.mark.parametrize("setting", ["FISK_BIND", "FISK_METRICS_BIND"])
async def test_an_address_that_is_taken_is_told_of_as_a_setting(
    slack: Slack, valkey_url: str, setting: str
) -> None:
    mine = settings(slack, valkey_url)
    address = mine.address if setting == "FISK_BIND" else mine.metrics_address
    with socket.socket() as taken:
        taken.bind(address)
        taken.listen()
        async with a_client(slack) as client:
            with pytest.raises(
                errors.BadSettings, match=f"{setting}: 127.0.0.1:{address[1]} cannot be bound: "
            ):
                await serving(mine, client).__aenter__()
