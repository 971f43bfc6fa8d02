"""Redis as a run has it: one server, a master with replicas, or those with sentinels; a proxy before each."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from deploy.redis import embedded
from sandbox.ports import free_port
from tests.chaos.proxy import Proxy
from tests.waiting import until

HOME, SERVICE = "127.0.0.1", "fisk"
DEBIAN_SERVER, DEBIAN_SENTINEL = "/usr/bin/redis-server", "/usr/bin/redis-sentinel"
ANSWERS_WITHIN = 0.5  # seconds
UP_WITHIN = 20.0
QUICKLY = ("INFO-PERIOD", "500", "PUBLISH-PERIOD", "300", "ASK-PERIOD", "300", "SLAVE-RECONF-TIMEOUT", "2000")
COMMON = """
port {port}
bind 127.0.0.1
dir {folder}
logfile {folder}/log
pidfile {folder}/pid
daemonize no
"""
SERVER = COMMON + 'save ""\nappendonly yes\nappendfsync always\nmaxmemory-policy noeviction\n'
REPLICATED = """
replica-announce-ip 127.0.0.1
replica-announce-port {proxy}
min-replicas-to-write 1
min-replicas-max-lag 2
repl-ping-replica-period 1
repl-timeout 5
repl-diskless-sync-delay 0
"""
SENTINEL = """
sentinel announce-ip 127.0.0.1
sentinel announce-port {proxy}
sentinel monitor fisk 127.0.0.1 {master} 2
sentinel down-after-milliseconds fisk 700
sentinel failover-timeout fisk 3000
"""


@dataclass
class Server:
    """One process. `front` is the port that others know, `port` the one behind the proxy."""

    name: str
    folder: Path
    program: str
    config: str
    front: int = field(default_factory=free_port)
    port: int = field(default_factory=free_port)
    process: asyncio.subprocess.Process | None = None
    starting: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def ensure(self) -> None:
        """Start it unless it runs."""
        async with self.starting:
            if not self.runs:
                await self.start()

    async def start(self) -> None:
        """Start it, or start it again with the data and the configuration that it had; wait for its answer."""
        self.folder.mkdir(exist_ok=True)
        file = self.folder / "conf"
        if not file.exists():
            file.write_text(self.config.format(port=self.port, proxy=self.front, folder=self.folder))
        self.process = await asyncio.create_subprocess_exec(
            self.program, str(file), stdout=asyncio.subprocess.DEVNULL
        )
        await until(self._answers_or_ended, UP_WITHIN)
        if not self.runs:
            raise RuntimeError(f"{self.name} does not start:\n{(self.folder / 'log').read_text()[-1000:]}")

    async def _answers_or_ended(self) -> bool:
        return not self.runs or await asyncio.to_thread(self.answers)

    def answers(self) -> bool:
        with suppress(RedisError), self.client() as client:
            return bool(client.info("server"))
        return False

    def client(self) -> Redis:
        return Redis(
            HOME,
            self.port,
            decode_responses=True,
            socket_timeout=ANSWERS_WITHIN,
            socket_connect_timeout=ANSWERS_WITHIN,
            protocol=2,
            retry=Retry(NoBackoff(), 0),
        )

    @property
    def pid(self) -> int:
        return self.process.pid if self.process else 0

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.returncode is None

    def signal(self, number: signal.Signals) -> None:
        if self.process is not None and self.runs:
            self.process.send_signal(number)

    async def kill(self) -> None:
        self.signal(signal.SIGKILL)
        if self.process is not None:
            await self.process.wait()


class Servers:
    """All servers of one topology: `redis`, and the `sentinels` where there are any."""

    def __init__(self, topology: str, folder: Path, bots: Callable[[], Mapping[str, int]]) -> None:
        self._bots = bots
        single = topology == "single"
        program = embedded.binary() if single else DEBIAN_SERVER
        config = SERVER if single else SERVER + REPLICATED
        self.redis = [
            Server(f"redis{number}", folder / f"redis{number}", program, config)
            for number in range(1 if single else 3)
        ]
        sentinel = COMMON + SENTINEL.replace("{master}", str(self.redis[0].front))
        self.sentinels = [
            Server(f"sentinel{number}", folder / f"sentinel{number}", DEBIAN_SENTINEL, sentinel)
            for number in range(3 if topology == "sentinel" else 0)
        ]
        for replica in self.redis[1:]:
            replica.config += f"replicaof {HOME} {self.redis[0].front}\n"
        self.proxies = {
            server.name: Proxy(server.front, server.port, self.clients) for server in self.everything
        }

    @property
    def everything(self) -> list[Server]:
        return [*self.redis, *self.sentinels]

    @property
    def url(self) -> str:
        """FISK_REDIS_URL."""
        if not self.sentinels:
            return f"redis://{HOME}:{self.redis[0].front}"
        places = ",".join(f"{HOME}:{sentinel.front}" for sentinel in self.sentinels)
        return f"redis+sentinel://{places}/{SERVICE}"

    def clients(self) -> dict[str, int]:
        """The processes that connect to a server, by name."""
        return {**self._bots(), **{server.name: server.pid for server in self.everything if server.runs}}

    async def start(self) -> None:
        for proxy in self.proxies.values():
            await proxy.start()
        await asyncio.gather(*(server.start() for server in self.redis))
        await until(lambda: asyncio.to_thread(self._replicated), UP_WITHIN)
        await asyncio.gather(*(self._start_sentinel(sentinel) for sentinel in self.sentinels))
        await until(lambda: asyncio.to_thread(self._watched), UP_WITHIN)

    async def _start_sentinel(self, sentinel: Server) -> None:
        """They ask each other ten times as often as usual: a run is short."""
        await sentinel.start()
        with sentinel.client() as client:
            client.execute_command("SENTINEL", "DEBUG", *QUICKLY)

    async def stop(self) -> None:
        for server in self.everything:
            await server.kill()
        for proxy in self.proxies.values():
            await proxy.stop()

    async def heal(self) -> None:
        """Everything runs and reaches everything again, and there is one master that has its replicas."""
        for proxy in self.proxies.values():
            proxy.cut.clear()
            proxy.delays.clear()
        for server in self.everything:
            server.signal(signal.SIGCONT)
            await server.ensure()
        await until(lambda: asyncio.to_thread(self._replicated), UP_WITHIN * 2)

    def master(self) -> Server:
        """The server that the sentinels name, else the one that is no replica."""
        for sentinel in self.sentinels:
            with suppress(RedisError), sentinel.client() as client:
                address = client.execute_command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE)
                return next(server for server in self.redis if server.front == int(address[1]))
        return self.redis[0]

    def fail_over(self) -> None:
        """A planned failover. Where one is under way, or no replica is fit, there is none."""
        with suppress(RedisError), self.sentinels[0].client() as client:
            client.execute_command("SENTINEL", "FAILOVER", SERVICE)

    def _replicated(self) -> bool:
        with suppress(RedisError), self.master().client() as client:
            told = client.info("replication")
            online = [told[f"slave{number}"] for number in range(told["connected_slaves"])]
            return (
                bool(told["role"] == "master")
                and sum(slave["state"] == "online" for slave in online) == len(self.redis) - 1
            )
        return False

    def _watched(self) -> bool:
        """Whether each sentinel knows the replicas and the others."""
        for sentinel in self.sentinels:
            with sentinel.client() as client:
                (told,) = client.execute_command("SENTINEL", "MASTERS")
            known = dict(zip(told[::2], told[1::2], strict=True)) if isinstance(told, list) else told
            if (int(known["num-slaves"]), int(known["num-other-sentinels"])) != (2, 2):
                return False
        return True
