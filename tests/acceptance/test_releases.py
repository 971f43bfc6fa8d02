"""From staging to production by the whole bot: what staging proved is promoted, and what is pushed comes by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from sandbox import story
from sandbox.story import Built
from tests.acceptance.show import Show

if TYPE_CHECKING:
    from sandbox.slack.message import Message

OFTEN = "0.1"  # seconds between two looks for builds
SPEED = 60.0  # story seconds for each real one: what ends has a time at which it did
CHANNEL_ID = "C0DEPLOYS"


@asynccontextmanager
async def following(bots: int = 1, **further: str) -> AsyncIterator[Show]:
    """Bots that look for builds often, and tell outcomes in #deploys; `further` lines of a target's table."""
    show = Show(announce=CHANNEL_ID, FISK_BUILDS_SECONDS=OFTEN, FISK_BUILDS_BUSY_SECONDS=OFTEN)
    show.world.further |= further
    show.world.clock.speed = SPEED
    (building,) = (run for run in show.world.github.runs.all if run.commit.sha == story.BUILDING)
    building.attempts[-1].plan = Built(1, conclusion="failure", platforms=())  # else it may come first
    try:
        await show.start(bots=bots)
        yield show
    finally:
        await show.stop()


def pushed(show: Show, title: str, **how: object) -> str:
    """Push a commit whose build ends soon: its first seven digits."""
    return show.world.github.push(title, author=story.MARKO, built=Built(1, **how)).sha[:7]  # type: ignore[arg-type]


def told(show: Show, text: str) -> list[Message]:
    return [message for message in show.posts() if text in show.slack.reading(message)]


def deploys(show: Show) -> int:
    return show.world.coolify.apps["staging"].deploys


async def test_what_staging_proved_goes_to_app_as_it_is(show: Show) -> None:
    await show.type("deploy 3f2a1b9 --to staging")
    await show.said("staging runs 3f2a1b9: deployed")
    show.world.registry.push(story.IMAGE, [story.BUILT], story.BUILT)
    await show.type("promote staging app", "marko")
    await show.said("app runs 3f2a1b9: deployed")
    running = show.world.host.running
    assert running["app"].digest == running["staging"].digest


async def test_the_button_under_a_deploy_promotes_it_once_it_ran_there_long_enough() -> None:
    async with following(app='after = {target = "staging", for = "30m"}') as show:
        await show.type("deploy 3f2a1b9 --to staging")
        message = await show.said("staging runs 3f2a1b9: deployed")
        await show.press(message, "Promote to app")
        refusal = await show.said("app takes only what staging has run healthy for 30 min")
        assert "[Deploy it all the same]" in show.slack.reading(refusal)
        assert show.runs == "a4c9e1f"


async def test_what_is_pushed_is_deployed_by_itself_and_told() -> None:
    async with following() as show:
        await show.type("follow staging on")
        await show.said("switched it on: staging gets each good build of main.")
        sha = pushed(show, "Sort invoices")
        message = await show.said(f"staging runs {sha}: deployed")
        assert "follow" in show.slack.reading(message)
        assert (len(told(show, f"staging runs {sha}")), deploys(show)) == (1, 1)
        assert f"the last was {sha}" in await show.ask("follow staging")


async def test_of_two_replicas_one_follows_and_the_other_finishes_what_it_began() -> None:
    async with following(2, staging="follow = true") as show:
        show.world.coolify.queue.freeze()
        sha = pushed(show, "Sort invoices")
        await show.said("● watch")
        await (await show.runner()).kill()
        show.world.coolify.queue.thaw()
        await show.said(f"staging runs {sha}: deployed")
        assert (len(told(show, f"staging runs {sha}")), deploys(show)) == (1, 1)


async def test_after_a_put_back_it_waits_until_somebody_says_so() -> None:
    async with following(staging="follow = true") as show:
        bad = pushed(show, "Read the certificate", healthy=False)
        message = await show.said("staging follows again when somebody says so")
        assert bad in show.slack.reading(message)
        good = pushed(show, "Read it again")
        assert f"{good} waits" in await _stopped(show, good)
        await show.type("follow staging on", "marko")
        await show.said(f"staging runs {good}: deployed")


async def _stopped(show: Show, sha: str) -> str:
    """What `follow` says once it knows of that build."""
    while sha not in (said := await show.ask("follow staging")):
        pass
    return said
