"""Environment variables copied and undone by the whole bot, from Slack and from a terminal."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from sandbox.__main__ import typed
from sandbox.environment import SIGNING_KEY, STAGING_DATABASE
from sandbox.stage import Stage
from tests.acceptance.show import CHANNEL, Show
from tests.acceptance.test_page import PATIENT, page_of, picture
from tests.chromium import type_line

if TYPE_CHECKING:
    from sandbox.coolify.applications import App
    from sandbox.slack.message import Message

BULK = "PATCH /api/v1/applications/*/envs/bulk"


def values(app: App) -> dict[str, str | None]:
    return {row.key: row.value for row in app.variables.rows if not row.is_preview}


def staging(show: Show) -> dict[str, str | None]:
    return values(show.world.coolify.apps["staging"])


async def plan(show: Show, line: str) -> Message:
    question = await show.asked(line)
    assert "This would" in show.slack.reading(question)
    return question


@pytest.mark.debian("chromium")
async def test_on_the_page_a_copy_is_planned_confirmed_reported_and_taken_back(tmp_path: Path) -> None:
    async with page_of(tmp_path, 1280, 900) as (stage, page):
        there = stage.world.coolify.apps["staging"]
        channel = page.get_by_role("log", name="Messages in #deploys")
        before = values(there)
        await type_line(page, "/fisk env copy fiskai-app fiskai-staging")
        await expect(channel.get_by_text("fiskai-staging would talk to it")).to_be_visible(timeout=PATIENT)
        await picture(page, "env-plan.png")
        await channel.get_by_role("button", name="Copy 22").click()
        await expect(channel.get_by_text("22 done and read back, 4 the same before")).to_be_visible(
            timeout=PATIENT
        )
        await picture(page, "env-copied.png")
        assert values(there)["SIGNING_KEY"] == SIGNING_KEY
        assert values(there)["DATABASE_URL"] == STAGING_DATABASE

        await channel.get_by_role("button", name="Undo").click()
        await expect(
            channel.get_by_text("This would put the variables of fiskai-staging back")
        ).to_be_visible(timeout=PATIENT)
        await channel.get_by_role("button", name="Remove 22").click()
        told = channel.get_by_text("fiskai-staging: its variables are as they were before")
        await expect(told).to_be_visible(timeout=PATIENT)
        assert values(there) == before


async def test_a_newcomers_try_ends_in_a_report_by_key(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        assert await typed(stage, "env copy fiskai-app fiskai-staging", yes=True) == 0
        said = stage.slack.transcript(CHANNEL, "ana")
    assert "22 done and read back, 4 the same before." in said
    assert "✓ SIGNING_KEY and its preview" in said
    assert "○ STRIPE_SECRET   shown only once, so Coolify does not tell its value" in said


async def test_a_terminal_shows_the_plan_on_one_channel_and_the_report_on_the_other(show: Show) -> None:
    refused = await show.terminal("env", "copy", "app", "staging")
    assert refused.status == 3
    assert "Nothing was done. --yes answers with yes." in refused.err
    ended = await show.terminal("env", "copy", "app", "staging", "--yes")
    assert ended.status == 0, ended
    assert "! APP_URL: names a host of fiskai-app itself; fiskai-staging would talk to it" in ended.err
    assert "✓ SIGNING_KEY and its preview" in ended.out
    assert "  Undo: fisk env undo e-" in ended.out
    assert staging(show)["SIGNING_KEY"] == SIGNING_KEY

    again = await show.terminal("env", "copy", "app", "staging")
    assert (again.status, again.out.splitlines()[0]) == (
        0,
        "Nothing to do: fiskai-staging has all that fiskai-app can give it.",
    )


async def test_a_bot_that_is_killed_while_it_writes_finishes_after_its_restart(show: Show) -> None:
    question = await plan(show, "env copy app staging --overwrite --mirror")
    show.world.coolify.faults.queue(BULK, delay=1.0, status=502, after=True, times=1)
    await show.press(question, "confirm")
    await show.until(
        lambda: show.world.coolify.asked(BULK.replace("*", show.world.coolify.apps["staging"].uuid))
    )
    await show.bots[0].kill()
    await show.join()
    told = await show.said("done and read back")
    assert "Different" not in show.slack.reading(told)
    rows = show.world.coolify.apps["staging"].variables.rows
    assert len({(row.key, row.is_preview) for row in rows}) == len(rows)
    assert staging(show)["SIGNING_KEY"] == SIGNING_KEY


async def test_half_a_copy_offers_to_go_on_and_to_go_back(show: Show) -> None:
    question = await plan(show, "env copy app staging --only FEATURE_STAGE")
    show.world.coolify.faults.queue("PATCH /api/v1/applications/*/envs*", status=500, body="{}", times=2)
    await show.press(question, "confirm")
    half = await show.said("stopped half way")
    assert "✗ FEATURE_STAGE (preview)   Coolify answers 500" in show.slack.reading(half)
    await show.press(await show.pressed(half, "Resume"), "confirm")
    await show.said("read back, 0 the same before")
    previews = show.world.coolify.apps["staging"].variables
    stage = previews.find("FEATURE_STAGE", preview=True)
    assert stage is not None
    assert (stage.value, staging(show)["FEATURE_STAGE"]) == ("trial", "live")


async def test_a_copy_can_deploy_what_it_changed(show: Show) -> None:
    question = await plan(show, "env copy app staging --redeploy")
    await show.press(question, "confirm")
    told = await show.said("so they are in effect")
    assert "Deployed a4c9e1f, so they are in effect." in show.slack.reading(told)
    assert show.world.coolify.apps["staging"].deploys == 1


async def test_without_a_key_the_embedded_valkeys_own_is_used() -> None:
    async with Show(FISK_KEY="") as show:
        await plan(show, "env copy app staging")
        kept, printed = show.folder / "state" / "key", (await show.terminal("key")).out
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert len(kept.read_text()) == len(printed)
        assert kept.read_text() != printed
