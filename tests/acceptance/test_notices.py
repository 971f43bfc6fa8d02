"""Notices of builds by the whole bot: posted once, by webhook or polling, and despite failures."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from deploy.notices.store import Notices
from sandbox import story
from sandbox.story import Built
from tests.acceptance.show import Show
from tests.waiting import until

if TYPE_CHECKING:
    from sandbox.github.webhooks import Delivery
    from sandbox.slack.message import Message

RARELY = "3600"  # seconds: so that only webhooks tell
OFTEN = "0.1"  # seconds: so that looking finds it soon


@asynccontextmanager
async def hearing(*, webhooks: bool = True, looks: str = RARELY, bots: int = 1) -> AsyncIterator[Show]:
    """A show whose channel hears of all builds."""
    show = Show(builds="all", webhooks=webhooks, FISK_BUILDS_SECONDS=looks, FISK_BUILDS_BUSY_SECONDS=looks)
    try:
        await show.start(bots=bots)
        yield show
    finally:
        await show.stop()


def notices(show: Show, text: str = "") -> list[Message]:
    return [message for message in show.posts() if text in show.slack.reading(message)]


async def built(show: Show, conclusion: str = "success", title: str = "Sort invoices") -> str:
    """Push a commit, and let its build begin and end: its first seven digits."""
    plan = Built(6, conclusion=conclusion, platforms=("linux/arm64",) if conclusion == "success" else ())
    sha = show.world.github.push(title, author=story.MARKO, built=plan).sha[:7]
    show.world.clock.skip(3600)
    return sha


def told(show: Show, sha: str) -> list[Delivery]:
    """The deliveries about a commit's build."""
    return [
        each
        for each in show.world.webhooks.deliveries
        if each.event == "workflow_run" and each.json["workflow_run"]["head_sha"].startswith(sha)
    ]


async def noted(show: Show, sha: str) -> None:
    """Wait until the bot's memory has the end of a commit's build."""
    run = next(run for run in show.world.github.runs.all if run.commit.sha.startswith(sha))
    async with show.memory() as journal:

        async def is_over() -> bool:
            build = await Notices(journal.state).known(run.id)
            return build is not None and build.over

        await until(is_over)


async def test_a_build_is_announced_by_webhook_and_deployed_with_its_button() -> None:
    async with hearing() as show:
        sha = await built(show)
        notice = await show.said(f"Built {sha} “Sort invoices” in")
        assert "Image linux/arm64 (sha256:" in notice.text
        assert all(each.status in {200, 202} for each in told(show, sha))
        await show.press(notice, "Deploy")
        await show.said(f"app runs {sha}: deployed")
        assert show.runs == sha
        assert len(notices(show, f"Built {sha}")) == 1


async def test_a_failure_is_announced_and_built_again_with_its_button() -> None:
    async with hearing() as show:
        sha = await built(show, "failure")
        notice = await show.said(f"Build of {sha} “Sort invoices” failed at “Build and push”")
        assert "npm ERR! code ERESOLVE" in notice.text
        await show.press(notice, "Rerun")
        run = next(run for run in show.world.github.runs.all if run.commit.sha.startswith(sha))
        await show.until(lambda: len(run.attempts) == 2)
        show.world.clock.skip(60)
        await show.said(f"Building {sha} “Sort invoices” (attempt 2)")


async def test_without_a_public_address_looking_alone_suffices() -> None:
    async with hearing(webhooks=False, looks=OFTEN) as show:
        await show.said("Building 9c41d07")
        show.world.github.push("Sort invoices", author=story.MARKO, built=Built(6))
        show.world.clock.skip(9 * 60)
        await show.said("Built 9c41d07")
        show.world.clock.skip(3600)
        await show.said("“Sort invoices” in")
        assert len(notices(show)) == 2, "and nothing of what was built before"


async def test_what_webhooks_lost_is_found_and_what_they_told_is_not_told_again() -> None:
    async with hearing(looks=OFTEN) as show:
        await show.said("Building 9c41d07")
        show.world.webhooks.lose = 2
        lost = await built(show, title="Lost")
        await show.said(f"Built {lost}")
        heard = await built(show, title="Heard")
        await show.said(f"Built {heard}")
        looked = len(show.world.github.received)
        await show.until(lambda: len(show.world.github.received) > looked + 3)
        assert [len(notices(show, sha)) for sha in (lost, heard)] == [1, 1]


async def test_out_of_order_twice_and_to_two_replicas_it_is_told_once() -> None:
    async with hearing(bots=2) as show:
        webhooks, (_, other) = show.world.webhooks, show.bots
        webhooks.hold, webhooks.repeat = True, 2
        sha = await built(show)
        await show.until(lambda: len(told(show, sha)) == 3)
        await webhooks.release()
        webhooks.url = f"{other.url}/github/webhook"
        for delivery in told(show, sha):
            await webhooks.send(delivery)
        await show.said(f"Built {sha}")

        async def all_were_repeated() -> bool:
            return (await other.count("fisk_webhooks", "outcome"))["repeated"] == 3

        await until(all_were_repeated)
        await show.memory_is_told()
        (notice,) = notices(show, sha)
        assert show.slack.reading(notice).startswith(f"Built {sha}")


async def test_a_bot_that_dies_between_the_webhook_and_the_notice_tells_it_when_it_is_back() -> None:
    async with hearing() as show:
        show.slack.go_down()
        sha = await built(show)
        await noted(show, sha)
        await show.bots[0].kill()
        assert notices(show, sha) == []
        show.slack.come_back()
        await show.join()
        await show.said(f"Built {sha}")
        await show.memory_is_told()
        assert len(notices(show, sha)) == 1


async def test_a_channel_stops_and_begins_to_hear() -> None:
    async with hearing() as show:
        await show.type("notify off")
        await show.said("from now on this channel hears of no builds.")
        quiet = await built(show, title="Quiet")
        await show.until(lambda: told(show, quiet)[2:] and told(show, quiet)[-1].status)
        await show.type("notify failures")
        await show.said("from now on this channel hears of builds that fail")
        failed = await built(show, "failure")
        await show.said(f"Build of {failed}")
        assert notices(show, quiet) == []
        assert "hears of builds that fail or leave nothing to deploy, set here" in await show.ask("notify")
