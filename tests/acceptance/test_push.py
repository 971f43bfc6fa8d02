"""From a push to a finished deploy by buttons alone, on the page in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from sandbox.stage import PUSH, Stage
from sandbox.world import World
from tests.acceptance.test_page import PATIENT, picture
from tests.chromium import opened

pytestmark = pytest.mark.debian("chromium")


async def test_a_push_is_built_announced_and_deployed_without_a_typed_word(tmp_path: Path) -> None:
    world = World(speed=180, deploy_seconds=1.2)
    stage = Stage(tmp_path, story=[("/fisk locks", "who holds what")], world=world, builds="all")
    async with stage, opened(stage.slack.url, tmp_path) as page:
        channel = page.get_by_role("log", name="Messages in #deploys")

        await page.get_by_role("button", name=PUSH).click()
        await expect(page.get_by_role("status")).to_contain_text("pushed")
        sha = world.github.history.find("main").sha
        notice = channel.locator("article").filter(has_text=sha[:7]).first
        await expect(notice).to_contain_text(
            f"Built {sha[:7]} “Remind customers of unpaid invoices” in", timeout=PATIENT
        )
        await expect(notice).to_contain_text("Image linux/arm64 (sha256:")
        await expect(notice).to_contain_text("@marko")
        await picture(page, "push.png")

        await notice.get_by_role("button", name="Deploy", exact=True).click()
        await page.get_by_role("dialog").get_by_role("button", name=f"Deploy {sha[:7]}").click()
        await expect(channel.get_by_text(f"app runs {sha[:7]}: deployed in")).to_be_visible(timeout=PATIENT)
        assert world.coolify.running("app") == sha
        await picture(page, "pushed.png")
