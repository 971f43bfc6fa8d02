"""The sandbox's page with the real bot, in a real browser."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from sandbox import story
from sandbox.__main__ import STORY
from sandbox.stage import Stage
from sandbox.world import World
from tests.chromium import opened, type_line

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = pytest.mark.debian("chromium")
PATIENT = 20_000  # milliseconds for a deployment to pass through all its states
# A folder; where it is set, the guide's pictures are taken anew.
PICTURES = os.environ.get("FISK_PICTURES", "")


@asynccontextmanager
async def page_of(folder: Path, width: int, height: int) -> AsyncIterator[tuple[Stage, Page]]:
    lines = [(f"/fisk {line}", then) for line, then in STORY]
    stage = Stage(folder, story=lines, world=World(deploy_seconds=1.2))
    async with stage, opened(stage.slack.url, folder, width, height) as page:
        yield stage, page


async def picture(page: Page, name: str) -> None:
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / name)


async def test_a_commit_is_deployed_rolled_back_and_explained(tmp_path: Path) -> None:
    async with page_of(tmp_path, 1280, 800) as (stage, page):
        channel = page.get_by_role("log", name="Messages in #deploys")
        await type_line(page, "/fisk deploy 3f2a1b9")
        await expect(channel.get_by_text("Deploying 3f2a1b9 “Round VAT per line” to app")).to_be_visible()
        await expect(channel.get_by_text("app runs 3f2a1b9: deployed in")).to_be_visible(timeout=PATIENT)
        assert stage.world.coolify.running("app") == story.BUILT

        await page.get_by_role("button", name="1 reply").click()
        thread = page.get_by_role("complementary", name="Thread")
        await expect(thread.get_by_text("Round VAT per line · ")).to_be_visible()
        await picture(page, "page.png")

        await channel.get_by_role("button", name="Roll back").click()
        dialog = page.get_by_role("dialog")
        asked = "app runs 3f2a1b9. Go back to a4c9e1f, 3 commits earlier?"
        await expect(dialog.get_by_text(asked)).to_be_visible()
        await dialog.get_by_role("button", name="Keep 3f2a1b9").click()
        await channel.get_by_role("button", name="Roll back").click()
        await dialog.get_by_role("button", name="Roll back to a4c9e1f").click()
        await expect(channel.get_by_text("app runs a4c9e1f again: rolled back in")).to_be_visible(
            timeout=PATIENT
        )
        assert stage.world.coolify.running("app") == story.RUNS


async def test_a_refusal_offers_the_commit_that_can_be_deployed(tmp_path: Path) -> None:
    async with page_of(tmp_path, 390, 844) as (stage, page):
        channel = page.get_by_role("log", name="Messages in #deploys")
        await type_line(page, "/fisk deploy b7d0c5e")
        await expect(channel.get_by_text("b7d0c5e changed only files that")).to_be_visible(timeout=PATIENT)
        await channel.get_by_role("button", name="Deploy 3f2a1b9").click()
        await page.get_by_role("dialog").get_by_role("button", name="Deploy 3f2a1b9").click()
        await expect(channel.get_by_text("app runs 3f2a1b9: deployed in")).to_be_visible(timeout=PATIENT)
        await picture(page, "phone.png")
        assert stage.world.coolify.running("app") == story.BUILT


async def test_a_sick_commit_is_put_back_before_the_eyes_of_everybody(tmp_path: Path) -> None:
    async with page_of(tmp_path, 1280, 800) as (stage, page):
        channel = page.get_by_role("log", name="Messages in #deploys")
        await type_line(page, "/fisk deploy e02d8aa")
        told = channel.get_by_text("a4c9e1f is back and healthy")
        await expect(told).to_be_visible(timeout=PATIENT)
        await channel.get_by_role("button", name="Log", exact=True).click()
        await expect(channel.get_by_text("cannot connect to postgres://fiskai:***@")).to_be_visible()
        await type_line(page, "/fisk deploi")
        await expect(channel.get_by_text("Did you mean deploy?")).to_be_visible()
        await picture(page, "put-back.png")
        assert stage.world.coolify.running("app") == story.RUNS
