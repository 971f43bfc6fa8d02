"""What a fault does to the scene. Each method ends when the fault is over; those of an answer are in watch.py."""

from __future__ import annotations

import asyncio
import signal
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from deploy.core.cancelling import end
from tests.chaos.plan import RUNNER

if TYPE_CHECKING:
    from tests.chaos.plan import Fault
    from tests.chaos.scene import Scene
    from tests.chaos.servers import Server

DELAY = 0.15  # seconds; a connection through a slow proxy is late by so much in each direction


class Faults:
    """Does the faults of a plan; several may be under way at once."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._tasks: set[asyncio.Task[None]] = set()

    def do(self, fault: Fault, who: str) -> None:
        """Begin a fault; `who` is the bot by whose deed its moment came, by its token or name, where that is known."""
        if fault.who == RUNNER:
            fault = replace(fault, who=self._number(who))
        self._tasks.add(asyncio.create_task(getattr(self, fault.what)(fault)))

    def _number(self, who: str) -> int:
        if who in self._scene.tokens:
            return self._scene.tokens.index(who)
        return int(who[-1]) if who.startswith("bot") else 0

    async def over(self, within: float) -> None:
        """Wait until all have ended, and raise what one of them has raised."""
        while waiting := {task for task in self._tasks if not task.done()}:
            done, _ = await asyncio.wait(waiting, timeout=within)
            if not done:
                raise TimeoutError(f"a fault does not end: {waiting}")
        for task in self._tasks:
            task.result()

    async def stop(self) -> None:
        await end(tuple(self._tasks))

    # --- bots

    async def kill(self, fault: Fault) -> None:
        await self._scene.bots[fault.who].kill()
        self._scene.ended.append(time.time())
        await asyncio.sleep(fault.seconds)
        await self._scene.begin(fault.who)

    async def pause(self, fault: Fault) -> None:
        bot = self._scene.bots[fault.who]
        bot.signal(signal.SIGSTOP)
        await asyncio.sleep(fault.seconds)
        bot.signal(signal.SIGCONT)

    async def roll(self, _: Fault) -> None:
        """SIGTERM to one after another, each started again before the next one ends."""
        for number, bot in enumerate(self._scene.bots):
            bot.signal(signal.SIGCONT)
            await bot.stop()
            self._scene.ended.append(time.time())
            await self._scene.begin(number)

    # --- Redis

    async def stop_server(self, fault: Fault) -> None:
        await self._stopped(await self._master(), fault.seconds)

    async def stop_replica(self, fault: Fault) -> None:
        await self._stopped(self._scene.servers.redis[1], fault.seconds)

    async def kill_server(self, fault: Fault) -> None:
        server = await self._master()
        await server.kill()
        await asyncio.sleep(fault.seconds)
        await server.ensure()

    async def fail_over(self, _: Fault) -> None:
        await asyncio.to_thread(self._scene.servers.fail_over)

    async def _master(self) -> Server:
        return await asyncio.to_thread(self._scene.servers.master)

    @staticmethod
    async def _stopped(server: Server, seconds: float) -> None:
        server.signal(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        server.signal(signal.SIGCONT)

    # --- the network

    async def cut_bot(self, fault: Fault) -> None:
        """One bot reaches no server."""
        await self._cut({f"bot{fault.who}"}, {each.name for each in self._scene.servers.everything}, fault)

    async def cut_server(self, fault: Fault) -> None:
        """The master and one bot are on one side, everything else is on the other."""
        here = {(await self._master()).name, f"bot{fault.who}"}
        bots = {f"bot{number}" for number in range(len(self._scene.bots))}
        there = {each.name for each in self._scene.servers.everything} | bots
        await self._cut(here, there - here, fault)

    async def _cut(self, here: set[str], there: set[str], fault: Fault) -> None:
        for name, proxy in self._scene.servers.proxies.items():
            proxy.cut |= there if name in here else here if name in there else set()
        await asyncio.sleep(fault.seconds)
        for name, proxy in self._scene.servers.proxies.items():
            proxy.cut -= there if name in here else here if name in there else set()

    async def slow_bot(self, fault: Fault) -> None:
        for proxy in self._scene.servers.proxies.values():
            proxy.delays[f"bot{fault.who}"] = DELAY
        await asyncio.sleep(fault.seconds)
        for proxy in self._scene.servers.proxies.values():
            proxy.delays.pop(f"bot{fault.who}", None)

    # --- the other systems

    async def slack_down(self, fault: Fault) -> None:
        self._scene.slack.go_down()
        await asyncio.sleep(fault.seconds)
        self._scene.slack.come_back()

    async def disconnect(self, _: Fault) -> None:
        self._scene.slack.socket.drop()

    async def hang_up(self, _: Fault) -> None:
        for server in self._scene.world.hosts.sshd.values():
            server.hang_up()
