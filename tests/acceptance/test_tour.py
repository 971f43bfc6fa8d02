"""The steps of the page in a real browser, at a desk's and at a phone's width, with Redis behind Sentinel."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import expect

from sandbox import terminal
from sandbox.stories import Stories
from sandbox.tour.steps import STEPS
from tests.chromium import opened
from tests.reader import FOLLOWED, PATIENT, Reader, deploy, quick

pytestmark = [pytest.mark.debian("chromium"), pytest.mark.timeout(480)]
DESK, PHONE = (1280, 800), (390, 844)


@asynccontextmanager
async def told() -> AsyncIterator[Stories]:
    """A story; what keeps a fresh one from beginning ends the test at once, and says why."""
    stories, over = Stories(world=quick), asyncio.Event()
    await stories.start()
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(stories.serve(over))
            yield stories
            over.set()
    finally:
        await stories.stop()


async def follow(reader: Reader) -> None:
    for number, (step, act) in enumerate(zip(STEPS, FOLLOWED, strict=True)):
        await reader.opens(number)
        await act(reader)
        await reader.sees(len(step.marks))
    await expect(reader.page.get_by_text(f"{len(STEPS)} of {len(STEPS)} steps seen")).to_be_attached()


async def start_over(reader: Reader) -> None:
    """After the first step."""
    await deploy(reader)
    await reader.sees(1)
    await reader.page.get_by_role("button", name="Start over").click()
    await expect(reader.page.get_by_text("It begins with your first line")).to_be_attached(timeout=PATIENT)


async def at_a_desk(folder: Path) -> None:
    async with told() as stories, opened(stories.stage.slack.url, folder, *DESK) as page:
        reader = Reader(page)
        await start_over(reader)
        await follow(reader)


async def on_a_phone(folder: Path) -> None:
    async with told() as stories, opened(stories.stage.slack.url, folder, *PHONE) as page:
        await follow(Reader(page))


async def test_all_steps_are_seen_on_a_phone_and_after_starting_over_at_a_desk(tmp_path: Path) -> None:
    """Both at once: most of it is waiting. Where one fails, the other is ended before the test is."""
    async with asyncio.TaskGroup() as both:
        both.create_task(at_a_desk(tmp_path / "desk"))
        both.create_task(on_a_phone(tmp_path / "phone"))


async def test_a_terminal_works_on_the_same_story_by_the_line_that_is_printed() -> None:
    async with told() as stories:
        assert stories.stage.world.clock.stands
        shell = await asyncio.create_subprocess_shell(
            f"{terminal.line(stories.folder)}; fisk status", stdout=PIPE, stderr=STDOUT
        )
        said, _ = await shell.communicate()
        assert said.decode().startswith("app   runs a4c9e1f (pinned")
        assert shell.returncode == 0
        assert not stories.stage.world.clock.stands
