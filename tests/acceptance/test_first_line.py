"""The sandbox's story starts with the first action of a user, so that output does not depend on the delay."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox import story
from sandbox.__main__ import typed
from sandbox.stage import Stage

CHANNEL = "#deploys"
SECONDS = re.compile(r"(\d+ min) \d+ s")
WAITED = 3600.0  # seconds


def pass_time(stage: Stage) -> None:
    """As if the page had been open for an hour."""
    stage.world.clock.start -= WAITED
    stage.world.clock._began -= WAITED


QUEUE = "Take the queue's address from the settings"


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Stage]:
    """The stage as `scripts/try` sets it up for the page, an hour ago."""
    async with Stage(tmp_path, builds="all") as stage:
        pass_time(stage)
        yield stage


async def read(stage: Stage, line: str) -> list[str]:
    """What a line answers, to the minute."""
    assert await typed(stage, line) == 0
    told = [message for message in stage.slack.messages(CHANNEL, "ana") if message.visible_to][-1]
    return SECONDS.sub(r"\1", stage.slack.reading(told)).splitlines()


async def test_the_first_line_sees_the_story_at_its_beginning(page: Stage) -> None:
    answer = await read(page, "changes 4h")
    assert [line.partition(" ago")[0] for line in answer if "deployment" in line] == ["• 3 h", "• 3 h"]
    assert [line for line in answer if "build" in line] == [
        "• 8 min ago: build of 9c41d07 “Add a VAT summary to the dashboard” by Ivo Perić: under way",
        "• 12 min ago: build of f6e3d91 on feature/e-invoice-export: succeeded in 18 min",
        "• 24 min ago: build of 3f2a1b9 “Round VAT per line” by Marko Babić: succeeded in 18 min",
        "• 27 min ago: build of 77aa001 “Round VAT per line in reports” by Marko Babić: succeeded in 11 min",
        f"• 1 h 39 min ago: build of c40d81f “{QUEUE}” by Marko Babić: succeeded in 11 min",
        "• 2 h 41 min ago: build of e02d8aa “Read the fiscal certificate at start” by Marko Babić: succeeded in 19 min",
    ]


async def test_an_image_is_as_old_as_its_build(page: Stage) -> None:
    assert any(line.endswith(", made 24 min ago") for line in await read(page, "where 3f2a1b9"))


async def test_builds_are_announced_as_they_are_at_the_first_line(page: Stage) -> None:
    another = await page.join()  # by then the first one would have looked
    await another.stop()
    assert page.world.github.received == []
    await typed(page, "locks")
    await page.slack.until(lambda: page.slack.find(CHANNEL, "Building 9c41d07"))
    (announced,) = [message for message in page.slack.messages(CHANNEL) if not message.visible_to]
    (run,) = [run for run in page.world.github.runs.all if run.commit.sha == story.BUILDING]
    began = time.gmtime(page.world.clock.stamp(run.job.begins))
    assert time.strftime("Began %H:%M UTC", began) in page.slack.reading(announced)


async def test_a_push_begins_the_story_too(page: Stage) -> None:
    await page.push()
    assert not page.world.clock.stands
    await page.slack.until(lambda: page.slack.find(CHANNEL, "Building 9c41d07"))


async def test_a_stage_on_which_nobody_does_anything_leaves_nothing_behind(tmp_path: Path) -> None:
    async with Stage(tmp_path, builds="all"):
        pass
    assert not (tmp_path / "state" / "valkey" / "valkey.sock").exists()
