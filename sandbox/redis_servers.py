"""Redis for the guided story: three real servers and three sentinels, of the binary that the bot would embed."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from deploy.redis import embedded
from deploy.redis.servers import following_it
from sandbox.ports import free_port

HOME, SERVICE = "127.0.0.1", "fisk"
ANSWERS_WITHIN = 0.5  # seconds
UP_WITHIN = 60.0  # on a busy machine, too
LOOK_EVERY = 0.05
COMMON = """
port {port}
bind 127.0.0.1
dir {folder}
logfile {folder}/log
"""
SERVER = """
save ""
appendonly yes
appendfsync always
maxmemory-policy noeviction
replica-announce-ip 127.0.0.1
min-replicas-to-write 1
min-replicas-max-lag 2
repl-ping-replica-period 1
repl-timeout 5
repl-diskless-sync-delay 0
"""
SENTINEL = """
sentinel monitor fisk 127.0.0.1 {master} 2
sentinel down-after-milliseconds fisk 2500
sentinel failover-timeout fisk 3000
"""
# They ask each other ten times as often as usual, since time in the story is short.
QUICKLY = ("INFO-PERIOD", "500", "PUBLISH-PERIOD", "300", "ASK-PERIOD", "300", "SLAVE-RECONF-TIMEOUT", "2000")


@dataclass(frozen=True, slots=True)
class Role:
    """What a server is at the moment: `master`, `replica`, or empty where it does not answer."""

    name: str
    role: str
    replicas: int = 0  # that follow it
    locks: Mapping[str, str] | None = None  # resource → operation; of a master


class Server:
    """One process. What it is told at run time stays in its configuration file, where it is started again."""

    def __init__(self, name: str, folder: Path, config: str, *more: str) -> None:
        self.name, self.port = name, free_port()
        self._folder, self._config, self._more = folder / name, config, more
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it unless it runs, and wait for its answer. Raises TimeoutError."""
        if self.runs:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._folder / "conf"
        if not file.exists():
            file.write_text(self._config.format(port=self.port, folder=self._folder))
        self._process = await asyncio.create_subprocess_exec(
            embedded.binary(),
            str(file),
            *self._more,
            stdin=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        await _until(self._answers)

    async def _answers(self) -> bool:
        async with self.client() as client:
            return bool(await client.ping())

    def client(self) -> Redis:
        return Redis(
            host=HOME,
            port=self.port,
            decode_responses=True,
            socket_timeout=ANSWERS_WITHIN,
            socket_connect_timeout=ANSWERS_WITHIN,
            retry=Retry(NoBackoff(), 0),
        )

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def kill(self) -> None:
        if self._process is not None and self.runs:
            self._process.send_signal(signal.SIGKILL)
            await self._process.wait()

    async def role(self) -> Role:
        if not self.runs:
            return Role(self.name, "")
        try:
            async with self.client() as client:
                told = await client.info("replication")
                locks: Any = await client.hgetall("{fisk}:locks") if told["role"] == "master" else None
        except RedisError:
            return Role(self.name, "")
        named = "master" if told["role"] == "master" else "replica"
        return Role(self.name, named, following_it(told), locks)


class RedisServers:
    """Three servers, one of them the master, and the sentinels that make another one master where it is lost."""

    def __init__(self, folder: Path) -> None:
        self.servers = [Server("redis-1", folder, COMMON + SERVER)]
        follows = f"replicaof {HOME} {self.servers[0].port}\n"
        self.servers += [Server(f"redis-{number}", folder, COMMON + SERVER + follows) for number in (2, 3)]
        config = COMMON + SENTINEL.replace("{master}", str(self.servers[0].port))
        self.sentinels = [Server(f"sentinel-{number}", folder, config, "--sentinel") for number in (1, 2, 3)]

    @property
    def url(self) -> str:
        """FISK_REDIS_URL."""
        places = ",".join(f"{HOME}:{sentinel.port}" for sentinel in self.sentinels)
        return f"redis+sentinel://{places}/{SERVICE}"

    async def start(self) -> None:
        """Raises TimeoutError where they do not find each other."""
        await self.come_back()
        await asyncio.gather(*(self._start_sentinel(sentinel) for sentinel in self.sentinels))
        await _until(self._know_each_other)

    async def _start_sentinel(self, sentinel: Server) -> None:
        await sentinel.start()
        async with sentinel.client() as client:
            await client.execute_command("SENTINEL", "DEBUG", *QUICKLY)  # type: ignore[no-untyped-call]

    async def stop(self) -> None:
        await asyncio.gather(*(server.kill() for server in (*self.sentinels, *self.servers)))

    async def go_down(self) -> None:
        """Kill every server; the sentinels go on."""
        await asyncio.gather(*(server.kill() for server in self.servers))

    async def come_back(self) -> None:
        """Start what does not run, and wait until there is a master that both others follow."""
        await asyncio.gather(*(server.start() for server in self.servers))
        await _until(self._replicated)

    async def kill_master(self) -> str:
        """Kill the master and return its name; empty where there is none."""
        master = next((each.name for each in await self.roles() if each.role == "master"), "")
        await asyncio.gather(*(server.kill() for server in self.servers if server.name == master))
        return master

    @property
    def all_down(self) -> bool:
        return not any(server.runs for server in self.servers)

    @property
    def one_down(self) -> bool:
        """Whether some are lost and others run."""
        return not self.all_down and not all(server.runs for server in self.servers)

    async def roles(self) -> list[Role]:
        return list(await asyncio.gather(*(server.role() for server in self.servers)))

    async def _replicated(self) -> bool:
        return any(
            each.role == "master" and each.replicas == len(self.servers) - 1 for each in await self.roles()
        )

    async def _know_each_other(self) -> bool:
        return all(await asyncio.gather(*(self._knows(sentinel) for sentinel in self.sentinels)))

    async def _knows(self, sentinel: Server) -> bool:
        async with sentinel.client() as client:
            told: Any = await client.sentinel_masters()
        return (told[SERVICE]["num-slaves"], told[SERVICE]["num-other-sentinels"]) == (2, 2)


async def _until(so: Callable[[], object]) -> None:
    """Look until it is so; a server that does not answer yet is none."""
    async with asyncio.timeout(UP_WITHIN):
        while True:
            with suppress(RedisError):
                if await so():  # type: ignore[misc]
                    return
            await asyncio.sleep(LOOK_EVERY)
