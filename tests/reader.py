"""Somebody who follows the steps of the page, by clicks alone but for Enter."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from playwright.async_api import Error, expect

from sandbox.world import World

if TYPE_CHECKING:
    from playwright.async_api import Page

PATIENT = 90_000  # milliseconds, for a failover on a busy machine


def quick() -> World:
    return World(waits=True, workers=True, checks=True, speed=600, deploy_seconds=1.5)


class Reader:
    """Knows one step at a time."""

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
        await self.looks("Story")

    async def looks(self, pane: str) -> None:
        """At the story or the state, beside the chat or over it."""
        if await self.page.locator(f"#{pane.lower()}").is_hidden():
            await self.page.get_by_role("button", name=pane, exact=True).click()

    async def closes(self) -> None:
        """What lies over the chat, if anything does."""
        await self.page.keyboard.press("Escape")

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

    async def switches(self, label: str, then: str = "") -> None:
        """Press a control of the step; `then`: what it is called once that has come to its end."""
        await self._story()
        await self._step.get_by_role("button", name=label, exact=True).first.click()
        if then:
            now = self._step.get_by_role("button", name=then, exact=True)
            await expect(now).to_be_enabled(timeout=PATIENT)

    async def becomes(self, who: str) -> None:
        await self.switches(f"Become {who}")
        await expect(self.page.get_by_role("combobox", name="You are", include_hidden=True)).to_have_value(
            "U0MARKO01"
        )

    async def presses(self, label: str, then: str = "") -> None:
        """Press a button of the newest message that has it, and of the dialog that asks."""
        button = self.page.locator("#messages").get_by_role("button", name=label, exact=True).last
        await button.click(timeout=PATIENT / 3)
        if then:
            await self.page.get_by_role("dialog").get_by_role("button", name=then).click()

    async def sees(self, count: int, within: float = PATIENT) -> None:
        """At least so many marks of the step are there: they come one after the other."""
        await expect(self._step.locator(".marks .seen").nth(count - 1)).to_be_attached(timeout=within)


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


async def redis_stopped(reader: Reader) -> None:
    await reader.switches("Stop Redis", "Start Redis")
    await reader.sees(1)
    await reader.types("/fisk deploy 9c41d07")
    await reader.sees(2)
    await reader.switches("Start Redis", "Stop Redis")
    await reader.sees(3)
    await reader.insists(lambda: reader.types("/fisk deploy 9c41d07"), 4)


async def approval(reader: Reader) -> None:
    await reader.switches("Let others approve", "Let nobody approve")
    await reader.types("/fisk deploy 3f2a1b9 --force")
    await reader.sees(1)
    await reader.becomes("Marko")
    await reader.presses("Approve")
    await reader.sees(3)
    await reader.switches("Let nobody approve")


async def variables(reader: Reader) -> None:
    await reader.types("/fisk env copy fiskai-app fiskai-staging")
    await reader.presses("Copy 22")
    await reader.sees(2)
    await reader.presses("Undo")
    await reader.presses("Remove 22")


async def buildkit_down(reader: Reader) -> None:
    await reader.switches("Stop BuildKit")
    await reader.sees(1)
    await reader.types("/fisk buildkit")
    await reader.sees(2)
    await reader.types("/fisk buildkit restart")


async def past_fisk(reader: Reader) -> None:
    await reader.switches("Deploy 0b94ac7 in Coolify itself")
    await reader.sees(1)
    await reader.types("/fisk status")
    await reader.sees(2)
    await reader.types("/fisk changes 1h")


async def release(reader: Reader) -> None:
    await reader.types("/fisk deploy 3f2a1b9 --to release")


async def failing_check(reader: Reader) -> None:
    await reader.switches("The schema check fails")
    await reader.types("/fisk deploy 9c41d07")
    await reader.sees(2)
    await reader.switches("The schema check fails")


async def promotion(reader: Reader) -> None:
    await reader.types("/fisk deploy 9c41d07 --to staging")
    await reader.sees(1)
    await reader.types("/fisk promote staging app")


async def following(reader: Reader) -> None:
    await reader.types("/fisk follow staging on")
    await reader.sees(1)
    await reader.switches("Push a commit to main")


async def failover(reader: Reader) -> None:
    await reader.types("/fisk deploy 3f2a1b9 --force")
    await expect(reader.page.locator("#systems").get_by_text("lock on app:app")).to_be_attached()
    await reader.switches("Kill Redis's master")
    await reader.sees(2)
    await reader.switches("Start the lost server")


# What each step asks for.
FOLLOWED: tuple[Callable[[Reader], Awaitable[None]], ...] = (
    *(deploy, put_back, two_at_once, crash, redis_stopped),
    *(approval, variables, buildkit_down, past_fisk, release),
    *(failing_check, promotion, following, failover),
)
