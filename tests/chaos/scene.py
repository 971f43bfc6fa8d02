"""Three bots as processes, each with a token of its own, the sandbox's stand-ins, and Redis behind proxies."""

from __future__ import annotations

import asyncio
import shutil
import signal
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from deploy.core.cancelling import end
from sandbox.bot import Bot
from sandbox.slack import Slack
from sandbox.stage import SETTINGS
from sandbox.story import ANA, Built
from sandbox.world import World
from tests.chaos.observer import Observer
from tests.chaos.plan import BOTS, Plan
from tests.chaos.servers import Servers
from tests.chaos.watch import Handled, Watch, WatchedFaults

SHORT = {
    "FISK_POLL_SECONDS": "0.05",
    "FISK_HEALTHY_SECONDS": "0.2",
    "FISK_HEALTHY_WITHIN": "3",
    "FISK_DEPLOY_WITHIN": "20",
    "FISK_DRAIN_SECONDS": "1",
    "FISK_LINES_PER_MINUTE": "0",
}
DEPLOY_SECONDS = 0.4
LONG_AGO = 86_400.0  # story seconds, in which all builds have ended
# Both targets get one commit: one after the other, or at once.
GROUPS = """
[groups.both]
targets = ["staging", "app"]

[groups.together]
targets = ["staging", "app"]
at_once = true
"""
TOLD = '\n[channels]\nannounce = "C0DEPLOYS"\n'  # what nobody typed, as a build that is followed
SPEED = 60.0  # a build of a minute takes a second
STARTS = 20  # times that a bot which ended is started again, as systemd would
START_PAUSE = 0.5


class Scene:
    """All parts of one run. The stand-ins live in this process, everything else in its own."""

    def __init__(self, plan: Plan, watch: Watch) -> None:
        self.plan, self.watch = plan, watch
        self.folder = Path(tempfile.mkdtemp(prefix="fisk-chaos-"))
        self.world = World(speed=SPEED, deploy_seconds=DEPLOY_SECONDS)
        self.world.coolify.access.per_minute = 100_000
        self.slack = Slack()
        self.slack.limits.enabled = False
        self.slack.faults = WatchedFaults(watch)
        self.servers = Servers(plan.topology, self.folder, self.pids)
        self.tokens = [self.world.coolify.access.issue() for _ in range(BOTS)]
        self.bots: list[Bot] = []
        self.names: dict[int, str] = {}  # of every process that a bot ever was
        self.observer = Observer(self.servers, watch, self.names)
        self._starting = [asyncio.Lock() for _ in range(BOTS)]
        self.commits: list[str] = []
        self.pushed = 0.0  # when the last one was in the run itself, in seconds since the epoch
        self.ended: list[float] = []  # when a bot did, in seconds since the epoch

    # --- start and end

    async def start(self) -> None:
        self._listen()
        await asyncio.gather(self.world.start(), self.slack.start(), self.servers.start())
        self._push_all()
        (self.folder / "fisk.toml").write_text(self.world.config_toml() + GROUPS + TOLD)
        self.bots = [Bot(self._environment(number), self.folder) for number in range(BOTS)]
        await asyncio.gather(*(self.begin(number) for number in range(BOTS)))
        self.observer.start()

    async def stop(self) -> None:
        await self.observer.stop()
        await asyncio.gather(*(bot.kill() for bot in self.bots))
        await self.slack.stop()
        await self.world.stop()
        await self.servers.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _listen(self) -> None:
        for system, stand_in in (("github", self.world.github), ("coolify", self.world.coolify)):
            stand_in.site.middlewares.insert(0, self.watch.outer(system))
            stand_in.site.middlewares.append(self.watch.inner(system))
        self.world.hosts.vps01.watch = self._command

    def _command(self, words: tuple[str, ...]) -> None:
        """A command arrived by ssh, and is about to run."""
        line = " ".join(words)
        self.watch.handled.append(Handled(self._now(), "ssh", "", line, "", "", 0))
        self.watch.at("ssh", line)

    def _now(self) -> float:
        return self.slack.workspace.now()

    def _push_all(self) -> None:
        """The commits of the run, built long ago."""
        for number in range(self.plan.commits):
            self._push(healthy=number not in self.plan.sick)
        self.world.clock.skip(LONG_AGO)

    def push(self) -> None:
        """One more, in the run itself."""
        self.pushed = time.time()
        self._push(healthy=True)

    def _push(self, *, healthy: bool) -> None:
        title, built = f"Change {len(self.commits)}", Built(minutes=1, healthy=healthy)
        self.commits.append(self.world.github.push(title, author=ANA, built=built).sha)

    def _environment(self, number: int) -> dict[str, str]:
        state = self.folder / f"state{number}"
        return {
            **self.world.environment(),
            **self.slack.environment(),
            **SETTINGS,
            **SHORT,
            "FISK_COOLIFY_TOKEN": self.tokens[number],
            "FISK_LEASE_SECONDS": str(self.plan.lease),
            "FISK_REDIS_URL": self.servers.url,
            "FISK_STATE": str(state),
            "FISK_CONFIG": str(self.folder / "fisk.toml"),
            "FISK_LOG_LEVEL": "debug",
        }

    # --- the bots

    def pids(self) -> dict[str, int]:
        """The processes of the bots that live, by name."""
        return {
            f"bot{number}": bot.process.pid
            for number, bot in enumerate(self.bots)
            if bot.process is not None and bot.process.returncode is None
        }

    async def begin(self, number: int) -> None:
        """Start a bot that does not live, again and again while it ends, as a service manager does."""
        async with self._starting[number]:
            for _ in range(STARTS):
                if f"bot{number}" in self.pids():
                    return
                with suppress(RuntimeError, TimeoutError):
                    await self._start(number)
                    return
                await self.bots[number].kill()
                await asyncio.sleep(START_PAUSE)

    async def _start(self, number: int) -> None:
        starting = asyncio.create_task(self.bots[number].start())
        try:
            while not starting.done():
                await asyncio.wait([starting], timeout=0.05)
                self.names.update({pid: name for name, pid in self.pids().items()})
        finally:
            await end([starting])
        starting.result()

    async def heal(self) -> None:
        """End all that faults have left: every process runs, and reaches every other."""
        self.slack.come_back()
        for bot in self.bots:
            bot.signal(signal.SIGCONT)
        await self.servers.heal()
        await asyncio.gather(*(self.begin(number) for number in range(BOTS)))
