"""Socket Mode: two connections, and a watchdog for stale tickets."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.slack import socket as sockets
from tests.bot.conversation import a_bot, settings

if TYPE_CHECKING:
    from sandbox.slack import Slack


@pytest.fixture(autouse=True)
def watchful(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets.Sockets.__init__, "__kwdefaults__", {"look_every": 0.05})
    monkeypatch.setattr(sockets, "PING_EVERY", 0.2)


async def both(slack: Slack) -> None:
    await slack.until(lambda: slack.socket.connections == 2, within=30)


async def test_there_are_two_connections_and_both_take_commands(slack: Slack, valkey_url: str) -> None:
    async with a_bot(slack, settings(slack, valkey_url)):
        await both(slack)
        receipts = [await slack.command("ana", "#deploys", "/fisk", "help") for _ in range(4)]
        assert all(receipt.acked for receipt in receipts)
        assert {slot for slot, _ in slack.socket.delivered} == {0, 1}


async def test_a_dial_that_was_refused_gets_a_new_ticket(slack: Slack, valkey_url: str) -> None:
    async with a_bot(slack, settings(slack, valkey_url)):
        await both(slack)
        slack.socket.refusing = True
        slack.socket.drop()
        await slack.until(lambda: slack.socket.connections == 0)
        slack.socket.refusing = False
        await both(slack)
        assert (await slack.command("ana", "#deploys", "/fisk", "help")).acked


async def test_while_one_connection_is_renewed_the_other_loses_nothing(slack: Slack, valkey_url: str) -> None:
    async with a_bot(slack, settings(slack, valkey_url)):
        await both(slack)
        slack.socket.drop(1)
        receipts = await asyncio.gather(
            *(slack.command("ana", "#deploys", "/fisk", "help") for _ in range(20))
        )
        assert [receipt.error for receipt in receipts] == [""] * 20
        await both(slack)


async def test_connections_that_slack_wants_renewed_are_renewed(slack: Slack, valkey_url: str) -> None:
    async with a_bot(slack, settings(slack, valkey_url)):
        await both(slack)
        before = slack.socket.opened
        await slack.socket.warn()
        await slack.until(lambda: slack.socket.opened == before + 2, within=30)
        await both(slack)
        assert (await slack.command("ana", "#deploys", "/fisk", "help")).acked
