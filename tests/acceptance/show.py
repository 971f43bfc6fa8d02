"""The whole bot as a process with short intervals, and helpers for what users do and see."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from bot.slack.messages import TS
from deploy.core.reference import configured
from deploy.core.seal import Seal
from deploy.engine.journal import Journal
from deploy.engine.outbox import Outbox
from deploy.kinds import KINDS
from deploy.redis.connect import connect
from sandbox import story
from sandbox.stage import Stage
from sandbox.world import World
from tests.gate import stray
from tests.long_names import long_names
from tests.waiting import until

if TYPE_CHECKING:
    from sandbox.bot import Bot
    from sandbox.slack.message import Message
    from sandbox.slack.receipt import Receipt

ROOT = Path(__file__).resolve().parents[2]
CHANNEL = "#deploys"
TIMEOUTS = {
    "FISK_POLL_SECONDS": "0.05",
    "FISK_HEALTHY_SECONDS": "0.2",
    "FISK_HEALTHY_WITHIN": "5",
    "FISK_LEASE_SECONDS": "1",
    "FISK_LOG_LEVEL": "debug",
}
WITHIN = 20.0  # seconds for whatever is waited for


@dataclass(frozen=True, slots=True)
class Ended:
    """A command in a terminal, when it was over."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Show(Stage):
    """A stage with people around it. Time stands still in the story; a deployment takes `deploy_seconds`."""

    def __init__(
        self,
        *,
        deploy_seconds: float = 0.5,
        builds: str = "",
        webhooks: bool = True,
        approvals: bool = False,
        announce: str = "",
        **settings: str,
    ) -> None:
        world = World(speed=0, workers=True, deploy_seconds=deploy_seconds)
        world.coolify.access.per_minute = 100_000
        super().__init__(
            settings={**TIMEOUTS, **settings},
            world=world,
            builds=builds,
            webhooks=webhooks,
            approvals=approvals,
            announce=announce,
        )
        self.slack.limits.enabled = False

    says_it = True  # whether all that was said is this version's

    async def stop(self) -> None:
        """End it all. What fisk sent to a machine is on the list for a locked key, and what it said can be read."""
        await super().stop()
        found = stray(self.world.hosts)
        assert found == [], found
        assert not self.says_it or long_names(self.slack) == []

    # --- what people do

    async def type(self, line: str, user: str = "ana", channel: str = CHANNEL) -> Receipt:
        """Type `/fisk LINE`; it was acknowledged in time."""
        receipt = await self.slack.command(user, channel, "/fisk", line)
        assert receipt.acked, receipt
        return receipt

    async def ask(self, line: str, user: str = "ana") -> str:
        """Type a line that only its author hears of, and read the answer."""
        return self.slack.reading(await self.asked(line, user))

    async def asked(self, line: str, user: str = "ana") -> Message:
        """Type a line, and wait for the message that answers it to its author alone."""
        async with self._told(user) as told:
            await self.type(line, user)
        return told[-1]

    async def press(self, message: Message, label: str, user: str = "ana") -> None:
        receipt = await self.slack.press(user, message, label)
        assert receipt.acked, receipt

    async def pressed(self, message: Message, label: str, user: str = "ana") -> Message:
        """Press a button, and wait for the message that answers it to whoever pressed it alone."""
        async with self._told(user) as told:
            await self.press(message, label, user)
        return told[-1]

    @asynccontextmanager
    async def _told(self, user: str) -> AsyncIterator[list[Message]]:
        """Collects what this person alone is told because of what is done within."""
        before = len(self.whispers(user))
        told: list[Message] = []
        yield told
        await self.until(lambda: len(self.whispers(user)) > before)
        told += self.whispers(user)[before:]

    async def terminal(self, *words: str, **environment: str) -> Ended:
        """Run `fisk …` as a person in a shell would."""
        process = await self.at_terminal(*words, **environment)
        async with asyncio.timeout(30):
            out, err = await process.communicate()
        assert process.returncode is not None
        return Ended(process.returncode, out.decode(), err.decode())

    async def at_terminal(self, *words: str, **environment: str) -> asyncio.subprocess.Process:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FISK_")}
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            *words,
            cwd=self.folder,
            env={**kept, "PYTHONPATH": str(ROOT), **self.environment(), **environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    # --- what people see

    def whispers(self, user: str) -> list[Message]:
        """What only this person sees."""
        who = self.slack.workspace.user(user).id
        return [message for message in self.slack.messages(CHANNEL, user) if message.visible_to == who]

    def posts(self) -> list[Message]:
        """What fisk said to everybody in the channel itself, oldest first."""
        return [
            message
            for message in self.slack.messages(CHANNEL)
            if message.is_by_app and not message.visible_to and not message.is_reply
        ]

    async def until(self, predicate: Callable[[], object]) -> None:
        await self.slack.until(lambda: bool(predicate()), WITHIN)

    async def said(self, text: str) -> Message:
        """Wait for a message with these words: the newest in the channel, else in a thread."""
        await self.until(lambda: self.slack.find(CHANNEL, text))
        found = [each for each in self.slack.messages(CHANNEL) if text in self.slack.reading(each)]
        return ([each for each in found if not each.is_reply] or found)[-1]

    # --- what is so

    @property
    def deploys(self) -> int:
        """How often Coolify was asked to deploy the app."""
        return self.world.coolify.apps["app"].deploys

    @property
    def runs(self) -> str:
        return self.world.coolify.running("app")[:7]

    @property
    def set_to(self) -> str:
        """The commit that is really in what the next deployment would run, or the tag."""
        app = self.world.coolify.apps["app"]
        reference = configured(app.image, app.tag)
        assert reference is not None
        shipped = self.world.registry.find(story.IMAGE, reference.of)
        return shipped.sha[:7] if shipped else reference.of

    async def noted(self) -> Message:
        """The first post, once the bot has written down where it is."""
        await self.until(self.posts)
        async with self.memory() as journal:

            async def noted() -> bool:
                return any(TS in each.marks for each in await journal.running())

            await until(noted)
        return self.posts()[0]

    async def runner(self) -> Bot:
        """The bot that runs the one operation that there is."""
        async with self.memory() as journal:
            (running,) = await journal.running()
        return next(bot for bot in self.bots if bot.process and f":{bot.process.pid}:" in running.runner)

    async def awake(self) -> None:
        """Each bot has answered a line that was typed only now."""
        for bot in self.bots:
            before = (await bot.count("fisk_lines", "outcome"))["ok"]
            async with asyncio.timeout(WITHIN):
                while (await bot.count("fisk_lines", "outcome"))["ok"] == before:
                    await self.ask("locks")

    async def memory_is_told(self) -> None:
        """Wait until nothing is left to be announced."""
        async with self.memory() as journal:
            outbox = Outbox(journal.state)
            await until(outbox.empty, WITHIN)

    @asynccontextmanager
    async def memory(self) -> AsyncIterator[Journal]:
        """The bot's own memory."""
        state = await connect("", self.folder / "state", seal=Seal(SecretStr(self.world.key)))
        try:
            yield Journal(state, KINDS)
        finally:
            await state.aclose()
