"""Debian's redis-server as a master with two replicas, and three redis-sentinels that guard them."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from sandbox.serving import free_port
from tests.waiting import until

HOME = "127.0.0.1"
SERVICE = "fisk-memory"
SERVER = """
port {port}
bind {home}
dir {folder}
logfile {folder}/log
appendonly yes
repl-diskless-sync-delay 0
repl-ping-replica-period 1
"""
SENTINEL = """
port {port}
bind {home}
dir {folder}
logfile {folder}/log
sentinel monitor {service} {home} {master} 2
sentinel down-after-milliseconds {service} 1000
sentinel failover-timeout {service} 6000
"""


@dataclass(slots=True)
class Server:
    """One process, which can be stopped, killed and started again; its files stay."""

    program: str
    port: int
    folder: Path
    config: str
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self.folder.mkdir(exist_ok=True)
        file = self.folder / "conf"
        if not file.exists():  # a sentinel writes into its own
            file.write_text(self.config)
        self.process = await asyncio.create_subprocess_exec(f"/usr/bin/{self.program}", str(file))
        await until(self.answers)

    def send(self, number: signal.Signals) -> None:
        if self.process is None:
            raise RuntimeError("it does not run")
        self.process.send_signal(number)

    async def end(self, number: signal.Signals = signal.SIGKILL) -> None:
        if self.process is not None:
            with suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGCONT)
                self.process.send_signal(number)
            await self.process.wait()
            self.process = None

    async def answers(self) -> bool:
        with suppress(RedisError, OSError):
            return bool(await self.ask("PING"))
        return False

    async def ask(self, *command: Any) -> Any:
        async with Redis(host=HOME, port=self.port, decode_responses=True, protocol=2) as redis:
            return await redis.execute_command(*command)  # type: ignore[no-untyped-call]


@dataclass(slots=True)
class Replicated:
    servers: list[Server] = field(default_factory=list)
    sentinels: list[Server] = field(default_factory=list)

    @property
    def url(self) -> str:
        places = ",".join(f"{HOME}:{sentinel.port}" for sentinel in self.sentinels)
        return f"redis+sentinel://{places}/{SERVICE}"

    async def master(self) -> Server:
        """The server that the last sentinel names."""
        _, port = await self.sentinels[-1].ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE)
        return next(server for server in self.servers if server.port == int(port))

    async def replicas(self) -> list[Server]:
        master = await self.master()
        return [server for server in self.servers if server is not master]

    async def fail_over(self) -> None:
        """As planned, by a sentinel's own command; returns once all sentinels name another master."""
        before = await self.master()
        await self.sentinels[0].ask("SENTINEL", "FAILOVER", SERVICE)
        await self.until_not(before)

    async def until_not(self, before: Server) -> None:
        async def all_moved() -> bool:
            told = [await s.ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE) for s in self.sentinels]
            return all(int(port) != before.port for _, port in told)

        await until(all_moved)

    async def settled(self) -> bool:
        """Whether every sentinel sees two replicas, and two other sentinels."""
        for sentinel in self.sentinels:
            told = await sentinel.ask("SENTINEL MASTER", SERVICE)
            if (int(told["num-slaves"]), int(told["num-other-sentinels"])) != (2, 2):
                return False
        return True


@asynccontextmanager
async def replicated(folder: Path) -> AsyncIterator[Replicated]:
    """All six run, on ports of their own, with their files in `folder`."""
    found = Replicated()
    master = free_port()
    for number, port in enumerate((master, free_port(), free_port())):
        config = SERVER.format(port=port, home=HOME, folder=folder / f"server-{number}")
        config += f"replicaof {HOME} {master}\n" if number else ""
        found.servers.append(Server("redis-server", port, folder / f"server-{number}", config))
    for number in range(3):
        port, place = free_port(), folder / f"sentinel-{number}"
        config = SENTINEL.format(port=port, home=HOME, folder=place, service=SERVICE, master=master)
        found.sentinels.append(Server("redis-sentinel", port, place, config))
    async with AsyncExitStack() as stack:
        for server in (*found.servers, *found.sentinels):
            stack.push_async_callback(server.end)
            await server.start()
        await until(found.settled)
        yield found
