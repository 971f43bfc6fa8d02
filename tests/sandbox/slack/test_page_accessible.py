"""The page beside a story, without a bot: keys alone, dark and light, and what axe-core finds at each width."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest
from playwright.async_api import expect

from sandbox.stage import Stage
from sandbox.tour import Tour
from tests.chromium import opened
from tests.packages import installed
from tests.sandbox.slack.test_page import deploying, plan

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = pytest.mark.debian("chromium")
DEPLOYS, FISK, ANA = "C0DEPLOYS", "U0FISK001", "U024BE7LH"
WIDTHS = (1280, 390)
PARTS = ("chat", "story", "state", "thread", "keys")
SCHEMES: dict[Literal["light", "dark"], str] = {
    "light": "{}",
    "dark": "{ runOnly: ['color-contrast'] }",
}  # and their rules; light: all
HARMFUL = {"serious", "critical"}


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A story that has begun, with a message of each sort and nobody who answers."""
    stage = Stage(tmp_path, story=[("/fisk status", "the whole chain")])
    tour = Tour(stage)
    await stage.start(bots=0)
    await stage.begin()
    await tour.look()
    space = stage.slack.workspace
    parent = space.post(DEPLOYS, FISK, "Deploying", deploying("3f2a1b9"))
    space.post(DEPLOYS, FISK, "x", plan("error"))
    space.post(DEPLOYS, FISK, "`code` *bold* <@U024BE7LH> see <https://github.example|its run>", thread_ts="")
    space.post(DEPLOYS, FISK, "gates are open", thread_ts=parent.ts)
    space.post(DEPLOYS, FISK, "not a command", visible_to=ANA)
    space.write_down(DEPLOYS, ANA, "/fisk deploi")
    yield stage
    await stage.stop()


async def found(page: Page, rules: str) -> list[tuple[str, Any]]:
    """What axe-core finds harmful, and where."""
    told = await page.evaluate(f"axe.run({{ resultTypes: ['violations'], ...{rules} }})")
    return [
        (each["id"], [node["target"] for node in each["nodes"]])
        for each in told["violations"]
        if each["impact"] in HARMFUL
    ]


async def show(page: Page, part: str) -> None:
    """Open a part of the page, and nothing else that lies over it."""
    await page.keyboard.press("Escape")
    if part in {"story", "state"} and await page.locator(f"#{part}").is_hidden():
        await page.locator(f"#open-{part}").click()
    if part == "story":
        await page.locator("#outside-title").click()
    if part == "thread":
        await page.get_by_role("button", name="1 reply").click()
    if part == "keys":
        await page.keyboard.press("Control+/")


@pytest.mark.node
async def test_axe_finds_nothing_serious_in_any_part_at_any_width_by_day_and_by_night(
    stage: Stage, tmp_path: Path
) -> None:
    axe = (installed("axe-core") / "axe.min.js").read_text()
    async with opened(stage.slack.url, tmp_path) as page:
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 800})
            await page.reload()
            await expect(page.get_by_text("not a command")).to_be_visible()
            await page.evaluate(axe)
            for part in PARTS:
                await show(page, part)
                for scheme, rules in SCHEMES.items():
                    await page.emulate_media(color_scheme=scheme)
                    assert (width, part, scheme, await found(page, rules)) == (width, part, scheme, [])
            await page.keyboard.press("Escape")


async def test_keys_alone_reach_every_part_and_f6_goes_round(stage: Stage, tmp_path: Path) -> None:
    async with opened(stage.slack.url, tmp_path) as page:
        await expect(page.get_by_text("1. A deploy")).to_be_visible()
        at = (
            "document.activeElement.closest('aside, nav, main, form')?.ariaLabel ?? document.activeElement.id"
        )
        reached = []
        for _ in range(5):
            await page.keyboard.press("F6")
            reached.append(await page.evaluate(at))
        assert reached == ["Workspace", "messages", "text", "Story", "State"]
        outlined = "getComputedStyle(document.activeElement).outlineStyle"
        assert await page.evaluate(outlined) == "solid"

        await page.keyboard.press("Alt+ArrowDown")
        await expect(page.get_by_role("heading", name="#incidents")).to_be_visible()
        await page.keyboard.press("Alt+KeyP")
        await expect(page.get_by_role("combobox", name="You are")).to_have_value("U0MARKO01")
        await page.keyboard.press("Alt+KeyT")
        await expect(page.get_by_role("complementary", name="State")).to_be_hidden()
        await page.keyboard.press("Control+/")
        await expect(page.get_by_role("dialog", name="Keys")).to_contain_text("Become the next person")


async def test_a_step_fills_the_composer_as_the_person_who_types_it(stage: Stage, tmp_path: Path) -> None:
    async with opened(stage.slack.url, tmp_path) as page:
        await page.get_by_role("combobox", name="You are").select_option("Marko (deployer)")
        await page.get_by_role("button", name="/fisk deploy 3f2a1b9").click()
        await expect(page.get_by_role("combobox", name="You are")).to_have_value(ANA)
        await expect(page.get_by_role("textbox", name="Message #deploys")).to_have_value(
            "/fisk deploy 3f2a1b9"
        )


async def test_what_is_told_before_the_first_state_has_come_is_shown_after_it(
    stage: Stage, tmp_path: Path
) -> None:
    async with opened(stage.slack.url, tmp_path) as page:
        told: list[str] = []
        network = await page.context.new_cdp_session(page)
        network.on("Network.eventSourceMessageReceived", lambda event: told.append(event["eventName"]))
        await network.send("Network.enable")
        stage.slack.page.ready.clear()
        await page.reload()
        await stage.slack.until(lambda: told == ["ready"])
        stage.slack.workspace.tell("outside", None)
        stage.slack.workspace.post(DEPLOYS, FISK, "the gates are shut")
        await stage.slack.until(lambda: told == ["ready", "outside", "message"])
        stage.slack.page.ready.set()
        await expect(page.get_by_role("button", name="/fisk deploy 3f2a1b9").first).to_be_visible()
        await expect(page.get_by_text("the gates are shut")).to_have_count(1)


async def test_a_fault_is_switched_on_and_off_and_the_panel_shows_the_systems(
    stage: Stage, tmp_path: Path
) -> None:
    async with opened(stage.slack.url, tmp_path) as page:
        await page.get_by_text("Outside Slack: faults to switch on").click()
        fault = page.get_by_role("group", name="Coolify").get_by_role("button", name="It answers 500")
        await expect(fault).to_have_attribute("aria-pressed", "false")
        await fault.press("Enter")
        await expect(fault).to_have_attribute("aria-pressed", "true")
        await expect(page.get_by_text("Outside Slack (1 on)")).to_be_visible()
        assert [each.status for each in stage.world.coolify.faults.queued if each.times] == [500]
        await fault.press("Enter")
        await expect(page.get_by_text("Outside Slack: faults to switch on")).to_be_visible()
        assert not [each for each in stage.world.coolify.faults.queued if each.times]

        panel = page.get_by_role("region", name="Coolify")
        await expect(panel).to_contain_text("set to a4c9e1f")
        await expect(page.get_by_role("region", name="vps01")).to_contain_text("runs a4c9e1f, healthy")
