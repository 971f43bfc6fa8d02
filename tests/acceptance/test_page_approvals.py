"""Four eyes on the page, in a real browser: asking, approving by another person, rejecting, breaking the glass."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from sandbox.stage import APPROVALS, Stage
from sandbox.world import World
from tests.acceptance.test_page import PATIENT, picture
from tests.chromium import opened, type_line

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = pytest.mark.debian("chromium")
ANA, MARKO = "Ana (deployer)", "Marko (deployer)"


async def _become(page: Page, who: str) -> None:
    await page.get_by_role("combobox", name="You are").select_option(who)


async def test_the_switch_on_the_page_lets_another_person_decide(tmp_path: Path) -> None:
    lines = [("/fisk deploy 3f2a1b9", "another person approves it")]
    stage = Stage(tmp_path, story=lines, world=World(deploy_seconds=1.2), builds="failures")
    async with stage, opened(stage.slack.url, tmp_path) as page:
        channel = page.get_by_role("log", name="Messages in #deploys")

        await page.get_by_role("button", name=APPROVALS).click()
        await expect(page.get_by_role("status")).to_contain_text("another person approves", timeout=PATIENT)
        await type_line(page, "/fisk deploy 3f2a1b9")
        question = channel.locator("article").filter(has_text="wants to deploy 3f2a1b9 to app").first
        await expect(question).to_contain_text("Another person must approve it until", timeout=PATIENT)
        await picture(page, "approval.png")

        await question.get_by_role("button", name="Approve", exact=True).click()
        await expect(channel.get_by_text("somebody else approves it")).to_be_visible(timeout=PATIENT)
        assert stage.world.coolify.apps["app"].deploys == 0

        await _become(page, MARKO)
        await question.get_by_role("button", name="Reject", exact=True).click()
        await page.get_by_role("dialog").get_by_role("button", name="Reject it").click()
        await expect(channel.get_by_text("Not started: marko rejected it")).to_be_visible(timeout=PATIENT)

        await _become(page, ANA)
        await type_line(page, "/fisk deploy 3f2a1b9")
        again = channel.locator("article").filter(has_text="wants to deploy 3f2a1b9 to app").last
        await expect(again.get_by_role("button", name="Approve", exact=True)).to_be_visible(timeout=PATIENT)
        await _become(page, MARKO)
        await again.get_by_role("button", name="Approve", exact=True).click()
        await expect(channel.get_by_text("app runs 3f2a1b9: deployed in")).to_be_visible(timeout=PATIENT)
        await expect(channel.get_by_text("approved by @marko").first).to_be_visible(timeout=PATIENT)
        await picture(page, "approved.png")

        await type_line(page, "/fisk deploy a4c9e1f --force --break-glass 'VAT is wrong'")
        await expect(channel.get_by_text("app runs a4c9e1f: deployed in")).to_be_visible(timeout=PATIENT)
        await expect(channel.get_by_text("broke the glass: VAT is wrong").first).to_be_visible(
            timeout=PATIENT
        )
        await picture(page, "broken-glass.png")
