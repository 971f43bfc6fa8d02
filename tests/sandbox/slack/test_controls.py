"""Buttons on the page for what happens outside Slack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.slack import Control, Slack

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import aiohttp


@pytest.fixture
async def pushes() -> list[str]:
    return []


@pytest.fixture
async def slack(pushes: list[str]) -> AsyncIterator[Slack]:
    async def push() -> str:
        pushes.append("3f2a1b9")
        return "Ana pushed 3f2a1b9 to main."

    slack = Slack(controls=[Control("push", "Push a commit to main", push)])
    await slack.start()
    yield slack
    await slack.stop()


async def test_the_page_shows_them_and_each_does_what_it_says(
    slack: Slack, http: aiohttp.ClientSession, pushes: list[str]
) -> None:
    async with http.get(f"{slack.url}page/state?as=U024BE7LH") as answer:
        assert (await answer.json())["controls"] == [{"name": "push", "label": "Push a commit to main"}]
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
