r"""A machine reached over ssh: a table of commands, and injected faults.

    machine.commands["date", "-u"] = answered_by(lambda words: Output("1764000000\n"))

The entry with the longest matching prefix handles a command; its handler gets the remaining words.
"""

from __future__ import annotations

import asyncio
import shlex
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sandbox.docker import Docker
from sandbox.network import Network
from sandbox.output import Commands, Handler, HungUp, Output, Reader
from sandbox.systemd import Systemd

__all__ = ["HungUp", "Machine", "Output", "answered_by"]

NOT_FOUND = 127


@dataclass(frozen=True, slots=True)
class Trouble:
    """A fault for one command: a delay, another output, another command instead, or a lost connection."""

    words: tuple[str, ...]
    output: Output | None
    delay: float
    instead: tuple[str, ...]
    hang_up: bool


def nobody(_words: tuple[str, ...]) -> None:
    """The default of `watch`."""


class Machine:
    """One machine. `received` has all commands without sudo, `lines` as they were sent.

    `watch` is called with each command before it runs. `readers` are commands that read their standard input.
    """

    def __init__(self, name: str, processor: str = "aarch64") -> None:
        self.name = name
        self.network = Network()
        self.docker = Docker(self.network)
        self.systemd = Systemd()
        self.received: list[tuple[str, ...]] = []
        self.watch: Callable[[tuple[str, ...]], None] = nobody
        self.lines: list[str] = []
        self.processor = processor
        self.delay = 0.0  # seconds added to every command
        self.cut = False  # whether every connection is lost in the middle of its command
        self.full = (61, 12)  # percent of the disk and of its inodes that are in use
        self.ahead = 0.0  # seconds by which its clock is ahead
        self.commands: Commands = {
            **self.docker.commands(),
            **self.network.commands(),
            **self.systemd.commands(),
            ("df", "--output=pcent,ipcent"): answered_by(self._df),
            ("date",): answered_by(self._date),
            ("-l",): answered_by(lambda words: Output(f"/usr/bin/{shlex.join(words)}\n")),  # of sudo: it may
            ("uname", "-m"): answered_by(lambda _: Output(f"{self.processor}\n")),
        }
        self.readers: dict[tuple[str, ...], Reader] = {}
        self._troubles: list[Trouble] = []

    def trouble(
        self,
        line: str,
        output: Output | None = None,
        *,
        delay: float = 0,
        instead: str = "",
        hang_up: bool = False,
    ) -> None:
        """Inject a fault into the next command with this prefix; `instead` runs another command in its place."""
        words = tuple(shlex.split(line))
        self._troubles.append(Trouble(words, output, delay, tuple(shlex.split(instead)), hang_up))

    async def run(self, argv: Sequence[str], heard: str = "") -> Output:
        """Run a command, which reads `heard` on its standard input. Raises HungUp if the connection is lost."""
        words = tuple(argv[2:] if tuple(argv[:2]) == ("sudo", "-n") else argv)
        self.received.append(words)
        self.watch(words)
        if self.cut:
            raise HungUp
        if self.delay:
            await asyncio.sleep(self.delay)
        if trouble := self._troubled(words):
            await asyncio.sleep(trouble.delay)
            instead = await self.answer(trouble.instead) if trouble.instead else trouble.output
            if trouble.hang_up:
                raise HungUp
            if instead:
                return instead
        return await self.answer(words, heard)

    def reads(self, argv: Sequence[str]) -> bool:
        """Whether a command reads its standard input, and so waits for the end of it."""
        return any(tuple(argv[: len(words)]) == words for words in self.readers)

    async def answer(self, words: tuple[str, ...], heard: str = "") -> Output:
        """What a command does once it is there, without faults."""
        for length in range(len(words), 0, -1):
            if reader := self.readers.get(words[:length]):
                return await reader(words[length:], heard)
        for length in range(len(words), 0, -1):
            if handler := self.commands.get(words[:length]):
                return await handler(words[length:])
        return Output("", f"bash: line 1: {words[0]}: command not found\n", NOT_FOUND)

    def asked(self, line: str) -> int:
        """The number of received commands with this prefix."""
        words = tuple(shlex.split(line))
        return sum(received[: len(words)] == words for received in self.received)

    def _troubled(self, words: tuple[str, ...]) -> Trouble | None:
        for trouble in self._troubles:
            if words[: len(trouble.words)] == trouble.words:
                self._troubles.remove(trouble)
                return trouble
        return None

    def _df(self, _words: Sequence[str]) -> Output:
        return Output("Use% IUse%\n" + f"{self.full[0]:3}%  {self.full[1]:3}%\n")

    def _date(self, _words: Sequence[str]) -> Output:
        return Output(f"{time.time() + self.ahead:.0f}\n")

    async def stop(self) -> None:
        await self.docker.shut_down()


def answered_by(answer: Callable[[Sequence[str]], Output]) -> Handler:
    """A handler of a plain function."""

    async def handler(words: Sequence[str]) -> Output:
        return answer(words)

    return handler
