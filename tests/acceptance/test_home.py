"""The Home tab: what one person sees of everything, and what they can do from there."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from sandbox.stage import Stage
from sandbox.world import World
from tests.acceptance.show import Show
from tests.acceptance.test_page import PATIENT, picture
from tests.chromium import opened
from tests.waiting import until

if TYPE_CHECKING:
    from sandbox.slack.views import View
    from sandbox.slack.workspace import Call

DEPLOY = "deploy 3f2a1b9"
LINK = re.compile(r"<http[^|>]*\|([^>]*)>")  # as people see it
ASKING = "Asking Coolify, GitHub, the registry and the hosts what runs…"


@pytest.fixture
async def guarded() -> AsyncIterator[Show]:
    """The app wants another person's approval."""
    async with Show(approvals=True) as show:
        yield show


def text(view: View | None) -> str:
    """What a Home tab says, a line for each of its lines and buttons."""
    blocks: list[dict[str, Any]] = view.content["blocks"] if view else []
    lines = []
    for block in blocks:
        if block["type"] == "section":
            lines.append(block["text"]["text"])
        elif block["type"] == "actions":
            lines.append("  ".join(f"[{each['text']['text']}]" for each in block["elements"]))
    return LINK.sub(r"\1", "\n".join(lines))


def published(show: Show) -> list[Call]:
    return [call for call in show.slack.workspace.calls if call.method == "views.publish"]


async def home(show: Show, who: str, says: str) -> str:
    """Their tab, once it says this."""
    await until(lambda: says in text(show.slack.home(who)))
    return text(show.slack.home(who))


async def test_it_shows_each_target_the_chain_and_what_one_did(show: Show) -> None:
    assert await show.slack.open_home("ana")
    shown = await home(show, "ana", "*app*")
    app, *_ = [line for line in shown.splitlines() if line.startswith("*app*")]
    assert app.startswith("*app*   runs a4c9e1f (pinned, 5 behind main), healthy, proven")
    for line in (
        "*staging*",
        "*build*",
        "*image*",
        "*workers*   runs 5be90c3 (2 behind main), healthy, proven",
        "*builds* █▄▆▆▇▄▆▄ 10 of 11 good this week, median 17 min",
        "BuildKit answers",
        "Coolify 4.",
        "_As the systems answered at ",
        "What you did last",
    ):
        assert line in shown
    assert shown.splitlines()[-2:] == [
        "Nothing yet.",
        "Type `/fisk` in a channel to do something, `/fisk help` for everything.",
    ]


async def test_it_says_at_once_that_the_systems_are_asked(show: Show) -> None:
    await show.slack.open_home("ana")
    await until(lambda: bool(published(show)))
    assert ASKING in str(published(show)[0].arguments["view"])


async def test_it_changes_by_itself_while_something_is_under_way() -> None:
    async with Show(deploy_seconds=8) as show:  # longer than two looks are apart
        await show.slack.open_home("marko")
        await home(show, "marko", "*app*")
        await show.type(DEPLOY, "ana")
        await home(show, "marko", "● <@U024BE7LH> is deploying 3f2a1b9 to app · watch")
        assert "[Show it]  [Cancel]" in text(show.slack.home("marko"))
        await show.slack.open_home("ivo")
        await home(show, "ivo", "is deploying 3f2a1b9 to app")
        assert "[Cancel]" not in text(show.slack.home("ivo"))
        shown = await home(show, "marko", "*app*   runs 3f2a1b9")
    assert "is deploying" not in shown
    assert "deploy 3f2a1b9" not in shown.partition("What you did last")[2]  # that was Ana's


async def test_what_waits_for_ones_approval_stands_first_and_can_be_approved_there(guarded: Show) -> None:
    await guarded.type(DEPLOY, "ana")
    await guarded.said("wants to deploy 3f2a1b9 to app")
    await guarded.slack.open_home("marko")
    shown = await home(guarded, "marko", "*Waits for you*")
    assert shown.splitlines()[0] == "*Waits for you*"
    assert "[Approve]  [Reject]  [Show the plan]\n" in shown
    await guarded.slack.open_home("ana")
    assert "Waits for you" not in await home(guarded, "ana", "*app*")
    await guarded.slack.press_home("marko", "Approve")
    await guarded.said("app runs 3f2a1b9: deployed")
    assert "Waits for you" not in await home(guarded, "marko", "*app*   runs 3f2a1b9")


async def test_who_may_not_look_sees_why_and_nothing_else(show: Show) -> None:
    await show.slack.open_home("gita")
    assert (await home(show, "gita", "You may not look")).count("\n") == 0


async def test_a_system_that_is_down_is_a_line_of_it(show: Show) -> None:
    show.world.coolify.faults.queue("*", status=502, times=999)
    await show.slack.open_home("ana")
    assert "Coolify: Coolify answers 502" in await home(show, "ana", "*app*")


@pytest.mark.debian("chromium")
async def test_on_the_page_it_is_a_tab_whose_buttons_work(tmp_path: Path) -> None:
    stage = Stage(tmp_path, world=World(deploy_seconds=1.2), builds="failures")
    async with stage, opened(stage.slack.url, tmp_path) as page:
        await page.get_by_role("button", name="Home").click()
        tab = page.get_by_role("log", name="fisk's Home tab")
        await expect(tab.get_by_text("app runs a4c9e1f")).to_be_visible(timeout=PATIENT)
        await picture(page, "home.png")
        await page.get_by_role("button", name="Messages").click()
        await expect(page.get_by_role("log", name="Direct messages with fisk")).to_be_visible()
