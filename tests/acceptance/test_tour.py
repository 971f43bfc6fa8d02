"""The first steps of the page in a real browser, at a desk's and at a phone's width, with Redis behind Sentinel."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Error, expect

from sandbox import terminal
from sandbox.stories import Stories
from sandbox.tour.steps import STEPS
from sandbox.world import World
from tests.chromium import opened

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = [pytest.mark.debian("chromium"), pytest.mark.timeout(300)]
PATIENT = 90_000  # milliseconds, for a failover on a busy machine
DESK, PHONE = (1280, 800), (390, 844)


def quick() -> World:
    return World(waits=True, speed=600, deploy_seconds=1.5)


@pytest.fixture
async def stories() -> AsyncIterator[Stories]:
    stories = Stories(world=quick)
    await stories.start()
    yield stories
    await stories.stop()


class Reader:
    """Somebody who follows the steps, by clicks alone but for Enter."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._step = page.locator("#steps > li").first

    async def opens(self, number: int) -> None:
        await self._story()
        self._step = self.page.locator("#steps > li").nth(number)
        details = self._step.locator("details")
        if await details.get_attribute("open") is None:
            await self._step.locator("summary").click()

    async def _story(self) -> None:
        if await self.page.locator("#story").is_hidden():
            await self.page.get_by_role("button", name="Story", exact=True).click()

    async def types(self, line: str) -> None:
        await self._story()
        await self._step.get_by_role("button", name=line).first.click()
        box = self.page.get_by_role("textbox", name="Message #deploys")
        await expect(box).to_have_value(line)
        await box.press("Enter")

    async def insists(self, act: Callable[[], Awaitable[None]], count: int) -> None:
        """Do it until so many marks are there: fisk says to try again where its memory is slow, or only just back."""
        for _ in range(10):
            with suppress(AssertionError, Error):
                await act()
                await self.sees(count, PATIENT / 6)
                break

    async def switches(self, label: str) -> None:
        await self._story()
        await self._step.get_by_role("button", name=label, exact=True).first.click()

    async def sees(self, count: int, within: float = PATIENT) -> None:
        """So many marks of the step are there."""
        await expect(self._step.locator(".marks .seen")).to_have_count(count, timeout=within)


async def deploy(reader: Reader) -> None:
    await reader.types("/fisk deploy 3f2a1b9")


async def put_back(reader: Reader) -> None:
    await reader.types("/fisk deploy e02d8aa --to staging")


async def two_at_once(reader: Reader) -> None:
    await reader.insists(lambda: reader.switches("Let Marko and Ana type it at once"), 3)


async def crash(reader: Reader) -> None:
    await reader.types("/fisk deploy 3f2a1b9")
    await expect(reader.page.locator("#systems").get_by_text("lock on app:app")).to_be_attached()
    await reader.switches("Kill the bot (kill -9)")
    await reader.sees(1)
    await reader.switches("Start the bot")


# What each of the first steps asks for. The later ones stop Redis, or wait for another person.
FOLLOWED: tuple[Callable[[Reader], Awaitable[None]], ...] = (deploy, put_back, two_at_once, crash)


async def follow(reader: Reader) -> None:
    for number, (step, act) in enumerate(zip(STEPS, FOLLOWED, strict=False)):
        await reader.opens(number)
        await act(reader)
        await reader.sees(len(step.marks))
    await expect(reader.page.get_by_text("4 of 10 steps seen")).to_be_attached()


async def test_the_first_steps_are_seen_at_a_desk_and_after_starting_over_on_a_phone(
    stories: Stories, tmp_path: Path
) -> None:
    async with opened(stories.stage.slack.url, tmp_path, *DESK) as page:
        reader = Reader(page)
        await follow(reader)
        await page.get_by_role("button", name="Start over").click()
        await expect(page.get_by_text("It begins with your first line")).to_be_attached(timeout=PATIENT)
        await page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        await page.reload()
        await follow(reader)


async def test_a_terminal_works_on_the_same_story_by_the_line_that_is_printed(stories: Stories) -> None:
    assert stories.stage.world.clock.stands
    shell = await asyncio.create_subprocess_shell(
        f"{terminal.line(stories.folder)}; fisk status", stdout=PIPE, stderr=STDOUT
    )
    said, _ = await shell.communicate()
    assert said.decode().startswith("app   runs a4c9e1f (pinned")
    assert shell.returncode == 0
    assert not stories.stage.world.clock.stands
