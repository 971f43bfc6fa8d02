"""The doctor, changes and timeline: in Slack's page, in a channel, and in a terminal."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.acceptance.show import Show
from tests.acceptance.test_page import PATIENT, page_of, picture
from tests.chromium import type_line


@pytest.fixture
async def alone() -> AsyncIterator[Show]:
    """The world, and no bot."""
    show = Show()
    await show.start(bots=0)
    yield show
    await show.stop()


@pytest.mark.debian("chromium")
async def test_the_doctor_and_an_incident_channel_on_the_page(tmp_path: Path) -> None:
    async with page_of(tmp_path, 1280, 800) as (stage, page):
        await page.get_by_role("button", name="inc-vat-rounding", exact=True).click()
        channel = page.get_by_role("log", name="Messages in #inc-vat-rounding")
        box = "Message #inc-vat-rounding"
        await type_line(page, "/fisk doctor", box)
        await expect(channel.get_by_text("All 58 rules of the build authority hold.")).to_be_visible(
            timeout=PATIENT
        )
        stage.world.hosts.vps01.network.chains["INPUT"] = ["-P INPUT ACCEPT"]
        stage.world.coolify.apps["app"].columns["build_pack"] = "dockerfile"
        await channel.get_by_role("button", name="Look again").click()
        await expect(channel.get_by_text("2 rules are broken, 56 hold.")).to_be_visible(timeout=PATIENT)
        await expect(channel.get_by_text("✗ coolify.build-pack:app")).to_be_visible()

        await page.get_by_role("button", name="deploys", exact=True).click()
        await type_line(page, "/fisk lock app we look into it")
        await type_line(page, "/fisk deploy 3f2a1b9 --to staging")
        await page.get_by_role("button", name="inc-vat-rounding", exact=True).click()
        await expect(channel.get_by_text("Deploying 3f2a1b9 to staging")).to_be_visible(timeout=PATIENT)
        await expect(channel.get_by_text("staging runs 3f2a1b9: deployed in")).to_be_visible(timeout=PATIENT)
        await type_line(page, "/fisk changes", box)
        await expect(channel.get_by_text("newest first:")).to_be_visible(timeout=PATIENT)
        await type_line(page, "/fisk timeline 30m", box)
        await expect(channel.get_by_role("link", name="timeline.md")).to_be_visible(timeout=PATIENT)
        await picture(page, "incident.png")


async def test_in_slack_the_doctor_answers_whoever_asked_alone(show: Show) -> None:
    show.world.hosts.vps01.processor = "x86_64"
    answer = await show.ask("doctor", "ivo")
    told = await show.ask("doctor --json", "ivo")
    assert answer.startswith("1 rule is broken, 62 hold.\n✗ buildkit.processor")
    assert "uname says x86_64" in answer
    assert told.startswith("You may look but not see the doctor: details is for role team.")
    assert '"rules": [' in await show.ask("doctor --json", "marko")


async def test_a_terminal_prints_json_and_its_exit_status_says_whether_all_is_well(alone: Show) -> None:
    ended = await alone.terminal("doctor", "--json")
    assert (ended.status, ended.err) == (0, "")
    assert {each["verdict"] for each in ended.json["rules"]} == {"holds"}
    alone.world.coolify.apps["app"].columns["health_check_enabled"] = 0
    ended = await alone.terminal("doctor", "--json")
    assert ended.status == 1
    assert [each["id"] for each in ended.json["rules"] if each["verdict"] == "broken"] == [
        "coolify.health-check:app"
    ]


async def test_a_terminal_prints_changes_and_a_timeline(alone: Show) -> None:
    await alone.terminal("deploy", "3f2a1b9")
    changes = await alone.terminal("changes", "30m")
    assert changes.status == 0
    assert changes.out.startswith("Changes in the last 30 min, newest first:\n")
    assert "`deploy 3f2a1b9`: done in " in changes.out
    timeline = await alone.terminal("timeline", "30m")
    assert timeline.out.startswith("# Timeline, ")
    assert " began `deploy 3f2a1b9` (d-" in timeline.out
    assert "ended, done: app runs 3f2a1b9: deployed" in timeline.out
