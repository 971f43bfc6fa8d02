"""Buttons on the page for events outside Slack."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from sandbox.slack import Control, Slack

if TYPE_CHECKING:
    import aiohttp


@pytest.fixture
async def pushes() -> list[str]:
    return []


@pytest.fixture
async def begun() -> list[str]:
    return []


@pytest.fixture
async def slack(pushes: list[str], begun: list[str]) -> AsyncIterator[Slack]:
    async def begin() -> None:
        begun.append("the story")

    async def push() -> str:
        pushes.append("3f2a1b9")
        return "Ana pushed 3f2a1b9 to main."

    slack = Slack(controls=[Control("push", "Push a commit to main", push)], before=begin)
    await slack.start()
    yield slack
    await slack.stop()


async def test_the_page_shows_them_and_each_does_what_it_says(
    slack: Slack, http: aiohttp.ClientSession, pushes: list[str]
) -> None:
    async with http.get(f"{slack.url}page/state?as=U024BE7LH") as answer:
        shown = (await answer.json())["controls"]
    assert shown == [
        {"name": "push", "label": "Push a commit to main", "system": "", "on": None, "renamed": False}
    ]
    async with http.post(f"{slack.url}page/control", json={"name": "push"}) as answer:
        assert await answer.json() == {"body": "Ana pushed 3f2a1b9 to main."}
    assert pushes == ["3f2a1b9"]


async def test_one_that_there_is_not_is_refused(slack: Slack, http: aiohttp.ClientSession) -> None:
    async with http.post(f"{slack.url}page/control", json={"name": "pull"}) as answer:
        assert await answer.json() == {"error": "unknown_control"}


async def test_another_site_cannot_press_them(
    slack: Slack, http: aiohttp.ClientSession, pushes: list[str]
) -> None:
    async with http.post(f"{slack.url}page/control", data={"name": "push"}) as answer:
        assert (answer.status, pushes) == (415, [])


async def test_what_is_to_be_done_before_a_person_does_something_is_done_before_it(
    slack: Slack, http: aiohttp.ClientSession, begun: list[str]
) -> None:
    for text in ("hello", "/fisk status"):
        said = {"user": "U024BE7LH", "channel": "C0DEPLOYS", "text": text}
        async with http.post(f"{slack.url}page/say", json=said) as answer:
            assert answer.status == 200
    asked = slack.workspace.post(
        "C0DEPLOYS",
        "U0FISK001",
        "",
        blocks=[
            {
                "type": "actions",
                "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Go"}}],
            }
        ],
    )
    await slack.press("ana", asked, "Go")
    assert begun == ["the story"] * 3
