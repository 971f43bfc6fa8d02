"""A master, its replicas, and the sentinels that monitor it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from redis.asyncio import Redis

from deploy.redis.servers import following_it
from sandbox.ports import free_port
from tests.real.servers import HOME, running
from tests.waiting import until

SERVICE = "fisk-memory"


@dataclass(frozen=True, slots=True)
class Guarded:
    """The master by its port, its replicas, and the sentinels that name it SERVICE, by port and by process."""

    master: int
    replicas: tuple[int, ...]
    sentinels: tuple[int, ...]
    watching: tuple[asyncio.subprocess.Process, ...]

    def url(self, service: str = SERVICE) -> str:
        return f"redis+sentinel://{self.places}/{service}"

    @property
    def places(self) -> str:
        return ",".join(f"{HOME}:{port}" for port in self.sentinels)

    @property
    def sentinel(self) -> int:
        """The first one."""
        return self.sentinels[0]


@asynccontextmanager
async def guarded(
    folder: Path, *more: str, sentinels: int = 1, replicas: int = 0, server: tuple[str, ...] = ()
) -> AsyncIterator[Guarded]:
    """All run and know each other; `more` are lines for each sentinel (`{service}` is SERVICE), `server` for each
    server.
    """
    master, *others = (free_port() for _ in range(1 + replicas))
    watchers = [free_port() for _ in range(sentinels)]
    lines = [line.replace("{service}", SERVICE) for line in more]
    monitor = f"sentinel monitor {SERVICE} {HOME} {master} {sentinels // 2 + 1}"
    async with AsyncExitStack() as stack:
        for port in (master, *others):
            following = [f"replicaof {HOME} {master}"] if port != master else []
            await stack.enter_async_context(
                running(
                    "redis-server", folder, port, 'save ""', "repl-diskless-sync-delay 0", *server, *following
                )
            )
        watching = [
            await stack.enter_async_context(running("redis-sentinel", folder, port, monitor, *lines))
            for port in watchers
        ]
        found = Guarded(master, tuple(others), tuple(watchers), tuple(watching))
        await until(partial(_complete, found, server))
        yield found


async def _complete(it: Guarded, server: tuple[str, ...]) -> bool:
    """Whether the master has all its replicas, and counts them as good."""
    password = next((line.split()[1] for line in server if line.startswith("requirepass ")), None)
    async with Redis(host=HOME, port=it.master, password=password) as redis:
        told = await redis.info("replication")
    online = following_it(told)
    return {online, told.get("min_slaves_good_slaves", online)} == {len(it.replicas)}
