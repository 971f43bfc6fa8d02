"""response_url: five uses within thirty minutes, and what an answer may do to the original."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sandbox.slack.calls import respond

if TYPE_CHECKING:
    import aiohttp

    from sandbox.slack import Slack


async def response_url(slack: Slack) -> str:
    receipt = await slack.command("ana", "#deploys", "/fisk", "status")
    return str(receipt.payload["response_url"])


def said(slack: Slack) -> list[tuple[str, str]]:
    return [(m.text, m.visible_to) for m in slack.messages("#deploys") if m.user == "U0FISK001"]


async def test_a_sixth_answer_is_refused(http: aiohttp.ClientSession, slack: Slack) -> None:
    url = await response_url(slack)
    answers = [await respond(http, url, text=f"{number}") for number in range(6)]
    assert answers == [(200, "ok")] * 5 + [(404, '{"ok": false, "error": "used_url"}')]


async def test_after_thirty_minutes_an_answer_is_refused(http: aiohttp.ClientSession, slack: Slack) -> None:
    url = await response_url(slack)
    issued = slack.workspace.now()
    slack.workspace.clock = lambda: issued + 1801
    assert await respond(http, url, text="late") == (404, '{"ok": false, "error": "expired_url"}')


async def test_an_answer_is_for_its_reader_unless_it_says_otherwise(
    http: aiohttp.ClientSession, slack: Slack
) -> None:
    url = await response_url(slack)
    await respond(http, url, text="for you")
    await respond(http, url, text="for all", response_type="in_channel")
    assert said(slack) == [("for you", "U024BE7LH"), ("for all", "")]


async def test_the_original_can_be_replaced_and_deleted(http: aiohttp.ClientSession, slack: Slack) -> None:
    url = await response_url(slack)
    await respond(http, url, text="one")
    await respond(http, url, text="two", replace_original=True)
    assert said(slack) == [("two", "U024BE7LH")]
    await respond(http, url, delete_original=True)
    assert said(slack) == []


async def test_bad_blocks_use_nothing_up(http: aiohttp.ClientSession, slack: Slack) -> None:
    url = await response_url(slack)
    status, _ = await respond(http, url, text="x", blocks=[{"type": "banner"}])
    assert (status, said(slack)) == (400, [])
    assert [(await respond(http, url, text="x"))[0] for _ in range(5)] == [200] * 5
