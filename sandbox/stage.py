"""The whole play: the world, Slack, and a real bot in a process of its own that believes in both."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Self

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from sandbox.slack import Slack
from sandbox.world import World

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

READY_WITHIN = 30.0  # seconds
LOOK_EVERY = 0.05
# The bot looks often, since time in the story is short.
PACE = {
    "FISK_POLL_SECONDS": "0.25",
    "FISK_HEALTHY_SECONDS": "1",
    "FISK_HEALTHY_WITHIN": "6",
    "FISK_DEPLOY_WITHIN": "60",
    "FISK_BUILD_WITHIN": "120",
}


class Stage:
    """Puts the play on.

    Args:
        folder: where the bot keeps its state; a temporary one by default.
        story: lines to try, shown beside the page.
        settings: further settings of the bot, which win.
        world: the world, where it is to behave otherwise than the story tells.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        story: Sequence[tuple[str, str]] = (),
        settings: Mapping[str, str] | None = None,
        world: World | None = None,
    ) -> None:
        self._temporary = folder is None
        self.folder = folder or Path(tempfile.mkdtemp(prefix="fisk-"))
        self.world = world or World()
        self.slack = Slack(story)
        self.settings = dict(settings or {})
        self.bots: list[Bot] = []

    async def start(self, port: int = 0, *, bots: int = 1) -> None:
        """Start the world and Slack (its page on `port`), then so many bots, and wait until they are ready."""
        await self.world.start()
        await self.slack.start(port)
        (self.folder / "fisk.toml").write_text(self.world.config_toml())
        await asyncio.gather(*(self.join() for _ in range(bots)))

    async def join(self) -> Bot:
        """Start one more bot, ready to be spoken to."""
        bot = Bot(self.environment(), self.folder)
        self.bots.append(bot)
        await bot.start()
        return bot

    def environment(self) -> dict[str, str]:
        """The settings of a bot, or of `fisk` in a terminal, for this stage."""
        return {
            **self.world.environment(),
            **self.slack.environment(),
            **PACE,
            "FISK_STATE": str(self.folder / "state"),
            "FISK_CONFIG": str(self.folder / "fisk.toml"),
            "FISK_LOG_LEVEL": "info",
            **self.settings,
        }

    async def stop(self) -> None:
        """End the bots gently, then the rest; a temporary folder goes too."""
        await asyncio.gather(*(bot.stop() for bot in self.bots))
        await self.slack.stop()
        await self.world.stop()
        if self._temporary:
            shutil.rmtree(self.folder, ignore_errors=True)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()


class Bot:
    """`fisk run` as a process."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        self._environment = {**_outside(), **environment, "FISK_BIND": self.url.removeprefix("http://")}
        self._folder = folder
        self.log = folder / f"bot-{self.url.rpartition(':')[2]}.log"
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Raises RuntimeError, with its log, where it does not become ready."""
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "run", cwd=self._folder, env=self._environment, stderr=log
            )
        await self._ready(self.process)

    async def _ready(self, process: asyncio.subprocess.Process) -> None:
        async with aiohttp.ClientSession() as session, asyncio.timeout(READY_WITHIN):
            while process.returncode is None:
                try:
                    async with session.get(f"{self.url}/readyz") as answer:
                        if answer.status == 200:  # noqa: PLR2004 (ready is what this status means)
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(LOOK_EVERY)
        raise RuntimeError(f"the bot ended with {process.returncode}:\n{self.log.read_text()}")

    async def count(self, metric: str, label: str) -> Counter[str]:
        """A counter of the bot's, by the values of one of its labels."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}/metrics") as answer:
            families = text_string_to_metric_families(await answer.text())
        samples = [
            sample for family in families for sample in family.samples if sample.name == f"{metric}_total"
        ]
        counts: Counter[str] = Counter()
        for sample in samples:
            counts[sample.labels[label]] += int(sample.value)
        return counts

    def signal(self, number: signal.Signals) -> None:
        if self.process and self.process.returncode is None:
            self.process.send_signal(number)

    async def kill(self) -> None:
        """As a power cut would."""
        self.signal(signal.SIGKILL)
        await self._gone()

    async def stop(self) -> None:
        """As systemd would."""
        self.signal(signal.SIGTERM)
        await self._gone()

    async def _gone(self) -> None:
        if self.process:
            await self.process.wait()


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _outside() -> dict[str, str]:
    """The environment without fisk's own settings: the story must not meet somebody's production."""
    root = str(Path(__file__).resolve().parent.parent)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FISK_")}
    return {**kept, "PYTHONPATH": root}
