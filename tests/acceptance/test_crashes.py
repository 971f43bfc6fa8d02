"""kill -9 at any step: another process finishes, the same message is edited, Coolify is triggered once."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from sandbox import story
from sandbox.world import UUIDS
from tests.acceptance.show import Show

APP = f"/api/v1/applications/{UUIDS['app']}"
HEALTH = "GET /app/api/health"
STUCK = 8.0  # seconds: longer than the bot that waits for the answer lives


async def resolving(show: Show) -> None:
    line = f"GET /repos/{story.REPOSITORY}/commits/3f2a1b9"
    show.world.github.faults.queue(line, delay=STUCK)
    await show.type("deploy 3f2a1b9")
    await show.until(lambda: show.world.github.asked(line))


async def judging(show: Show) -> None:
    show.world.coolify.faults.queue(f"GET {APP}", delay=STUCK)
    await show.type("deploy 3f2a1b9")
    await show.until(lambda: show.world.coolify.asked(f"GET {APP}"))


async def remembering(show: Show) -> None:
    show.world.host.faults.queue(HEALTH, delay=STUCK)
    await show.type("deploy 3f2a1b9")
    await show.until(lambda: show.world.host.asked(HEALTH))


async def pointing(show: Show) -> None:
    """The second PATCH; the first one only asks what the token may do."""
    show.world.host.faults.queue(HEALTH, delay=0.3)
    await show.type("deploy 3f2a1b9")
    await show.until(lambda: show.world.host.asked(HEALTH))
    show.world.coolify.faults.queue(f"PATCH {APP}", delay=STUCK)
    await show.until(lambda: show.world.coolify.asked(f"PATCH {APP}") == 2)


async def triggering(show: Show) -> None:
    """At the very moment at which Coolify has queued the deployment and answers."""
    queue, bot = show.world.coolify.queue, show.bots[0]
    ask = queue.ask

    def ask_and_die(*args: object, **more: object) -> object:
        asked = ask(*args, **more)  # type: ignore[arg-type]
        bot.signal(signal.SIGKILL)
        queue.ask = ask  # type: ignore[method-assign]
        return asked

    queue.ask = ask_and_die  # type: ignore[method-assign, assignment]
    show.world.host.faults.queue(HEALTH, delay=0.3)
    await show.type("deploy 3f2a1b9")
    await show.until(lambda: show.deploys)


async def watching(show: Show) -> None:
    show.world.coolify.queue.freeze()
    await show.type("deploy 3f2a1b9")
    await show.said("● watch")


async def proving(show: Show) -> None:
    """The second look at the health URL; the first one saw what ran before."""
    await watching(show)
    show.world.host.faults.queue(HEALTH, delay=STUCK)
    show.world.coolify.queue.thaw()
    await show.until(lambda: show.world.host.asked(HEALTH) == 2)


async def recording(show: Show) -> None:
    """When the release is recorded, and GitHub is told."""
    await watching(show)
    show.world.github.faults.queue("POST */statuses", delay=STUCK)
    show.world.coolify.queue.thaw()
    await show.until(lambda: _told_github(show) == 2)


def _told_github(show: Show) -> int:
    return sum(each.path.endswith("/statuses") for each in show.world.github.received)


STEPS = (resolving, judging, remembering, pointing, triggering, watching, proving, recording)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
async def test_a_killed_bot_is_followed_by_one_that_finishes(
    show: Show, step: Callable[[Show], Awaitable[None]]
) -> None:
    await step(show)
    message = await show.noted()
    await show.bots[0].kill()
    for stand_in in (show.world.github, show.world.coolify, show.world.host):
        stand_in.faults.clear()
    show.world.coolify.queue.thaw()
    await show.join()
    await show.said("app runs 3f2a1b9: deployed")
    assert [post.ts for post in show.posts()] == [message.ts]
    assert "app runs 3f2a1b9: deployed" in show.slack.reading(message)
    assert (show.deploys, show.runs) == (1, "3f2a1b9")
    await _nothing_is_left(show)


async def _nothing_is_left(show: Show) -> None:
    async with show.memory() as journal:
        assert await journal.running() == ()
        assert await journal.state.ask("HGETALL", journal.state.key("locks")) == {}


async def test_a_bot_killed_while_it_puts_back_is_followed_by_one_that_puts_back(show: Show) -> None:
    coolify = show.world.coolify
    coolify.queue.freeze()
    await show.type("deploy e02d8aa")
    message = await show.noted()
    await show.said("● watch")
    asked = coolify.asked(f"PATCH {APP}")
    coolify.faults.queue(f"PATCH {APP}", delay=STUCK)
    coolify.queue.thaw()
    await show.until(lambda: coolify.asked(f"PATCH {APP}") > asked)
    await show.bots[0].kill()
    coolify.faults.clear()
    await show.join()
    await show.said("a4c9e1f is back")
    assert [post.ts for post in show.posts()] == [message.ts]
    assert (show.runs, show.set_to, show.deploys) == ("a4c9e1f", "a4c9e1f", 1)
    await _nothing_is_left(show)


@pytest.fixture
async def pair() -> AsyncIterator[Show]:
    """Two replicas."""
    show = Show()
    await show.start(bots=2)
    yield show
    await show.stop()


async def test_a_second_replica_takes_over_by_itself(pair: Show) -> None:
    await watching(pair)
    message = await pair.noted()
    first = await pair.runner()
    await first.kill()
    pair.world.coolify.queue.thaw()
    await pair.said("app runs 3f2a1b9: deployed")
    assert [post.ts for post in pair.posts()] == [message.ts]
    assert pair.deploys == 1
    await _nothing_is_left(pair)


async def test_whichever_replica_tells_the_end_nothing_is_told_after_it(pair: Show) -> None:
    for sha in ("3f2a1b9", "a4c9e1f"):
        await pair.type(f"deploy {sha} --force")
        await pair.said(f"app runs {sha}: deployed")
    for bot in pair.bots:
        await bot.stop()
    told = [pair.slack.reading(post).partition(": deployed")[0] for post in pair.posts()]
    assert [line.rpartition("app runs ")[2] for line in told] == ["3f2a1b9", "a4c9e1f"]


async def test_a_replica_that_was_only_asleep_does_nothing_twice(pair: Show) -> None:
    """SIGSTOP for longer than its lease: when it wakes up, its fence is old."""
    await watching(pair)
    await pair.noted()
    sleeper = await pair.runner()
    sleeper.signal(signal.SIGSTOP)
    try:
        pair.world.coolify.queue.thaw()
        await pair.said("app runs 3f2a1b9: deployed")
    finally:
        sleeper.signal(signal.SIGCONT)
    await pair.awake()
    await pair.said("app runs 3f2a1b9: deployed")
    for bot in pair.bots:
        await bot.stop()
    assert "app runs 3f2a1b9: deployed" in pair.slack.reading(pair.posts()[0])
    assert (pair.deploys, len(pair.posts())) == (1, 1)


async def test_sigterm_lets_an_operation_finish() -> None:
    """Its lease is long enough for a busy machine's pauses: whoever loses it while draining leaves it to others."""
    async with Show(FISK_LEASE_SECONDS="10") as show:
        await watching(show)
        show.bots[0].signal(signal.SIGTERM)
        show.world.coolify.queue.thaw()
        await show.bots[0].stop()
        assert "app runs 3f2a1b9: deployed" in show.slack.reading(show.posts()[0])
        assert show.deploys == 1
        await _nothing_is_left(show)


async def test_sigterm_hands_over_what_takes_too_long() -> None:
    async with Show(FISK_DRAIN_SECONDS="0.5") as show:
        await watching(show)
        message = await show.noted()
        async with asyncio.timeout(20):
            await show.bots[0].stop()
        await show.join()
        show.world.coolify.queue.thaw()
        await show.said("app runs 3f2a1b9: deployed")
        assert [post.ts for post in show.posts()] == [message.ts]
        assert show.deploys == 1
        await _nothing_is_left(show)
