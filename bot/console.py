"""A line from the terminal, done: by a running bot, or right here where there is none."""

from __future__ import annotations

import asyncio
import os
import pwd
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from bot import log as logs
from bot.settings import Settings, load
from bot.tasks import end
from bot.terminal import DONE, FAILED, REFUSED, Options, show_error
from bot.timeline import QUIET, Timeline
from bot.wiring import Parts, opened
from bot.wording import outcome as ended
from bot.wording.progress import step_line
from bot.wording.said import said
from bot.wording.voice import TERMINAL
from commands import grammar
from commands.dispatch import dispatch
from commands.replies import AskFirst, Reply, Started
from commands.request import Request
from deploy.errors import FiskError, Internal
from deploy.events import Event, Finished, Progress, StepFailed, StepFinished, TakenOver
from deploy.model import Actor, Operation, Origin

if TYPE_CHECKING:
    from commands.grammar import Invocation
    from deploy.outcomes import Outcome

CLAIMED_WITHIN = 1.0  # seconds in which a running bot takes an operation that was submitted
STATUS = {"done": DONE, "failed": FAILED, "cancelled": FAILED, "refused": REFUSED}


def perform(invocation: Invocation, line: str, options: Options) -> int:
    """Do what a line asks; its exit status."""
    settings = load()
    logs.configure("error")
    return asyncio.run(_perform(settings, invocation, line, options))


async def _perform(settings: Settings, invocation: Invocation, line: str, options: Options) -> int:
    try:
        async with opened(settings) as parts:
            return await Console(parts, options).do(invocation, line)
    except FiskError as error:
        return show_error(error, options)


def who() -> Actor:
    """The operating system's user, by number: the environment can be set to anything."""
    user = pwd.getpwuid(os.getuid()).pw_name
    return Actor(f"cli:{user}", user)


@dataclass(slots=True)
class _Watched:
    """An operation that is followed, and what was seen of it."""

    operation: Operation
    timeline: Timeline
    said: str = ""


class Console:
    """One line at a terminal."""

    def __init__(self, parts: Parts, options: Options) -> None:
        self._parts = parts
        self._options = options
        self._here: asyncio.Task[bool] | None = None
        self._interrupts = 0

    async def do(self, invocation: Invocation, line: str) -> int:
        """Dispatch a line and show its reply. Raises FiskError."""
        origin = Origin("terminal", channel=socket.gethostname())
        request = Request(invocation, line, who(), origin)
        reply = await dispatch(request, self._parts.submitting(), self._parts.settings.policy)
        if isinstance(reply, Started):
            return await self._follow(reply.operation)
        if isinstance(reply, AskFirst):
            return await self._ask(reply)
        self._show(reply)
        return REFUSED if reply.refused else FAILED if reply.failed else DONE

    async def _ask(self, reply: AskFirst) -> int:
        text, _ = said(reply, TERMINAL)
        sys.stderr.write(f"{text}\n")
        if not self._options.yes and not await _agreed(reply.offer.label):
            sys.stderr.write("Nothing was done. --yes answers with yes.\n")
            return REFUSED
        return await self.do(grammar.parse(reply.offer.command), reply.offer.command)

    def _show(self, reply: Reply) -> None:
        if self._options.as_json:
            sys.stdout.write(_json(reply) + "\n")
        else:
            sys.stdout.write(said(reply, TERMINAL)[0] + "\n")

    # --- following an operation

    async def _follow(self, operation: Operation) -> int:
        self._say(f"{operation.id}: {operation.arguments['line']}")
        self._listen_for_interrupts(operation)
        runner = asyncio.create_task(self._ensure_run(operation))
        try:
            outcome = await self._watch(_Watched(operation, Timeline()))
        finally:
            await self._settle(runner)
        if operation.kind == "wait" and outcome.status == "done":
            begun = await self._parts.world.journal.load(f"d{operation.id[1:]}")
            return await self._follow(begun.operation)
        return self._end(operation, outcome)

    async def _ensure_run(self, operation: Operation) -> None:
        """Leave it to a bot where one takes it; else run it here."""
        await asyncio.sleep(CLAIMED_WITHIN)
        if (await self._parts.world.journal.load(operation.id)).state == "waiting":
            self._say("No bot took it, so it runs here.")
            self._here = asyncio.create_task(self._parts.engine.run_one(operation.id))
            await self._here

    async def _settle(self, runner: asyncio.Task[None]) -> None:
        if self._here:
            await asyncio.wait({self._here})
        await end({runner})

    async def _watch(self, watched: _Watched) -> Outcome:
        async for _, event in self._parts.world.journal.follow(watched.operation.id):
            watched.timeline = watched.timeline.after(event)
            self._tell(watched, event)
        if watched.timeline.outcome is None:
            raise Internal(kind="an operation without an end")
        return watched.timeline.outcome

    def _tell(self, watched: _Watched, event: Event) -> None:
        match event:
            case Progress(text=text) if text != watched.said:
                watched.said = text
                self._say(f"  … {TERMINAL.say(text)}")
            case StepFinished(step=name) | StepFailed(step=name) if name not in QUIET:
                step = next(each for each in watched.timeline.steps if each.name == name)
                self._say(step_line(step, watched.timeline, TERMINAL))
            case TakenOver() if watched.timeline.runs > 1:
                self._say("Another runner took it over.")
            case Finished():
                watched.said = ""

    def _end(self, operation: Operation, outcome: Outcome) -> int:
        if self._options.as_json:
            told = {"operation": operation.id, "status": outcome.status, "outcome": _plain(outcome)}
            sys.stdout.write(_text(told) + "\n")
        else:
            sys.stdout.write(ended.told(outcome, operation, TERMINAL) + "\n")
            for offer in ended.offers(outcome, operation):
                sys.stdout.write(f"  {offer.label}: fisk {offer.command}\n")
        return STATUS[outcome.status]

    def _say(self, line: str) -> None:
        if not self._options.as_json:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()

    # --- being interrupted

    def _listen_for_interrupts(self, operation: Operation) -> None:
        loop = asyncio.get_running_loop()
        following = asyncio.current_task()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, lambda: loop.create_task(self._interrupted(operation, following)))

    async def _interrupted(self, operation: Operation, following: asyncio.Task[Any] | None) -> None:
        """Once: stop what runs here and put it back. Twice, or where a bot runs it: leave it alone and go."""
        self._interrupts += 1
        if self._here and self._interrupts == 1:
            self._say(
                "Stopping it and putting back what it changed; once more leaves it for a bot to finish."
            )
            with suppress(FiskError):
                await self._parts.world.journal.cancel(operation.id, who())
            return
        self._say(f"It goes on without this terminal: fisk op {operation.id}, fisk cancel {operation.id}")
        if self._here:
            await self._parts.engine.drain(0)
        if following:
            following.cancel()


async def _agreed(label: str) -> bool:
    """Whether somebody is there and says yes."""
    return sys.stdin.isatty() and await asyncio.to_thread(_confirmed, label)


def _confirmed(label: str) -> bool:
    return input(f"{label}? [y/N] ").strip().lower() in {"y", "yes"}


def _plain(value: Any) -> Any:
    return TypeAdapter(type(value)).dump_python(value, mode="json")


def _json(value: Any) -> str:
    return TypeAdapter(type(value)).dump_json(value).decode()


def _text(value: Any) -> str:
    return TypeAdapter(dict[str, Any]).dump_json(value).decode()
