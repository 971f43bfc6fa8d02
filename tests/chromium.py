"""Debian's Chromium, with the page that stands in for Slack."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.async_api import async_playwright, expect

if TYPE_CHECKING:
    from playwright.async_api import Page

expect.set_options(timeout=20_000)  # milliseconds, for every page, on a busy machine too
PATH = "/usr/bin/chromium"
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@asynccontextmanager
async def opened(url: str, folder: Path, width: int = 1280, height: int = 800) -> AsyncIterator[Page]:
    """A page in a new browser, once it is drawn; its profile is in `folder`, and no error may be told in it by the end.

    What is looked at before that is not what a reader sees: panes open with the first drawing.
    """
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch_persistent_context(
            folder / "profile",
            executable_path=PATH,
            args=QUIET,
            viewport={"width": width, "height": height},
        )
        page = browser.pages[0]
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
        await page.goto(url)
        await expect(page.locator("#team")).not_to_have_text("…")
        yield page
        await page.screenshot(path=folder / "page.png")
        await browser.close()
        assert wrong == []


async def type_line(page: Page, line: str, field: str = "Message #deploys") -> None:
    box = page.get_by_role("textbox", name=field)
    await box.fill(line)
    await box.press("Enter")
