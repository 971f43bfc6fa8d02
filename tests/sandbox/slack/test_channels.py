"""The channels that the API lists as the bot's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.slack.cast import FISK, Channel
from tests.sandbox.slack.calls import call

if TYPE_CHECKING:
    import aiohttp

    from sandbox.slack import Slack

BOTH = "public_channel,private_channel"


def _names(answer: dict[str, list[dict[str, str]]]) -> list[str]:
    return [each["name"] for each in answer["channels"]]


async def test_it_is_told_its_own_channels_private_ones_only_where_it_asks(
    http: aiohttp.ClientSession, slack: Slack
) -> None:
    for name, members in (("inc-secret", {FISK.id}), ("inc-hidden", set())):
        slack.workspace.channels[name] = Channel(name, name, members=members, is_private=True)
    slack.workspace.channels["old"] = Channel("old", "inc-old", members={FISK.id}, is_archived=True)
    mine = ["deploys", "incidents", "inc-vat-rounding"]
    assert _names(await call(http, slack, "users.conversations")) == [*mine, "inc-old"]
    living = await call(http, slack, "users.conversations", types=BOTH, exclude_archived=True)
    assert _names(living) == [*mine, "inc-secret"]


async def test_they_come_in_pages(http: aiohttp.ClientSession, slack: Slack) -> None:
    first = await call(http, slack, "users.conversations", limit=2)
    cursor = first["response_metadata"]["next_cursor"]
    rest = await call(http, slack, "users.conversations", limit=2, cursor=cursor)
    assert _names(first) + _names(rest) == ["deploys", "incidents", "inc-vat-rounding"]


async def test_each_kind_of_channel_needs_its_own_scope(http: aiohttp.ClientSession, slack: Slack) -> None:
    slack.api.scopes = frozenset({"channels:read"})
    assert (await call(http, slack, "users.conversations"))["ok"]
    refused = await call(http, slack, "users.conversations", types=BOTH)
    assert (refused["error"], refused["needed"]) == ("missing_scope", "groups:read")


async def test_an_archived_channel_takes_no_message(http: aiohttp.ClientSession, slack: Slack) -> None:
    slack.workspace.channel("#incidents").is_archived = True
    refused = await call(http, slack, "chat.postMessage", channel="#incidents", text="x")
    assert refused["error"] == "is_archived"
