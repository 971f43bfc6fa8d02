"""Nothing typed is lost: bots are killed or stopped under lines, and each is done once and answered."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from bot.app.lag import CAUGHT_UP
from deploy.engine.audit import Audit
from deploy.redis import embedded
from tests.acceptance.show import WITHIN, Show
from tests.waiting import until

if TYPE_CHECKING:
    from deploy.redis.connect import State
    from sandbox.bot import Bot

SLOW_MS = 500  # for which nothing is written, less than a bot waits for
AT_ONCE = 12  # lines, on the two connections of each of two bots
STUCK = 8.0  # seconds: longer than the bot that waits for the answer lives
LOCK, DEPLOY, REFUSED = "lock app we measure", "deploy 3f2a1b9", "unlock app"
TOLD = {LOCK: "we measure", DEPLOY: "app runs 3f2a1b9: deployed", REFUSED: "Nobody holds app."}
DONE = {LOCK: ["held"], DEPLOY: ["began", "done"], REFUSED: []}


class Asking(Show):
    """Bots that ask Slack who is in a group before they let anybody do anything."""

    def _configure(self) -> None:
        super()._configure()
        config = self.folder / "fisk.toml"
        config.write_text(re.sub(r"(?m)^members = .*$", 'members = ["S0DEPLOYR"]', config.read_text()))


@pytest.fixture
async def show() -> AsyncIterator[Show]:
    async with Asking() as show:
        yield show


@pytest.fixture
async def pair() -> AsyncIterator[Show]:
    """Two replicas, which let people type as much as they like."""
    show = Asking(FISK_LINES_PER_MINUTE="0")
    await show.start(bots=2)
    yield show
    await show.stop()


def killing(bots: list[Bot], at: object, method: str) -> asyncio.Event:
    """Kill the bots at the next call of something in a stand-in, which then is done; the event is set by then."""
    does: Callable[..., Any] = getattr(at, method)
    doomed, killed = tuple(bots), asyncio.Event()

    def done(*args: object, **more: object) -> object:
        setattr(at, method, does)
        for bot in doomed:
            bot.signal(signal.SIGKILL)
        killed.set()
        return does(*args, **more)

    setattr(at, method, done)
    return killed


async def deeds(show: Show) -> list[str]:
    """What the record has: of an operation its beginning and its end."""
    async with show.memory() as journal:
        return [each.outcome or "began" for each in reversed(await Audit(journal.state).since(0))]


async def answered(show: Show, line: str) -> None:
    """Wait until the line is done and told to whoever should hear of it, and nothing of it is left."""
    await show.until(lambda: TOLD[line] in show.slack.transcript("#deploys", "ana").partition(line)[2])
    async with show.memory() as journal:
        await until(partial(_empty, journal.state), WITHIN)


async def _empty(state: State) -> bool:
    lines, answers = (state.key(name) for name in ("inbox", "inbox:answers"))
    return not (await state.ask("XLEN", lines) or await state.ask("HLEN", answers))


# --- killed


async def as_it_acknowledges(show: Show, bots: list[Bot], line: str) -> None:
    killed = killing(bots, show.slack.socket, "_acknowledged")
    await show.slack.command("ana", "#deploys", "/fisk", line)
    await _over(killed, bots)


async def before_it_handles(show: Show, bots: list[Bot], line: str) -> None:
    """As it asks who somebody is."""
    stuck = show.slack.faults.queue("* /api/users.info", delay=STUCK)
    await show.type(line)
    await show.until(lambda: not stuck.times)
    await asyncio.gather(*(bot.kill() for bot in bots))


async def as_slack_takes_its_answer(show: Show, bots: list[Bot], line: str) -> None:
    """What Slack took is answered by nobody, so that it may be told again."""
    killed = killing(bots, show.slack.workspace, "post")
    await show.type(line)
    await _over(killed, bots)


async def _over(killed: asyncio.Event, bots: list[Bot]) -> None:
    """Wait until they are dead, so that their addresses are free."""
    await killed.wait()
    await asyncio.gather(*(bot.kill() for bot in bots))


async def before_slack_takes_its_answer(show: Show, bots: list[Bot], line: str) -> None:
    faults = [
        show.slack.faults.queue(path, status=503, delay=STUCK)
        for path in ("POST /response/*", "* /api/chat.postMessage")
    ]
    await show.type(line)
    await show.until(lambda: not all(fault.times for fault in faults))
    await asyncio.gather(*(bot.kill() for bot in bots))
    show.slack.faults.clear()


Point = Callable[[Show, "list[Bot]", str], Awaitable[None]]
POINTS: tuple[tuple[Point, str], ...] = (
    (as_it_acknowledges, DEPLOY),
    (before_it_handles, LOCK),
    (before_it_handles, DEPLOY),
    (before_slack_takes_its_answer, LOCK),
    (before_slack_takes_its_answer, REFUSED),
    (as_slack_takes_its_answer, LOCK),
    (as_slack_takes_its_answer, DEPLOY),
    (as_slack_takes_its_answer, REFUSED),
)


@pytest.mark.parametrize(("point", "line"), POINTS, ids=lambda each: getattr(each, "__name__", each))
async def test_what_a_killed_bot_acknowledged_is_done_once_by_the_next_one(
    show: Show, point: Point, line: str
) -> None:
    await point(show, show.bots, line)
    await show.join()
    await answered(show, line)
    assert await deeds(show) == DONE[line]
    assert show.deploys == (1 if line == DEPLOY else 0)


@pytest.mark.parametrize("line", [LOCK, DEPLOY])
async def test_the_other_replica_takes_over_what_one_acknowledged(pair: Show, line: str) -> None:
    users = pair.slack.faults.queue("* /api/users.info", delay=STUCK)
    await pair.type(line)
    await pair.until(lambda: not users.times)
    await (await receiver(pair)).kill()
    await answered(pair, line)
    assert await deeds(pair) == DONE[line]


async def receiver(show: Show) -> Bot:
    """The bot that has the line."""
    async with show.memory() as journal:
        stream = journal.state.key("inbox")
        (pending,) = await journal.state.redis.xpending_range(stream, "handlers", "-", "+", 1)
    consumer = str(pending["consumer"])
    return next(bot for bot in show.bots if bot.process and f":{bot.process.pid}:" in consumer)


# --- stopped


async def test_no_line_that_has_come_is_refused_while_one_of_two_stops(pair: Show) -> None:
    """Each connection has some that are not kept yet as the bot is told to stop, which keep it open, and gets more."""
    line = partial(pair.slack.command, "ana", "#deploys", "/fisk", LOCK)
    async with pair.memory() as journal:
        await journal.state.ask("CLIENT", "PAUSE", SLOW_MS, "WRITE")
    typed = [asyncio.create_task(line()) for _ in range(AT_ONCE)]
    await pair.until(lambda: len(pair.slack.socket.delivered) == AT_ONCE)
    stopping = asyncio.create_task(pair.bots[0].stop())
    typed += [asyncio.create_task(line()) for _ in range(AT_ONCE)]
    await stopping
    receipts = [*await asyncio.gather(*typed), await line()]
    assert [(receipt.error, receipt.body) for receipt in receipts] == [("", None)] * len(receipts)
    await pair.until(lambda: len(pair.posts()) == len(receipts))
    assert all("holds app" in pair.slack.reading(post) for post in pair.posts())


async def test_whoever_types_while_the_only_one_stops_is_told_so_by_slack(show: Show) -> None:
    show.world.coolify.queue.freeze()
    await show.type("deploy 3f2a1b9")
    await show.said("● watch")
    show.bots[0].signal(signal.SIGTERM)
    await show.until(lambda: not show.slack.socket.connections)
    receipt = await show.slack.command("marko", "#deploys", "/fisk", "deploy 3f2a1b9 --to staging")
    assert receipt.error == "dispatch_failed"
    show.world.coolify.queue.thaw()
    await show.bots[0].stop()
    assert "app runs 3f2a1b9: deployed" in show.slack.reading(show.posts()[0])


async def test_what_the_only_one_could_not_end_waits_for_its_next_start(show: Show) -> None:
    users = show.slack.faults.queue("* /api/users.info", delay=STUCK)
    await show.type(LOCK)
    await show.until(lambda: not users.times)
    await show.bots[0].stop()
    assert show.posts() == []
    await show.join()
    await answered(show, LOCK)
    assert await deeds(show) == DONE[LOCK]


async def test_a_memory_that_is_stopped_is_told_in_the_ack_and_nothing_is_begun(show: Show) -> None:
    await show.ask("locks")
    server = embedded.Server(show.folder / "state").pid
    os.kill(server, signal.SIGSTOP)
    try:
        receipt = await show.type(DEPLOY)
    finally:
        os.kill(server, signal.SIGCONT)
    assert (receipt.body or {})["text"].startswith("fisk's memory did not take that within a second (")
    await show.ask("locks")
    assert await deeds(show) == []


async def test_a_line_that_waited_for_a_bot_that_slept_is_not_done_when_it_wakes_up() -> None:
    """By then Slack has told whoever typed it that it failed, and they may have done something else."""
    async with Show() as show:
        show.bots[0].signal(signal.SIGSTOP)
        try:
            receipt = await show.slack.command("ana", "#deploys", "/fisk", LOCK)
        finally:
            show.bots[0].signal(signal.SIGCONT)
        told = await show.said("nothing was begun. Ask again, if you still want it.")
        assert (receipt.acked, told.visible_to) == (False, show.slack.workspace.user("ana").id)
        assert await show.ask("locks") == "Nothing is under way, and nobody holds anything."
        await asyncio.sleep(CAUGHT_UP)  # in which it reads what came meanwhile
        await show.type(LOCK)
        await show.said("we measure")
