"""Follows the journal's streams from beside, so that faults come at steps by their names."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from redis.exceptions import RedisError

from deploy.core.parts import own_name

if TYPE_CHECKING:
    from redis import Redis

    from tests.chaos.servers import Servers
    from tests.chaos.watch import Watch

LOOK_EVERY = 0.05  # seconds
ASK_EVERY = 0.5  # seconds between two questions who the master is
PREFIX = "{fisk}:"


class Observer:
    """`seen` are the operations that were ever in the journal; `names` those of the bots, by process."""

    def __init__(self, servers: Servers, watch: Watch, names: Mapping[int, str]) -> None:
        self.seen: set[str] = set()
        self._servers, self._watch, self._names = servers, watch, names
        self._runners: dict[str, str] = {}
        self._clients: dict[str, Redis] = {}
        self._client: Redis | None = None
        self._asked = 0.0
        self._told: set[tuple[str, str]] = set()
        self._task: asyncio.Task[None] | None = None
        self._over = False

    def start(self) -> None:
        self._task = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        """After the look that is under way, whose thread no cancelling would end, nor close its connection."""
        self._over = True
        if self._task is not None:
            await asyncio.wait([self._task])
        for client in self._clients.values():
            client.close()

    async def _follow(self) -> None:
        while not self._over:
            with suppress(RedisError):
                for step, runner in await asyncio.to_thread(self._look):
                    self._watch.at("step", step, runner)
            await asyncio.sleep(LOOK_EVERY)

    def _look(self) -> list[tuple[str, str]]:
        """The steps that began since the last look, of any operation, each with the bot that runs it."""
        client = self._master()
        return [
            step for id_ in client.zrange(f"{PREFIX}leases", 0, -1) for step in self._steps(client, str(id_))
        ]

    def _master(self) -> Redis:
        """A connection to the present master, which is kept for a while: each new one takes time and a port."""
        if self._client is None or time.monotonic() > self._asked + ASK_EVERY:
            server = self._servers.master()
            self._client = self._clients.setdefault(server.name, server.client())
            self._asked = time.monotonic()
        return self._client

    def _steps(self, client: Redis, id_: str) -> Iterator[tuple[str, str]]:
        self.seen.add(id_)
        stream: Any = client.xrange(f"{PREFIX}op:{id_}:events")
        for position, fields in stream:
            if (id_, position) not in self._told:
                self._told.add((id_, position))
                yield from self._step(id_, event(fields))

    def _step(self, id_: str, told: dict[str, Any]) -> Iterator[tuple[str, str]]:
        if told["event"] == "taken_over":
            self._runners[id_] = bot_of(told["runner"], self._names)
        elif told["event"] == "step_started":
            yield own_name(told["step"]), self._runners.get(id_, "")


def bot_of(runner: str, names: Mapping[int, str]) -> str:
    """The bot's name by its name as a runner, `host:process:run`; that one itself where nobody knows the process."""
    return names.get(int(runner.split(":")[1]), runner)


def event(fields: dict[str, str]) -> dict[str, Any]:
    """An event of a stream, without its signature, which stands before it where it has one."""
    text = fields["event"]
    told: dict[str, Any] = json.loads(text[text.index("{") :])
    return told
