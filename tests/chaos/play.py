"""Plays a plan: people type, faults come, everything is healed, and the history is written down."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from redis.exceptions import RedisError

from tests.chaos.collect import collect
from tests.chaos.faults import Faults
from tests.chaos.followed import waiting
from tests.chaos.history import History, Typed
from tests.chaos.plan import PUSH, Fault
from tests.chaos.scene import Scene
from tests.chaos.watch import Watch

if TYPE_CHECKING:
    from sandbox.slack.receipt import Receipt
    from tests.chaos.plan import Line, Plan

PRESS = "press "
CHANNEL = "#deploys"
LONGEST_FAULT = 90.0  # seconds
SETTLES_WITHIN = 30.0  # seconds after everything was healed, besides five leases
QUIET = 1.0  # seconds in which nothing happens any more
LOOK_EVERY = 0.1
STARTS = 3


@dataclass(frozen=True, slots=True)
class Played:
    """`missed` are the faults whose moment did not come."""

    history: History
    missed: tuple[Fault, ...]
    seconds: float


async def play(plan: Plan) -> Played:
    began = time.monotonic()
    player = await _ready(plan)
    try:
        history = await player.play()
    finally:
        await player.stop()
    return Played(history, tuple(player.watch.left), time.monotonic() - began)


async def _ready(plan: Plan) -> Player:
    """A scene that stands. Its ports were free when they were picked, so another process may have taken one."""
    for attempt in range(1, STARTS + 1):
        player = Player(plan)
        try:
            await player.scene.start()
        except BaseException as error:
            await player.stop()
            if attempt == STARTS or not isinstance(error, OSError | RuntimeError):
                raise
        else:
            return player
    raise AssertionError


class Player:
    """One plan and its scene."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.watch = Watch(plan.faults, self._do)
        self.scene = Scene(plan, self.watch)
        self.faults = Faults(self.scene)
        self.typed: list[tuple[Typed, dict[str, Any]]] = []

    def _do(self, fault: Fault, who: str) -> None:
        self.faults.do(fault, who)

    async def play(self) -> History:
        users = sorted({line.user for line in self.plan.lines})
        await asyncio.gather(*(self._person(user) for user in users))
        await self._settle()
        await self.faults.over(LONGEST_FAULT)
        await self.scene.heal()
        await self._settle()
        return await collect(
            self.scene, tuple(self._answered(typed, payload) for typed, payload in self.typed)
        )

    async def stop(self) -> None:
        await self.faults.stop()
        await self.scene.stop()

    # --- people

    async def _person(self, user: str) -> None:
        for line in self.plan.lines:
            if line.user == user:
                await asyncio.sleep(line.pause)
                await self._type(line)

    async def _type(self, line: Line) -> None:
        text, at = line.text.format(*(sha[:7] for sha in self.scene.commits)), time.time()
        self.watch.at("line", text)
        if receipt := await self._sent(line.user, text):
            line_of_it = _unlocking(receipt.payload) or text
            typed = Typed(at, line.user, line_of_it, receipt.acked, bool(receipt.body))
            self.typed.append((typed, receipt.payload))

    async def _sent(self, user: str, text: str) -> Receipt | None:
        """Nothing where there is nothing to press, or where it is no line for fisk."""
        if text == PUSH:
            self.scene.push()
            return None
        slack, label = self.scene.slack, text.removeprefix(PRESS)
        if label == text:
            return await slack.command(user, CHANNEL, "/fisk", text)
        found = (each for each in reversed(slack.messages(CHANNEL, user)) if label in each.buttons())
        message = next(found, None)
        return await slack.press(user, message, label) if message else None

    def _answered(self, typed: Typed, payload: dict[str, Any]) -> Typed:
        """With the uses of its response_url, of which Slack knows."""
        origins = self.scene.slack._response_urls._origins
        origin = origins.get(payload.get("response_url", "").rpartition("/")[2])
        return Typed(
            typed.at, typed.user, typed.text, typed.acked, typed.answers + (origin.uses if origin else 0)
        )

    # --- until nothing happens any more

    async def _settle(self) -> None:
        """Wait until nothing is under way and all has been told, or for so long that it never will be."""
        until, quiet = time.monotonic() + SETTLES_WITHIN + 5 * self.plan.lease, 0.0
        before = -1
        while time.monotonic() < until and quiet < QUIET:
            calls = len(self.scene.slack.workspace.calls)
            busy = calls != before or self._awaited() or await asyncio.to_thread(self._busy)
            quiet, before = 0.0 if busy else quiet + LOOK_EVERY, calls
            await asyncio.sleep(LOOK_EVERY)

    def _awaited(self) -> bool:
        """Whether an answer is still to come to a line that only asks: while Slack fails, it is tried again."""
        return any(
            typed.acked and typed.asks and not self._answered(typed, payload).answers
            for typed, payload in self.typed
        )

    def _busy(self) -> bool:
        try:
            with self.scene.servers.master().client() as redis:
                streams = sum(redis.xlen(f"{{fisk}}:{box}") for box in ("inbox", "outbox"))
                wanted = waiting(redis, self.scene.commits[-1], self.scene.pushed)
                return bool(streams or redis.zcard("{fisk}:leases") or wanted)
        except RedisError:
            return True


def _unlocking(payload: dict[str, Any]) -> str:
    """The line of a button that lifts a hold, which says whose."""
    (value,) = [str(each.get("value", "")) for each in payload.get("actions", ())] or [""]
    return value if value.startswith("unlock ") else ""
