"""`scripts/pictures [FOLDER [SCENE …]]`: what people see in Slack, on the sandbox's page, at two widths."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Page, expect

from sandbox.stage import Stage
from sandbox.stories import Stories
from sandbox.tour.steps import STEPS
from sandbox.world import World
from tests.chromium import opened, type_line
from tests.reader import FOLLOWED, Reader, quick

SIZES = {"desk": (1280, 900), "phone": (390, 844)}
PATIENT = 30_000  # milliseconds
DEPLOY_SECONDS = 4.0

Scene = Callable[[Page, "Shoot"], Awaitable[None]]
Shoot = Callable[[str], Awaitable[None]]


async def deploy(page: Page, shoot: Shoot) -> None:
    """The steps while they run and once they are over, and the dialog before the way back."""
    await type_line(page, "/fisk deploy 3f2a1b9")
    await _said(page, "Coolify:")
    await shoot("deploying")
    await _said(page, "app runs 3f2a1b9: deployed")
    await shoot("deployed")
    await page.get_by_role("button", name="Roll back").last.click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await shoot("dialog")
    await page.get_by_role("button", name="Keep 3f2a1b9").click()


async def failure(page: Page, shoot: Shoot) -> None:
    """A deploy that was put back, and its log."""
    await type_line(page, "/fisk deploy e02d8aa")
    await _said(page, "is back and healthy")
    await shoot("put-back")
    await page.get_by_role("button", name="Log").last.click()
    await _said(page, "Only visible to you")
    await shoot("log")


async def release(page: Page, shoot: Shoot) -> None:
    """Workers and app in one message, while it runs and once it is over."""
    await type_line(page, "/fisk deploy 3f2a1b9 --to release")
    await _said(page, "Coolify:")
    await shoot("releasing")
    await _said(page, "release: 2 targets deployed")
    await page.locator("#messages .plan summary").last.click()
    await shoot("released")


async def refusals(page: Page, shoot: Shoot) -> None:
    """What was refused or not understood, and the help."""
    for line in ("/fisk deploy b7d0c5e", "/fisk deploi", "/fisk status", "/fisk help"):
        await type_line(page, line)
        await asyncio.sleep(1.5)
    await shoot("refusals")


async def form(page: Page, shoot: Shoot) -> None:
    """A form, asked for by a verb alone."""
    await type_line(page, "/fisk deploy")
    commits = page.get_by_role("dialog", name="Deploy").get_by_role("combobox", name="Commit")
    await expect(commits).to_be_visible(timeout=PATIENT)
    await commits.select_option("3f2a1b9")
    await _said(page, "/fisk deploy 3f2a1b9 --to app")
    await shoot("form")
    await page.keyboard.press("Escape")


async def shortcuts(page: Page, shoot: Shoot) -> None:
    await page.get_by_label("Shortcuts").click()
    await shoot("shortcuts")
    await page.keyboard.press("Escape")


async def home(page: Page, shoot: Shoot) -> None:
    """The Home tab, and the direct messages."""
    await _go(page, "Home")
    await _said(page, "What you did last")
    await _said(page, "BuildKit answers")
    await shoot("home")
    await _go(page, "Messages")
    await shoot("direct")


async def _go(page: Page, place: str) -> None:
    if await page.locator("#open-side").is_visible():
        await page.locator("#open-side").click()
    await page.get_by_role("button", name=place, exact=True).click()


async def _said(page: Page, text: str) -> None:
    await expect(page.get_by_text(text).last).to_be_visible(timeout=PATIENT)


async def stats(page: Page, shoot: Shoot) -> None:
    """The figures, and their picture in the direct messages."""
    await type_line(page, "/fisk stats")
    await _said(page, "As a picture: stats.png")
    await shoot("stats")
    await _go(page, "Messages")
    await expect(page.locator("#messages .file img").last).to_be_visible(timeout=PATIENT)
    await shoot("stats-picture")


async def story(page: Page, shoot: Shoot) -> None:
    """The steps: how each begins, and what it leaves in the chat and beside it."""
    reader = Reader(page)
    for number, (step, act) in enumerate(zip(STEPS, FOLLOWED, strict=True)):
        await reader.opens(number)
        await shoot(f"step-{number + 1}")
        await act(reader)
        await reader.sees(len(step.marks))
        await reader.closes()
        await shoot(f"step-{number + 1}-done")
    await reader.opens(len(STEPS) - 1)
    await shoot("story")
    await reader.closes()
    await reader.looks("State")
    await shoot("state")


SCENES: tuple[Scene, ...] = (deploy, failure, release, refusals, form, shortcuts, home, stats)


async def draw(folder: Path, names: Sequence[str]) -> None:
    """Those scenes; all where none is named."""
    for size, (width, height) in SIZES.items():
        for scene in (*SCENES, story):
            if not names or scene.__name__ in names:
                await _scene(scene, folder, size, (width, height))


async def _scene(scene: Scene, folder: Path, size: str, pixels: tuple[int, int]) -> None:
    async def shoot(name: str) -> None:
        await asyncio.sleep(0.3)  # until what was just drawn has its place
        await page.screenshot(path=folder / f"{name}-{size}.png")
        print(folder / f"{name}-{size}.png", flush=True)  # noqa: T201

    with tempfile.TemporaryDirectory(prefix="fisk-pictures-") as state:
        async with _told(scene, Path(state)) as url, opened(url, Path(state), *pixels) as page:
            await scene(page, shoot)


@asynccontextmanager
async def _told(scene: Scene, folder: Path) -> AsyncIterator[str]:
    """The address of a page: of the guided story, or of a stage with a past."""
    if scene is story:
        stories = Stories(world=quick)
        await stories.start()
        try:
            yield stories.stage.slack.url
        finally:
            await stories.stop()
    else:
        world = World(deploy_seconds=DEPLOY_SECONDS, waits=True, workers=True)
        async with Stage(folder, world=world, builds="failures", past=True) as stage:
            yield stage.slack.url


def main() -> int:
    parser = argparse.ArgumentParser("scripts/pictures", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("pictures"))
    names = [scene.__name__ for scene in (*SCENES, story)]
    parser.add_argument("scenes", nargs="*", choices=[*names, []], metavar="SCENE", help=", ".join(names))
    told = parser.parse_args()
    folder: Path = told.folder
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(draw(folder, told.scenes))
    return 0


if __name__ == "__main__":
    sys.exit(main())
