"""Later, and in line: a deploy that waits for its time, and those that wait for each other."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from deploy.core.actor import Actor, Origin
from deploy.deploys.arguments import LaterArguments
from deploy.kinds import KINDS
from sandbox import story
from tests.acceptance.show import Show
from tests.acceptance.test_home import home

if TYPE_CHECKING:
    from sandbox.slack.message import Message

SOON = 2.0  # seconds


@pytest.fixture
async def guarded() -> AsyncIterator[Show]:
    """The app wants another person's approval."""
    async with Show(approvals=True) as show:
        yield show


async def test_a_deploy_for_later_is_shown_and_can_be_cancelled(show: Show) -> None:
    await show.type("deploy 3f2a1b9 --in 30m")
    message = await show.said("● wait for its time")
    told = show.slack.reading(message)
    assert re.match(r"Waiting until .+ to deploy 3f2a1b9 “Round VAT per line” to app · @ana\n", told)
    assert "✓ look ahead   as things are, built in 18 min; linux/arm64; 3 commits ahead of what runs" in told
    for line in ("status", "locks"):
        assert re.search(r"l-\w+: @ana is to deploy 3f2a1b9 to app at ", await show.ask(line))
    assert await show.slack.open_home("ana")
    assert "is to deploy 3f2a1b9 to app at " in await home(show, "ana", "wait for its time")
    await show.press(message, "Cancel")
    await show.said("app: stopped by @ana before anything was changed.")
    assert (show.deploys, len(show.posts())) == (0, 1)


async def test_what_would_be_refused_now_is_told_at_once(show: Show) -> None:
    await show.type("deploy 51ab3c4 --in 30m")
    await show.said("not started: 51ab3c4 has an image for linux/amd64 only; app runs on linux/arm64.")


async def test_a_time_that_is_none_is_told_with_what_to_type(show: Show) -> None:
    assert '`seven` is no time to come: give one as `07:00`, `"Mon 07:00"`' in await show.ask(
        "deploy 3f2a1b9 --at seven"
    )


async def test_when_its_time_has_come_it_is_deployed_once_though_its_bot_was_killed(show: Show) -> None:
    async with show.memory() as journal:
        at = await journal.now() + SOON
        later = KINDS["later"].operation(
            LaterArguments("app", "3f2a1b9", at=at),
            await journal.now(),
            actor=Actor(show.slack.workspace.user("ana").id, "ana"),
            origin=Origin("slack", show.slack.workspace.channel("#deploys").id),
        )
        await journal.start(later)
    show.world.coolify.queue.freeze()
    await show.noted()
    await show.bots[0].kill()
    await show.join()
    show.world.coolify.queue.thaw()
    await show.said("the time for 3f2a1b9 has come; it goes on as d-")
    await show.said("app runs 3f2a1b9: deployed")
    await show.memory_is_told()
    assert (show.deploys, show.runs, len(show.posts())) == (1, "3f2a1b9", 2)


async def test_a_question_about_later_is_asked_at_once(guarded: Show) -> None:
    await guarded.type("deploy 3f2a1b9 --in 2h")
    question = guarded.slack.reading(await guarded.said("wants to deploy 3f2a1b9 to app at "))
    assert "Another person must approve it until " in question
    await guarded.press(await guarded.noted(), "Approve", "marko")
    await guarded.said("● wait for its time")
    assert "is to deploy 3f2a1b9 to app at " in await guarded.ask("locks")


async def test_those_who_wait_are_in_line_and_one_lets_the_newest_go_first(show: Show) -> None:
    first, second = await _two_in_line(show)
    assert "[Skip to the newest]" in show.slack.reading(first)
    assert "[Skip to the newest]" not in show.slack.reading(second)
    locks = await show.ask("locks")
    assert re.search(r"@ana is waiting to deploy 3f2a1b9 to app, 1st in line, ", locks)
    assert re.search(r"@marko is waiting to deploy 9c41d07 to app, 2nd in line, ", locks)
    assert "is waiting to deploy 9c41d07 to app, 2nd in line" in await show.ask("status")
    await show.press(first, "Skip to the newest")
    await show.said("lets a newer one go in its place")
    await show.said("app: 3f2a1b9 skipped: overtaken by 9c41d07.")
    await show.type("unlock")
    await show.said("app runs 9c41d07: deployed")
    assert (show.deploys, show.runs) == (1, "9c41d07")


async def test_in_line_they_go_in_the_order_of_asking_on_two_bots(show: Show) -> None:
    await show.join()
    await _two_in_line(show)
    await show.type("unlock")
    await show.said("app runs 3f2a1b9: deployed")
    await show.said("app runs 9c41d07: deployed")
    assert (show.deploys, show.runs) == (2, "9c41d07")


async def _two_in_line(show: Show) -> tuple[Message, Message]:
    """Ana's 3f2a1b9 and Marko's 9c41d07, while the app is held."""
    show.world.clock.skip(20 * story.MINUTE)
    await show.type("lock app incident 4711")
    await show.type("deploy 3f2a1b9 --wait")
    await show.said("on hold: incident 4711")
    await show.type("deploy 9c41d07 --wait", "marko")
    second = await show.said("2nd in line for app, behind w-")
    assert re.search(r"behind w-\w+ \(@ana, 3f2a1b9\)", show.slack.reading(second))
    await show.said("[Skip to the newest]")
    return await show.said("on hold: incident 4711"), second
