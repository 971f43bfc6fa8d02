"""Workers and app as one release, in the channel: both or none, told once, whoever of the bots dies."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from sandbox import workers_story
from tests.acceptance.show import Show
from tests.sandbox.workers import Workers, everywhere

if TYPE_CHECKING:
    from sandbox.slack.message import Message

RELEASE = "deploy 3f2a1b9 --to release"
NEW = everywhere(workers_story.BUILT), "3f2a1b9"
OLD = everywhere(workers_story.RUNS), "a4c9e1f"
LOG = "The whole log is in Coolify, deployment …."
SICK = "New container is not healthy, rolling back to the old container."
DEPLOYED = [
    "✓ release: 2 targets deployed in …, all healthy.",
    "• workers runs 77aa001, proven by digest, 2 commits since 5be90c3.",
    "• app runs 3f2a1b9, proven by digest, 3 commits since a4c9e1f.",
]


async def running(show: Show) -> tuple[dict[str, str], str]:
    """What the workers run, container by container, and the app."""
    return await Workers(show.world).commits(), show.runs


def lines(show: Show, message: Message) -> list[str]:
    """Without what differs from run to run."""
    said = re.sub(r" in \d+ s", " in …", show.slack.reading(message))
    return re.sub(r"deployment [0-9a-f]{8}", "deployment …", said).splitlines()


async def told_once(show: Show) -> list[str]:
    """What is told of it, above its steps, in the one message that there is; nobody is told anything besides."""
    await show.memory_is_told()
    (message,) = show.posts()
    return lines(show, message)[:3]


@pytest.fixture
async def guarded() -> AsyncIterator[Show]:
    """The app wants another person's approval, the workers none."""
    async with Show(approvals=True) as show:
        yield show


async def test_the_pair_comes_from_the_apps_file_and_one_message_has_a_line_for_each(show: Show) -> None:
    await show.type(RELEASE)
    await show.said("release: 2 targets deployed in ")
    assert await told_once(show) == DEPLOYED
    assert await running(show) == NEW


async def test_what_is_under_way_stands_below_each_target(show: Show) -> None:
    show.world.coolify.queue.freeze()
    await show.type(RELEASE)
    message = await show.said("app: watch")
    said = lines(show, message)
    assert said[1] == "Step 10 of 11: app: watch"
    assert [line for line in said if line.startswith("  ") and not line.startswith("   ")] == [
        "  ✓ resolve   workers gets 77aa001 “Round VAT per line in reports”; app gets 3f2a1b9 “Round VAT per line”",
        "  ✓ workers",
        "  ● app",
    ]
    assert said[-2:] == ["      ● watch   Coolify: queued", "[Cancel]  [Log]"]
    await show.press(message, "Cancel")
    await show.said("release: stopped at app; what ran before runs again.")
    assert await running(show) == OLD


async def test_where_one_fails_the_other_is_taken_back_and_it_is_told_once(show: Show) -> None:
    await show.type("deploy app=e02d8aa workers=77aa001 --to release")
    await show.said("release: app failed")
    assert await told_once(show) == [
        "✗ release: app failed; what ran before runs again.",
        f"• app: Coolify's deployment of e02d8aa ended as failed: {SICK} It runs a4c9e1f again, healthy. {LOG}",
        "• workers was deployed, and taken back. It runs 5be90c3 again, healthy.",
    ]
    assert await running(show) == OLD


async def test_where_its_bot_is_killed_another_goes_on_and_it_is_told_once(show: Show) -> None:
    await show.join()
    show.world.coolify.queue.freeze()
    await show.type(RELEASE)
    await show.said("app: watch")
    await (await show.runner()).kill()
    show.world.coolify.queue.thaw()
    await show.said("release: 2 targets deployed in ")
    assert await told_once(show) == DEPLOYED
    assert (await running(show), show.deploys) == (NEW, 1)


async def test_where_one_target_wants_an_approval_one_counts_for_all(guarded: Show) -> None:
    await guarded.type(RELEASE)
    question = await guarded.said("wants to deploy 77aa001 to workers and 3f2a1b9 to app, as release")
    assert await running(guarded) == OLD
    await guarded.press(question, "Approve", "marko")
    done = await guarded.said("release: 2 targets deployed in ")
    assert "· @ana · approved by @marko" in guarded.slack.reading(done)
    assert await running(guarded) == NEW


async def test_with_noop_the_gates_of_each_are_told_and_its_button_deploys_them(show: Show) -> None:
    shown = await show.asked("deploy app=3f2a1b9 workers=77aa001 --to release --noop")
    said = lines(show, shown)
    assert [line for line in said if not line.startswith("✓ ")] == [
        "Would deploy release. Nothing was changed.",
        "77aa001 “Round VAT per line in reports” to workers:",
        "3f2a1b9 “Round VAT per line” to app:",
        "[Deploy release]",
    ]
    assert (show.posts(), await running(show)) == ([], OLD)
    await show.press(shown, "Deploy release")
    await show.said("release: 2 targets deployed in ")
    assert await running(show) == NEW


AT_ONCE = "release is a group, and begins at once: `--wait`, `--at` and `--in` are for one target."
WRONG = {
    "deploy app=3f2a1b9 web=77aa001 --to release": "There is no target `web`.",
    "deploy app=3f2a1b9 staging=77aa001 --to release": "staging is not in release. release is workers, app.",
    "deploy app=3f2a1b9 --to release": "release is workers, app, and no commit is given for workers."
    " Name one for each: `/fisk deploy workers=SHA app=3f2a1b9 --to release`.",
    "deploy app=3f2a1b9 workers=77aa001": "`app=3f2a1b9` names commits for a group: say which, with `--to`."
    " Groups: `release`.",
    "deploy main --to release": "`main` is no commit: for a group give 4 to 40 hex digits, or `TARGET=SHA` for each"
    " target.",
    "deploy 3f2a1b9 --to release --wait": AT_ONCE,
    "deploy 3f2a1b9 --to release --in 30m": AT_ONCE,
}


async def test_what_cannot_be_a_release_is_told_with_what_to_type(show: Show) -> None:
    for line, words in WRONG.items():
        assert (await show.ask(line)).startswith(words)
    assert (show.posts(), await running(show)) == ([], OLD)
