"""The whole sandbox: the world, Slack, and real bots as processes that are connected to both."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import socket
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

from pydantic import SecretStr

from deploy.core.seal import Seal
from deploy.notices.watch import MUTEX
from deploy.redis import embedded
from deploy.redis.connect import connect
from deploy.redis.mutex import Mutex
from sandbox import past
from sandbox.bot import Bot
from sandbox.slack import Control, Slack
from sandbox.story import ANA, IVO, MARKO, Built
from sandbox.terminal import CODE
from sandbox.world import World

if TYPE_CHECKING:
    from deploy.redis.connect import State
    from sandbox.redis_servers import RedisServers

# The bot looks often, since time in the story is short.
SETTINGS = {
    "FISK_POLL_SECONDS": "0.25",
    "FISK_HEALTHY_SECONDS": "1",
    "FISK_HEALTHY_WITHIN": "6",
    "FISK_DEPLOY_WITHIN": "60",
    "FISK_BUILD_WITHIN": "120",
    "FISK_DOCTOR_HOURS": "0",  # no scheduled rounds: users run it in the story
    "FISK_BUILDS_SECONDS": "1",
    "FISK_BUILDS_BUSY_SECONDS": "0.5",
    "FISK_BAKE_SECONDS": "0.5",
}
PEOPLE = {ANA.login: "U024BE7LH", MARKO.login: "U0MARKO01"}  # Ivo is unmapped on purpose
SANDBOX = "story"  # holds the mutex of the bots' search for builds until the story begins
LONGEST_WAIT = 365 * 86_400.0  # seconds
PUSH = "Push a commit to main"
APPROVALS, NO_APPROVALS = "Let others approve", "Let nobody approve"
PUSHES = (
    ("Remind customers of unpaid invoices", MARKO, ("lib/reminders/unpaid.ts",)),
    ("Sort invoices by their due date", ANA, ("app/invoices/list.tsx",)),
    ("Warn before the fiscal certificate expires", IVO, ("lib/fiscal/certificate.ts",)),
)


class Stage:
    """Starts and stops the whole sandbox. The story begins with the first action of a user.

    Args:
        folder: where the bot keeps its state; a temporary one by default.
        story: lines to try, shown beside the page.
        settings: further settings of the bot, which override the others.
        world: a world that differs from the default one.
        builds: which builds #deploys gets notices of, as in fisk.toml; by default none.
        webhooks: whether GitHub sends webhooks; without them the bot polls for builds.
        approvals: whether another person must approve what changes the app.
        announce: the channel's id that hears every outcome.
        past: whether fisk has a record of what it did before the story.
        redis: servers that keep the bots' memory, in place of the embedded one.

    Attributes:
        approvals: whether the bots know that another person must approve what changes the app.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        story: Sequence[tuple[str, str]] = (),
        settings: Mapping[str, str] | None = None,
        world: World | None = None,
        builds: str = "",
        webhooks: bool = True,
        approvals: bool = False,
        announce: str = "",
        past: bool = False,
        redis: RedisServers | None = None,
    ) -> None:
        self.redis = redis
        self._announce, self._past = announce, past
        self.approvals = self._approvals = approvals
        self._temporary = folder is None
        self.folder = folder or Path(tempfile.mkdtemp(prefix="fisk-"))
        self.world = world or World(waits=True, workers=True)
        controls = (
            Control("push", PUSH, self.push),
            self._approving(),
        )
        self.slack = Slack(story, controls if builds else (), self.begin)
        self._builds, self._webhooks = builds, webhooks
        self.settings = dict(settings or {})
        self.bots: list[Bot] = []
        self._pushes = itertools.cycle(PUSHES)
        self._waiting: State | None = None

    async def start(self, page: int | socket.socket = 0, *, bots: int = 1) -> None:
        """Start the world, Slack (its page on a port or a socket) and `bots` bots, and wait until they are ready."""
        if self.redis:
            await self.redis.start()
        await self.world.start()
        self.slack.page.ready.clear()
        await self.slack.start(page)
        self._configure()
        if self._builds and self.world.clock.stands:
            await self._keep_from_looking()
        await asyncio.gather(*(self.join() for _ in range(bots)))
        self.slack.page.ready.set()
        if self._builds and self._webhooks:
            await self.world.webhooks.start(f"{self.bots[0].url}/github/webhook")

    def _configure(self) -> None:
        config = self.world.config_toml(approvals=self._approvals)
        (self.folder / "fisk.toml").write_text(config + self._channels())

    def _approving(self) -> Control:
        return Control("approvals", APPROVALS, self.guard, on=lambda: self.approvals, undo=NO_APPROVALS)

    async def guard(self) -> str:
        """Turn the app's approvals on or off, as somebody who edits fisk.toml; return a message for the page."""
        self._approvals = not self._approvals
        self._configure()
        await asyncio.gather(*(bot.read_rules_again() for bot in self.bots if bot.lives))
        self.approvals = self._approvals
        if self.approvals:
            return "From now on another person approves what changes the app: switch to Marko and press."
        return "From now on nobody needs to approve what changes the app."

    async def _keep_from_looking(self) -> None:
        """Hold the polling mutex: builds seen before the story begins would have times that change with it."""
        self._waiting = await self._memory()
        await Mutex(self._waiting, SANDBOX).take(MUTEX, LONGEST_WAIT)

    async def begin(self) -> None:
        """Start the story, unless it has started, and let bots poll for builds."""
        begins = self.world.clock.stands
        self.world.begin()
        if begins and self._past:
            await self._remember()
        waiting, self._waiting = self._waiting, None
        if waiting:
            await Mutex(waiting, SANDBOX).give_back(MUTEX)
            await waiting.aclose()

    async def _remember(self) -> None:
        state = await self._memory()
        await past.remember(state, self.world.clock)
        await state.aclose()

    async def _memory(self) -> State:
        """The bots' own."""
        url, seal = self.redis.url if self.redis else "", Seal(SecretStr(self.world.key))
        return await connect(url, self.folder / "state", seal=seal)

    def _channels(self) -> str:
        """The tables `[channels]`, `[channels.builds]` and `[people]` of fisk.toml."""
        announce = f'\n[channels]\nannounce = "{self._announce}"\n' if self._announce else ""
        if not self._builds:
            return announce
        people = "".join(f'{login} = "{user}"\n' for login, user in PEOPLE.items())
        return f'{announce}\n[channels.builds]\nC0DEPLOYS = "{self._builds}"\n\n[people]\n{people}'

    async def push(self) -> str:
        """Push the next of PUSHES to main; return a message for the page."""
        await self.begin()
        title, author, files = next(self._pushes)
        commit = self.world.github.push(title, author=author, files=files, built=Built(minutes=6))
        return f"{author.name} pushed {commit.sha[:7]} to main."

    async def join(self, code: Path = CODE) -> Bot:
        """Start one more bot and wait until it is ready; `code`: where its version of fisk lies."""
        bot = Bot(self.environment(), self.folder, code)
        self.bots.append(bot)
        await bot.start()
        return bot

    def environment(self) -> dict[str, str]:
        """The settings of a bot, or of `fisk` in a terminal, for this sandbox."""
        return {
            **self.world.environment(),
            **self.slack.environment(),
            **SETTINGS,
            **({"FISK_REDIS_URL": self.redis.url} if self.redis else {}),
            "FISK_STATE": str(self.folder / "state"),
            "FISK_CONFIG": str(self.folder / "fisk.toml"),
            "FISK_LOG_LEVEL": "info",
            **self.settings,
        }

    async def stop(self) -> None:
        """Stop the bots with SIGTERM, then the rest; remove a temporary folder."""
        await asyncio.gather(*(bot.stop() for bot in self.bots))
        if self._waiting:
            await self._waiting.aclose()
        await asyncio.to_thread(embedded.Server(self.folder / "state").end)
        await self.slack.stop()
        await self.world.stop()
        if self.redis:
            await self.redis.stop()
        if self._temporary:
            shutil.rmtree(self.folder, ignore_errors=True)

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
