"""A real bot as a process."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from sandbox.ports import free_port
from sandbox.terminal import CODE, outside

READY_WITHIN = 60.0  # seconds, on a busy machine, too
LOOK_EVERY = 0.05
READ_AGAIN = "the rules were read again"  # in its log


class Bot:
    """`fisk run` as a process."""

    def __init__(self, environment: Mapping[str, str], folder: Path, code: Path = CODE) -> None:
        self.url, self.metrics_url = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
        self._environment = {
            **outside(),
            "PYTHONPATH": str(code),
            **environment,
            "FISK_BIND": self.url.removeprefix("http://"),
            "FISK_METRICS_BIND": self.metrics_url.removeprefix("http://"),
        }
        self._folder = folder
        self.log = folder / f"bot-{self.url.rpartition(':')[2]}.log"
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start and wait for readiness. Raises RuntimeError, with the log, if the process ends before."""
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "run", cwd=self._folder, env=self._environment, stderr=log
            )
        await self.ready()

    async def ready(self) -> None:
        """Wait for readiness. Raises RuntimeError, with the log, if the process has ended; TimeoutError."""
        async with aiohttp.ClientSession() as session, asyncio.timeout(READY_WITHIN):
            while self.lives:
                try:
                    async with session.get(f"{self.metrics_url}/readyz") as answer:
                        if answer.status == 200:  # noqa: PLR2004 (ready is what this status means)
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(LOOK_EVERY)
        ended = self.process.returncode if self.process else None
        raise RuntimeError(f"the bot ended with {ended}:\n{self.log.read_text()}")

    async def count(self, metric: str, label: str) -> Counter[str]:
        """A Prometheus counter of the bot, by the values of one label."""
        return await self._samples(f"{metric}_total", label)

    async def idle(self) -> bool:
        """Whether no line waits for its answer, and no message for being told, as far as its memory can be read."""
        return dict(await self._samples("fisk_queue_length", "queue")) == {"inbox": 0, "outbox": 0}

    async def _samples(self, name: str, label: str) -> Counter[str]:
        async with aiohttp.ClientSession() as session, session.get(f"{self.metrics_url}/metrics") as answer:
            families = text_string_to_metric_families(await answer.text())
        counts: Counter[str] = Counter()
        for sample in (each for family in families for each in family.samples if each.name == name):
            counts[sample.labels[label]] += int(sample.value)
        return counts

    @property
    def lives(self) -> bool:
        return self.process is not None and self.process.returncode is None

    async def read_rules_again(self) -> None:
        """Have it read fisk.toml, and wait until it has. Raises TimeoutError where it keeps the rules that it had."""
        before = self._times_read()
        self.signal(signal.SIGHUP)
        async with asyncio.timeout(READY_WITHIN):
            while True:
                if self._times_read() > before or not self.lives:
                    return
                await asyncio.sleep(LOOK_EVERY)

    def _times_read(self) -> int:
        return self.log.read_text().count(READ_AGAIN)

    def signal(self, number: signal.Signals) -> None:
        if self.process and self.lives:
            self.process.send_signal(number)

    async def kill(self) -> None:
        """Send SIGKILL and wait."""
        self.signal(signal.SIGKILL)
        await self._gone()

    async def stop(self) -> None:
        """Send SIGTERM, as systemd does, and wait."""
        self.signal(signal.SIGTERM)
        await self._gone()

    async def _gone(self) -> None:
        if self.process:
            await self.process.wait()
