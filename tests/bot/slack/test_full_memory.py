"""A real Valkey that takes no more writes: what only reads is answered in Slack, the rest says why not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from tests.bot.conversation import a_bot, seen, settings

if TYPE_CHECKING:
    from bot.app.run import Bot
    from sandbox.slack import Slack

LOCKS = "Nothing is under way, and nobody holds anything."


@asynccontextmanager
async def refusing(bot: Bot, setting: str, value: str, after: str) -> AsyncIterator[None]:
    ask = bot.parts.state.ask
    await ask("CONFIG", "SET", setting, value)
    try:
        yield
    finally:
        await ask("CONFIG", "SET", setting, after)


async def told(slack: Slack, bot: Bot, line: str) -> str:
    receipt = await slack.command("ana", "#deploys", "/fisk", line)
    if receipt.body:
        return str(receipt.body["text"])
    await bot.finish()
    return slack.messages("#deploys", "ana")[-1].text


@pytest.mark.parametrize(
    ("setting", "value", "after", "says"),
    [
        ("maxmemory", "1", "0", "fisk's memory is full"),
        ("min-replicas-to-write", "1", "0", "fisk's memory"),
    ],
)
async def test_what_only_reads_is_answered_and_what_acts_says_why_not(
    slack: Slack, valkey_url: str, setting: str, value: str, after: str, says: str
) -> None:
    async with a_bot(slack, settings(slack, valkey_url)) as bot:
        async with refusing(bot, setting, value, after):
            assert await told(slack, bot, "locks") == LOCKS
            assert "history" in await told(slack, bot, "help")
            refusal = await told(slack, bot, "lock app we measure")
            assert refusal.startswith(says)
            assert "so it begins nothing; what only reads still answers." in refusal
        await slack.command("ana", "#deploys", "/fisk", "lock app we measure")
        await seen(slack, "holds app: we measure")
