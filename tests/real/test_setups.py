"""The set-ups of docs/operations.md, each as it is written there: its servers, `fisk check`, bots, a deploy."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cache, partial
from io import StringIO
from pathlib import Path

import pytest
from dotenv import dotenv_values

from tests.acceptance.show import CHANNEL, Show
from tests.certificates import Authority, authority, here
from tests.real.servers import running
from tests.waiting import until

pytestmark = pytest.mark.debian("redis-server", "redis-sentinel")
PAGE = Path("docs/operations.md")
FILE = re.compile(r"`(\S+)`[^`\n]*(?:`[^\n]*)?:\n\n((?:    .*\n)+)")
HERE = re.compile(r"(bind|announce-ip) 10\.0\.0\.11")
OWN = {"FISK_KEY", "FISK_STATE"}
HOSTS = (11, 12, 13)
TRIES = 5  # of a line, beside seven servers on a busy machine


@dataclass(frozen=True, slots=True)
class Setup:
    """A section of the page: each file's text, and the rest in between."""

    files: dict[str, str]
    text: str


@cache
def setup(title: str) -> Setup:
    (text,) = re.findall(rf"^### {title}\n(.*?)(?=^##)", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    files = {name: re.sub("^    ", "", block, flags=re.MULTILINE) for name, block in FILE.findall(text)}
    return Setup(files, text)


class Machines:
    """Addresses of this machine that stand for those of the page, with the certificates that they need."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.network = f"127.{random.randint(1, 250)}.{random.randint(1, 250)}."  # noqa: S311 (no secret)
        self.ours: Authority = authority(folder, "ours")

    def here(self, text: str, host: int = 11) -> str:
        """A text of the page with this machine's addresses and files, and the host's own where it has to be."""
        text = HERE.sub(rf"\g<1> 10.0.0.{host}", text).replace("10.0.0.", self.network)
        text = re.sub(r"/etc/\S+/(redis-)?ca\.pem", str(self.ours.file), text)
        return re.sub(r"/etc/redis/tls/redis\.\w+", str(self._certificate(host)), text)

    def _certificate(self, host: int) -> Path:
        file = self.folder / f"redis{host}.pem"
        return file if file.exists() else self.ours.certificate(file.stem, here(f"{self.network}{host}"))

    @asynccontextmanager
    async def run(self, program: str, text: str, host: int) -> AsyncIterator[asyncio.subprocess.Process]:
        """A server of that host with this configuration; its files are in a folder of the host's."""
        home = self.folder / str(host)
        home.mkdir(exist_ok=True)
        lines = self.here(text, host).replace("dir /var/lib/redis\n", "").splitlines()
        async with running(program, home, 6379, *lines) as process:
            yield process


def settings(found: Setup, machines: Machines) -> dict[str, str]:
    """Of a bot, but for those that the sandbox has of its own."""
    read = dotenv_values(stream=StringIO(machines.here(found.files[".env"])))
    return {name: value or "" for name, value in read.items() if name not in OWN}


@asynccontextmanager
async def sandbox(environment: dict[str, str]) -> AsyncIterator[Show]:
    """The systems around bots with these settings; none runs yet."""
    show = Show()
    show.settings |= environment
    try:
        await show.start(bots=0)
        yield show
    finally:
        await show.stop()


async def joined(show: Show, *, bots: int) -> None:
    await asyncio.gather(*(show.join() for _ in range(bots)))


async def memory(show: Show) -> str:
    """What `fisk check` says of it; empty where it cannot be used."""
    told = (await show.terminal("check")).out
    return next((line for line in told.splitlines() if "memory" in line), "")


async def deploys(show: Show, target: str) -> None:
    """Deploy there. A bot that got no processor for 2 s begins nothing, and says so: it is asked again."""
    done, asked = f"{target} runs 3f2a1b9: deployed", 0
    while not show.slack.find(CHANNEL, done):
        assert asked < TRIES, show.slack.transcript(CHANNEL)
        before = len(show.whispers("ana"))
        await show.type(f"deploy 3f2a1b9 --to {target}")
        asked += 1
        await show.until(partial(_told, show, done, before))


def _told(show: Show, done: str, before: int) -> bool:
    refused = any("Ask again" in show.slack.reading(each) for each in show.whispers("ana")[before:])
    return refused or bool(show.slack.find(CHANNEL, done))


async def test_one_bot(tmp_path: Path) -> None:
    found = setup("One bot")
    assert found.files == {".env": "FISK_STATE=/var/lib/fisk\n"}
    async with sandbox(settings(found, Machines(tmp_path))) as show:
        await joined(show, bots=1)
        assert await memory(show) == "✓ memory   answers; no replicas"
        await deploys(show, "app")


async def test_three_bots_on_one_redis(tmp_path: Path) -> None:
    machines, found = Machines(tmp_path), setup("Three bots on one Redis")
    async with (
        machines.run("redis-server", found.files["/etc/redis/redis.conf"], 11),
        sandbox(settings(found, machines)) as show,
    ):
        assert await memory(show) == "✓ memory   answers; no replicas"
        await joined(show, bots=3)
        await deploys(show, "app")


@asynccontextmanager
async def sentinels(machines: Machines, found: Setup) -> AsyncIterator[asyncio.subprocess.Process]:
    """All servers and sentinels of the page; yields the master."""
    (following,) = re.findall(r"`(replicaof [^`]+)`", found.text)
    server, sentinel = (found.files[f"/etc/redis/{name}.conf"] for name in ("redis", "sentinel"))
    async with AsyncExitStack() as stack:
        master, *_ = [
            await stack.enter_async_context(
                machines.run("redis-server", server + (f"{following}\n" if host != HOSTS[0] else ""), host)
            )
            for host in HOSTS
        ]
        for host in HOSTS:
            await stack.enter_async_context(machines.run("redis-sentinel", sentinel, host))
        yield master


@pytest.mark.timeout(240)  # seconds; seven servers, three bots, and a failover
async def test_three_bots_on_sentinel_lose_the_master(tmp_path: Path) -> None:
    machines, found = Machines(tmp_path), setup("Three bots on Sentinel")
    async with sentinels(machines, found) as master, sandbox(settings(found, machines)) as show:

        async def told(text: str) -> bool:
            return await memory(show) == text

        await until(partial(told, "✓ memory   answers; 2 replicas"), within=30)
        await joined(show, bots=3)
        await deploys(show, "app")
        master.kill()
        await until(partial(told, "✓ memory   answers; 1 replica"), within=60)
        await deploys(show, "staging")
