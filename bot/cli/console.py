"""Runs a line from the terminal: by a running bot, or in this process if there is none."""

from __future__ import annotations

import asyncio
import os
import pwd
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.app import log as logs
from bot.app.load import load, require_platform
from bot.app.wiring import Parts, opened
from bot.cli.as_json import as_json
from bot.cli.follow import End, Follower
from bot.cli.main import (
    DONE,
    FAILED,
    REFUSED,
    Options,
    beyond_hint,
    listed,
    show,
    show_error,
    show_json,
    warn,
)
from bot.cli.views import View, at_terminal
from bot.cli.watch import Watcher
from bot.words.format import TERMINAL
from bot.words.texts import reply_text
from commands import grammar
from commands.dispatch import dispatch
from commands.grammar.history import ShowOperation
from commands.history import Cancelling, OperationStory, UnderWay
from commands.reply import AskFirst, Reply, Started, StartedAll
from commands.request import Request
from deploy.core.errors import FiskError, Internal
from deploy.core.log import logger
from deploy.core.model import Actor, Operation, Origin

if TYPE_CHECKING:
    from bot.app.settings import Settings
    from commands.grammar import Invocation
    from deploy.core.outcomes import Status

STATUS = {"done": DONE, "failed": FAILED, "cancelled": FAILED, "refused": REFUSED}

LOGIN_UID = Path("/proc/self/loginuid")
NOT_LOGGED_IN = 2**32 - 1

log = logger()


def perform(invocation: Invocation, line: str, options: Options) -> int:
    """Run a line; return its exit status."""
    return _run(lambda console: console.do(invocation, line), line, options)


def watch(options: Options) -> int:
    """Follow all that is under way; return the exit status."""
    return _run(Console.watch, "watch", options)


def _run(work: Callable[[Console], Awaitable[int]], line: str, options: Options) -> int:
    settings = load()
    require_platform(settings)  # in a folder without fisk's settings no command can do anything
    logs.configure("error")
    return asyncio.run(_perform(settings, work, line, options))


async def _perform(
    settings: Settings, work: Callable[[Console], Awaitable[int]], line: str, options: Options
) -> int:
    try:
        async with opened(settings) as parts:
            return await work(Console(parts, options))
    except FiskError as error:
        return show_error(error, options)
    except Exception as error:
        log.exception("a line failed", line=line)
        return show_error(Internal(kind=type(error).__name__), options)


def who() -> Actor:
    """Whoever logged in, by the operating system."""
    number = _logged_in()
    try:
        user = pwd.getpwuid(number).pw_name
    except KeyError:
        user = str(number)  # as in a container whose uid has no passwd entry
    return Actor(f"cli:{user}", user)


def _logged_in() -> int:
    """The uid of the login session, which stays the same under `su` and `sudo`; without a session the own one.

    `SUDO_UID` counts for root alone: anybody can set a variable, and root could do worse.
    """
    try:
        session = int(LOGIN_UID.read_text())
    except (OSError, ValueError):
        session = NOT_LOGGED_IN
    if session != NOT_LOGGED_IN:
        return session
    asked_by = os.environ.get("SUDO_UID", "")
    return int(asked_by) if os.getuid() == 0 and asked_by.isdecimal() else os.getuid()


class Console:
    """One line at a terminal."""

    def __init__(self, parts: Parts, options: Options) -> None:
        self._parts = parts
        self._options = options

    async def do(self, invocation: Invocation, line: str) -> int:
        """Dispatch a line, show its reply, and wait for the operations that it began. Raises FiskError."""
        request = Request(invocation, line, who(), _here())
        reply = await dispatch(request, self._parts.submitting())
        match reply:
            case Started(operation=operation):
                return STATUS[await self._follow(operation)]
            case StartedAll():
                return await self._follow_all(reply)
            case Cancelling():
                return await self._follow_cancelled(reply)
            case AskFirst():
                return await self._ask(reply)
            case OperationStory() if isinstance(invocation, ShowOperation) and invocation.follow:
                return await self._look_on(reply)
        self._show(reply)
        return REFUSED if reply.refused else FAILED if reply.failed else DONE

    async def _ask(self, reply: AskFirst) -> int:
        text, offers = reply_text(reply, TERMINAL)
        warn(text)
        if self._options.yes or await _agreed(reply.offer.label):
            return await self.do(grammar.again(reply.offer.command), reply.offer.command)
        if self._options.as_json:
            show_json(as_json(reply))
        warn(f"Nothing was done. --yes answers with yes.\n{listed(offers)}")
        return REFUSED

    def _show(self, reply: Reply) -> None:
        if self._options.as_json:
            show_json(as_json(reply))
            return
        text, offers = reply_text(reply, TERMINAL)
        show("\n".join(part for part in (text, listed(offers)) if part))

    # --- looking on

    async def watch(self) -> int:
        """Follow all that is under way, until Ctrl-C. Raises FiskError where somebody may not look."""
        request = Request(grammar.parse("op"), "watch", who(), _here())
        seen = await dispatch(request, self._parts.world)
        nothing = isinstance(seen, UnderWay) and not seen.running
        beside = reply_text(seen, TERMINAL)[0] if nothing else ""
        await Watcher(self._parts.world.memory.journal, self._options, several=True).all(beside)
        return DONE

    async def _look_on(self, story: OperationStory) -> int:
        """Follow an operation to its end; the exit status is its own."""
        outcome = story.snapshot.outcome
        if outcome:
            self._show(story)
        else:
            watcher = Watcher(self._parts.world.memory.journal, self._options)
            outcome = await watcher.one(story.snapshot.operation)
        return STATUS[outcome.status] if outcome else FAILED

    # --- waiting for operations

    async def _follow(self, operation: Operation) -> Status:
        """Wait for an operation and show its outcome; return its status."""
        (end,) = await self._follow_each((operation,))
        if self._options.as_json:
            show_json(_as_json(end))
        return end.outcome.status if end.outcome else "failed"

    async def _follow_all(self, reply: StartedAll) -> int:
        """Wait for all operations; return their exit status if they share one, FAILED otherwise."""
        if not self._options.as_json:
            for failure in reply.not_begun:
                beyond = listed(beyond_hint(failure))
                warn("\n".join(part for part in (TERMINAL.failure(failure), beyond) if part))
        ends = await self._follow_each(reply.operations)
        if self._options.as_json:
            not_begun = [as_json(failure) for failure in reply.not_begun]
            show_json({"operations": [_as_json(end) for end in ends], "not_begun": not_begun})
        fared = {STATUS[end.outcome.status] if end.outcome else FAILED for end in ends}
        fared |= {REFUSED for _ in reply.not_begun}
        return fared.pop() if len(fared) == 1 else FAILED

    async def _follow_cancelled(self, reply: Cancelling) -> int:
        """Wait for an operation that is being cancelled: without a bot, this process must stop it."""
        if not self._options.as_json:
            show(reply_text(reply, TERMINAL)[0])
        return DONE if await self._follow(reply.snapshot.operation) == "cancelled" else FAILED

    async def _follow_each(self, operations: tuple[Operation, ...]) -> list[End]:
        async with View() if self._options.as_json else at_terminal() as view:
            follower = Follower(self._parts, who(), view, operations)
            return [await follower.end_of(operation) for operation in operations]


def _here() -> Origin:
    return Origin("terminal", channel=socket.gethostname())


def _as_json(end: End) -> dict[str, Any]:
    """An end as JSON tells it; where the terminal has left, nobody knows it yet."""
    return {
        "operation": end.operation.id,
        "status": end.outcome.status if end.outcome else "left",
        "outcome": as_json(end.outcome),
    }


async def _agreed(label: str) -> bool:
    """Ask at the terminal; False without one."""
    if sys.stdin is None or not sys.stdin.isatty():
        return False
    sys.stderr.write(f"{label}? [y/N] ")
    sys.stderr.flush()
    return (await _typed()).strip().lower() in {"y", "yes"}


async def _typed() -> str:
    """A line from standard input; unlike with input(), the wait can be cancelled."""
    loop, typed = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(sys.stdin, typed.set)
    try:
        await typed.wait()
    finally:
        loop.remove_reader(sys.stdin)
    return sys.stdin.readline()
