"""Uploads of files: an address, the bytes, and the end, without which nobody sees them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

if TYPE_CHECKING:
    from sandbox.slack import Slack

TEXT = "one\ntwo ž\n"


@pytest.fixture
def client(slack: Slack) -> AsyncWebClient:
    return AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)


async def test_slacks_own_library_shares_a_file_that_can_be_read(
    slack: Slack, client: AsyncWebClient
) -> None:
    answer = await client.files_upload_v2(
        filename="a.txt", title="A", content=TEXT, channel="C0DEPLOYS", initial_comment="look"
    )
    (message,) = slack.messages("#deploys")
    assert (message.text, [file["title"] for file in message.files]) == ("look", ["A"])
    assert slack.reading(message) == "look\n(file: A)"
    async with aiohttp.ClientSession() as session, session.get(answer["file"]["permalink"]) as got:
        assert (got.status, await got.text()) == (200, TEXT)


async def test_a_file_goes_into_somebodys_direct_messages_by_their_id(
    slack: Slack, client: AsyncWebClient
) -> None:
    await client.files_upload_v2(filename="a.txt", title="A", content=TEXT, channels=["U024BE7LH"])
    assert [message.files[0]["name"] for message in slack.messages("D024BE7LH")] == ["a.txt"]


async def test_an_upload_without_its_end_is_seen_by_nobody(slack: Slack, client: AsyncWebClient) -> None:
    begun = await client.files_getUploadURLExternal(filename="a.txt", length=3)
    async with aiohttp.ClientSession() as session:
        async with session.post(begun["upload_url"], data=b"abc") as sent:
            assert sent.status == 200
        async with session.get(f"{slack.url}files/{begun['file_id']}/a.txt") as got:
            assert got.status == 404
    assert slack.messages("#deploys") == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"files": [{"id": "F0"}], "channel_id": "C0DEPLOYS"}, "file_not_found"),
        ({"files": [], "channel_id": "C0DEPLOYS"}, "invalid_arguments"),
        ({"files": [], "channel_id": "U024BE7LH"}, "channel_not_found"),
        ({"files": [], "channels": "C0NOWHERE"}, "channel_not_found"),
    ],
)
async def test_what_slack_refuses(client: AsyncWebClient, arguments: dict[str, object], code: str) -> None:
    given = {**arguments, "files": json.dumps(arguments["files"])}
    with pytest.raises(SlackApiError) as refused:
        await client.api_call("files.completeUploadExternal", params=given)
    assert refused.value.response["error"] == code


async def test_bytes_of_another_length_are_not_taken(client: AsyncWebClient) -> None:
    begun = await client.files_getUploadURLExternal(filename="a.txt", length=3)
    async with aiohttp.ClientSession() as session, session.post(begun["upload_url"], data=b"ab") as sent:
        assert sent.status == 400
    with pytest.raises(SlackApiError, match="file_not_found"):
        await client.files_completeUploadExternal(files=[{"id": begun["file_id"], "title": "A"}])


async def test_it_takes_a_scope(slack: Slack, client: AsyncWebClient) -> None:
    slack.api.scopes = frozenset({"chat:write"})
    with pytest.raises(SlackApiError, match="missing_scope"):
        await client.files_getUploadURLExternal(filename="a.txt", length=3)
