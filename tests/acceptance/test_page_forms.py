"""Forms and shortcuts on the sandbox's page, with the real bot, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.acceptance.test_page import PATIENT, page_of, picture
from tests.chromium import type_line

pytestmark = pytest.mark.debian("chromium")


async def test_a_form_is_filled_in_with_its_errors_and_deploys(tmp_path: Path) -> None:
    async with page_of(tmp_path, 1280, 800) as (_, page):
        await type_line(page, "/fisk deploy")
        form = page.get_by_role("dialog", name="Deploy")
        commits = form.get_by_role("combobox", name="Commit")
        await expect(commits.get_by_role("option", name="3f2a1b9 Round VAT per line")).to_be_attached()

        await form.get_by_role("textbox", name="Another one").fill("12")
        await form.get_by_role("button", name="Deploy").click()
        await expect(form.get_by_role("alert")).to_contain_text("`12` is not a commit")
        await picture(page, "form.png")

        await form.get_by_role("textbox", name="Another one").fill("")
        await form.get_by_role("textbox", name="Reason").fill("VAT is off")
        await commits.select_option("3f2a1b9")
        await expect(form.get_by_text("/fisk deploy 3f2a1b9 --to app --reason='VAT is off'")).to_be_visible()
        await expect(form.get_by_role("textbox", name="Reason")).to_have_value("VAT is off")
        await form.get_by_role("button", name="Deploy").click()
        await expect(form).to_be_hidden()
        channel = page.get_by_role("log", name="Messages in #deploys")
        await expect(channel.get_by_text("app runs 3f2a1b9: deployed in")).to_be_visible(timeout=PATIENT)


async def test_on_a_phone_a_shortcut_opens_a_form_and_escape_closes_it(tmp_path: Path) -> None:
    async with page_of(tmp_path, 390, 844) as (stage, page):
        await page.get_by_label("Shortcuts").click()
        await page.get_by_role("button", name="Deploy…").click()
        form = page.get_by_role("dialog", name="Deploy")
        await expect(form.get_by_role("combobox", name="Commit")).to_be_visible()
        await picture(page, "form-phone.png")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await page.keyboard.press("Escape")
        await expect(form).to_be_hidden()
        assert not stage.slack.workspace.views.modals["U024BE7LH"]


async def test_a_message_tells_where_its_commit_is(tmp_path: Path) -> None:
    async with page_of(tmp_path, 1280, 800) as (_, page):
        await type_line(page, "is 3f2a1b9 live already?")
        message = page.get_by_role("article").filter(has_text="live already?")
        await message.hover()
        await message.get_by_label("More actions").click()
        await page.get_by_role("button", name="Where is this commit?").click()
        await expect(page.get_by_text("Only visible to you")).to_be_visible()
        await expect(page.get_by_text("Round VAT per line").first).to_be_visible()
