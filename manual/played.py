"""Scenes played with the real bot and the sandbox, written as one sees them."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import sys
import textwrap
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import singledispatchmethod
from typing import TYPE_CHECKING

from manual.project import ROOT
from manual.scenes import SCENES, BotDown, Pressed, Shell, Step, Typed
from sandbox.__main__ import CHANNEL, LineCounters
from sandbox.bot import LOOK_EVERY
from sandbox.slack.transcript import lines
from sandbox.stage import Stage
from sandbox.world import World

if TYPE_CHECKING:
    from sandbox.slack import Message
    from sandbox.slack.receipt import Receipt

WIDTH = 82  # columns that the site shows of a block at a desk
MOST = 24  # lines of a message; of a longer one the beginning and the end are shown
COOLIFYS = re.compile(r"(?:^ *… Coolify: .*\n)+", re.MULTILINE)  # which of its lines are seen, differs
LEFT_OUT = "  …\n"
FOLDER = "/opt/fiskai-workers"
WITHIN = 120.0  # seconds for one step
SETTINGS = {"FISK_POLL_SECONDS": "0.1", "FISK_HEALTHY_WITHIN": "3"}


async def played(deploy_seconds: float) -> dict[str, str]:
    """Each scene's transcript. A deployment takes `deploy_seconds`; all that is not under way stands still."""
    stage = Stage(world=World(speed=0, workers=True, deploy_seconds=deploy_seconds), settings=SETTINGS)
    async with stage:
        stage.world.coolify.access.per_minute = 100_000  # it polls ten times a second
        scenes = Scenes(stage)
        return {name: await scenes.play(steps) for name, steps in SCENES.items()}


class Scenes:
    """Plays one scene after the other in one story."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._own: list[tuple[float, str]] = []  # what is no message of Slack's, with its time

    async def play(self, steps: tuple[Step, ...]) -> str:
        """Raises TimeoutError, with what was said so far."""
        begun = time.time()
        self._own.clear()
        try:
            for step in steps:
                async with asyncio.timeout(WITHIN):
                    await self._do(step)
        except TimeoutError:
            raise TimeoutError(f"{steps}\n{self._written(begun)}") from None
        return self._written(begun)

    @singledispatchmethod
    async def _do(self, step: Step) -> None:
        raise TypeError(f"nobody knows how to do {step}")

    @_do.register
    async def _(self, step: Typed) -> None:
        text = step.line.replace("@ivo", "<@U0IVO0001>")
        self._tell(f"{step.user.title():<7}/fisk {step.line}")
        await self._answered(lambda: self._stage.slack.command(step.user, CHANNEL, "/fisk", text))

    @_do.register
    async def _(self, step: Pressed) -> None:
        message, label = self._button(step)
        self._tell(f"{step.user.title():<7}presses [{label}]")
        await self._answered(lambda: self._stage.slack.press(step.user, message, label))

    def _button(self, step: Pressed) -> tuple[Message, str]:
        """Raises LookupError where nobody sees such a button."""
        for message in reversed(self._stage.slack.messages(CHANNEL, step.user)):
            for label in message.buttons():
                if label.startswith(step.label):
                    return message, label
        raise LookupError(f"no button {step.label!r}: {self._stage.slack.transcript(CHANNEL, step.user)}")

    @_do.register
    async def _(self, step: Shell) -> None:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *shlex.split(step.line)),
            cwd=self._stage.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), **self._stage.environment(), **step.settings},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        out, _ = await process.communicate()
        self._tell(f"$ fisk {step.line}\n{COOLIFYS.sub(LEFT_OUT, out.decode().rstrip())}")

    @_do.register
    async def _(self, _step: BotDown) -> None:
        await self._stage.bots[0].kill()

    async def _answered(self, act: Callable[[], Awaitable[Receipt]]) -> None:
        """Do it again where no bot takes it, as people do; wait for the answer, and until all of it is told."""
        bot, before = self._stage.bots[0], self._said()
        seen = LineCounters(bot)
        await seen.begin()
        while not (await act()).acked:  # noqa: ASYNC110 (another process answers)
            await asyncio.sleep(LOOK_EVERY)
        fared = await seen.fared()
        while fared != "started" and self._said() == before:  # noqa: ASYNC110 (another process answers)
            await asyncio.sleep(LOOK_EVERY)
        await seen.status(fared)
        while not await bot.idle():  # noqa: ASYNC110 (another process answers)
            await asyncio.sleep(LOOK_EVERY)

    def _said(self) -> int:
        """How many messages there are of fisk's; an edit is no answer, since a press also takes its button away."""
        return sum(each.is_by_app for each in self._stage.slack.messages(CHANNEL))

    def _tell(self, text: str) -> None:
        self._own.append((time.time(), text))

    def _written(self, begun: float) -> str:
        """The workers' folder is called as on their host, and not as the sandbox's of this run."""
        said = [
            (float(each.ts), each) for each in self._stage.slack.messages(CHANNEL) if float(each.ts) > begun
        ]
        told = [(at, self._message(each)) for at, each in said if each.is_by_app and not each.is_reply]
        whole = "\n\n".join(text for _, text in sorted([*self._own, *told]))
        return _wrapped(whole.replace(str(self._stage.world.hosts.workers), FOLDER))

    def _message(self, message: Message) -> str:
        who = message.visible_to and self._stage.slack.workspace.users[message.visible_to].real_name
        first, *rest = _shown(lines(self._stage.slack.workspace, message))
        only = f"  (only {who} sees this)" if who else ""
        return "\n".join([f"fisk   {first}{only}", *(f"       {line}" for line in rest)])


def _shown(said: list[str]) -> list[str]:
    return said if len(said) <= MOST else [*said[:6], LEFT_OUT.rstrip(), *said[-9:]]


def _wrapped(text: str) -> str:
    return "\n".join(line for each in text.splitlines() for line in _lines(each))


def _lines(line: str) -> Iterator[str]:
    indent = " " * (len(line) - len(line.lstrip()) or (7 if line.startswith("fisk   ") else 2))
    yield from textwrap.wrap(
        line, WIDTH, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False
    ) or [""]
