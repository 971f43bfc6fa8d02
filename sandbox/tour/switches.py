"""What can be done outside Slack: faults to switch on and off, and what other people do there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox import story
from sandbox.slack import Control
from sandbox.slack.slack import DOWN

if TYPE_CHECKING:
    from sandbox.faults import Faults
    from sandbox.stage import Stage

BUILDKIT = "buildkitd"
BOTH_DEPLOY = f"deploy {story.RUNS[:7]} --force"
PAST_FISK = story.MULTI_ARCH
RATE_LIMITED = '{"ok": false, "error": "ratelimited"}'


class Outside:
    """Acts on a stage, and remembers when.

    Attributes:
        bot_killed: the epoch second at which the bot was killed in the midst of an operation; 0: never.
        master_killed: the same for Redis's master, and its name in `lost`.
        redis_stopped: the epoch second at which all of Redis was stopped; 0: never.
        both_typed: whether two people have typed a deploy at once.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.bot_killed = self.master_killed = self.redis_stopped = 0.0
        self.lost = ""
        self.both_typed = False

    @property
    def controls(self) -> tuple[Control, ...]:
        """Each begins the story, which needs its Redis for that."""
        return tuple(self._beginning(each) for each in (*self._people(), *self._own(), *self._systems()))

    def _beginning(self, control: Control) -> Control:
        async def act() -> str:
            await self._stage.begin()
            return await control.act()

        return replace(control, act=act)

    def _people(self) -> Iterator[Control]:
        yield Control("both", "Let Marko and Ana type it at once", self._both)
        yield Control("past", "Deploy 0b94ac7 in Coolify itself", self._past_fisk)

    def _own(self) -> Iterator[Control]:
        """What fisk itself runs on."""
        yield _switch(
            ("bot", "fisk", "Kill the bot (kill -9)", "Start the bot"),
            lambda: any(not bot.lives for bot in self._stage.bots),
            self._kill_bot,
            self._start_bot,
        )
        if redis := self._stage.redis:
            down = ("redis", "Redis", "Stop Redis", "Start Redis")
            yield _switch(down, lambda: redis.all_down, self._stop_redis, self._redis_back)
            one = ("master", "Redis", "Kill Redis's master", "Start the lost server")
            yield _switch(one, lambda: redis.one_down, self._kill_master, self._redis_back)

    def _systems(self) -> Iterator[Control]:
        world = self._stage.world
        docker = world.hosts.vps01.docker
        yield _switch(
            ("buildkit", "vps01", "Stop BuildKit", "Start BuildKit"),
            lambda: docker.containers[BUILDKIT].status == "exited",
            lambda: docker.stop(BUILDKIT),
            lambda: world.hosts.vps01.run(["docker", "start", BUILDKIT]),
        )
        yield _attribute(world.hosts.vps01, "cut", ("ssh", "vps01", "ssh is cut"))
        yield _fault(
            world.host.faults, "GET /*", ("health", "vps01", "The health URL answers 503"), status=503
        )
        if world.checks:
            yield _attribute(world.host, "unmigrated", ("schema", "vps01", "The schema check fails"))
        yield from self._coolify()
        yield _fault(
            world.github.faults, "* /*", ("github", "GitHub", "It answers 503"), status=503, body="{}"
        )
        yield _attribute(world.github.runs, "stuck", ("runner", "GitHub", "The runner takes no job"))
        faults = world.registry.faults
        yield _fault(faults, "* /*", ("slow", "Registry", "It takes 4 s for each answer"), delay=4)
        yield _fault(faults, "* /*", ("registry", "Registry", "It answers 503"), status=503, body="{}")
        yield from self._slack()

    def _coolify(self) -> Iterator[Control]:
        faults, queue = self._stage.world.coolify.faults, self._stage.world.coolify.queue
        names = ("coolify", "Coolify", "It answers 500")
        yield _fault(faults, "* /api/v1/*", names, status=500, body='{"message":"Server Error"}')
        names = ("answer", "Coolify", "It deploys, but its answer is lost")
        yield _fault(faults, "* /api/v1/deploy", names, drop=True, after=True)
        names = ("queue", "Coolify", "Its queue stands still")
        yield _switch(names, lambda: queue.frozen, _soon(queue.freeze), _soon(queue.thaw))

    def _slack(self) -> Iterator[Control]:
        slack = self._stage.slack
        names = ("limit", "Slack", "It answers 429 to each message")
        wait = {"Retry-After": "2"}
        yield _fault(slack.faults, "POST /api/chat.*", names, status=429, body=RATE_LIMITED, headers=wait)
        names = ("slack", "Slack", "It is down")
        yield _switch(names, lambda: slack.socket.refusing, _soon(slack.go_down), _soon(slack.come_back))

    @property
    def bot_lives(self) -> bool:
        return any(bot.lives for bot in self._stage.bots)

    async def _kill_bot(self) -> None:
        self.bot_killed = await self._in_the_midst()
        await asyncio.gather(*(bot.kill() for bot in self._stage.bots))

    async def _in_the_midst(self) -> float:
        """Now, if anything is locked."""
        roles = await self._stage.redis.roles() if self._stage.redis else []
        return time.time() if any(each.locks for each in roles) else 0.0

    async def _start_bot(self) -> None:
        await asyncio.gather(*(bot.start() for bot in self._stage.bots if not bot.lives))

    async def _kill_master(self) -> None:
        if self._stage.redis:
            self.master_killed = await self._in_the_midst()
            self.lost = await self._stage.redis.kill_master()

    async def _stop_redis(self) -> None:
        if self._stage.redis:
            await self._stage.redis.go_down()
            self.redis_stopped = time.time()

    async def _redis_back(self) -> None:
        """Until fisk has it again, too: whoever types then is not told to try again."""
        if self._stage.redis:
            await self._stage.redis.come_back()
            await asyncio.gather(*(bot.ready() for bot in self._stage.bots if bot.lives))

    async def _both(self) -> str:
        """Which of them is first is for the bot to say."""
        slack, self.both_typed = self._stage.slack, True
        typed = (slack.command(who, "#deploys", "/fisk", BOTH_DEPLOY) for who in ("marko", "ana"))
        await asyncio.gather(*typed)
        return "Marko and Ana typed it at once: one of them was told to wait. Look as both."

    async def _past_fisk(self) -> str:
        coolify = self._stage.world.coolify
        app = coolify.apps["app"]
        app.columns["docker_registry_image_tag"] = PAST_FISK
        coolify.queue.ask(app, PAST_FISK)
        return f"Somebody deploys {PAST_FISK[:7]} on Coolify's own page."


Names = tuple[str, ...]
"""Of a switch: its name, its system, what it does, and what undoes it where that is called differently."""


def _switch(
    names: Names,
    on: Callable[[], bool],
    turn_on: Callable[[], Awaitable[object]],
    turn_off: Callable[[], Awaitable[object]],
) -> Control:
    name, system, label, *undo = names

    async def act() -> str:
        was = on()
        await (turn_off() if was else turn_on())
        if undo:
            return f"Done: {undo[0] if was else label}."
        return f"{system}, {'no longer' if was else 'from now on'}: {label}."

    return Control(name, label, act, system=system, on=on, undo="".join(undo))


def _fault(faults: Faults, match: str, names: Names, **what: object) -> Control:
    """One that lasts until it is switched off."""
    fault = faults.queue(match, times=0, **what)

    async def turn(times: int) -> None:
        fault.times = times

    return _switch(names, lambda: fault.times > 0, lambda: turn(DOWN), lambda: turn(0))


def _attribute(of: object, attribute: str, names: Names) -> Control:
    async def turn(*, on: bool) -> None:
        setattr(of, attribute, on)

    return _switch(names, lambda: bool(getattr(of, attribute)), lambda: turn(on=True), lambda: turn(on=False))


def _soon(act: Callable[[], None]) -> Callable[[], Awaitable[None]]:
    async def later() -> None:
        act()

    return later
