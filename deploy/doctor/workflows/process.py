"""Reading workflow files in a process of its own: others write them, and a file may be made to take all time and
memory there is. It is started for one look, and ended with it; a file that ends it cannot be read, and the others
are read by the next one.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Self

from deploy.core.together import together
from deploy.core.values import dataclass
from deploy.doctor.workflows.model import Workflow
from deploy.redis import codec

MODULE = "deploy.doctor.workflows"
LONGEST = 4_000_000  # bytes of an answer
MOST_FILES = 50  # that workflow files use beside each other: each is a call to GitHub
MOST_ROUNDS = 12  # in which files name files; GitHub lets ten of them use each other


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may take: seconds of the processor, seconds by the clock, megabytes."""

    processor: float = 0.5
    clock: float = 1.0
    megabytes: int = 100


@dataclass(slots=True)
class _Ended(Exception):
    """The process is gone; `late`: it had not used its time, but was too late by the clock."""

    why: str
    late: bool = False


class Reading:
    """The process, for one look at one repository.

    Args:
        repository: as `owner/name`.
        branch: the one that is deployed from.
        limits: what each file may take.
    """

    def __init__(self, repository: str, branch: str, limits: Limits = Limits()) -> None:
        self._first = {
            "repository": repository,
            "branch": branch,
            "seconds": limits.processor,
            "megabytes": limits.megabytes,
        }
        self._limits = limits
        self._files: dict[str, str | None] = {}
        self._process: Process | None = None
        self._ready = False
        self._given: set[str] = set()  # the files that it has

    async def __aenter__(self) -> Self:
        """Start it, so that it is ready when the files are there."""
        self._process = await self._started()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._end()

    async def all(
        self, files: Mapping[str, str], fetch: Callable[[str], Awaitable[str | None]]
    ) -> tuple[Workflow, ...]:
        """Every file, in this order. `fetch` gives the text of another file of the repository that one of them uses,
        None where there is none.
        """
        self._files = dict(files)
        found: dict[str, Workflow] = {}
        left: Sequence[str] = tuple(files)
        may_ask = MOST_FILES
        for _ in range(MOST_ROUNDS):
            needs: dict[str, tuple[str, ...]] = {}
            for path in left:
                found[path], needs[path] = await self._one(path)
            wanted = dict.fromkeys(
                each for paths in needs.values() for each in paths if each not in self._files
            )
            if not wanted:
                break
            asked = list(wanted)[:may_ask]
            may_ask -= len(asked)
            texts = await together(*(fetch(path) for path in asked))
            self._files |= {**dict.fromkeys(wanted), **dict(zip(asked, texts, strict=True))}
            left = [path for path in left if needs[path]]
        return tuple(found[path] for path in files)

    async def _one(self, path: str) -> tuple[Workflow, tuple[str, ...]]:
        """A file, which a busy machine is given a second try for."""
        for again in (True, False):
            try:
                answer = await self._ask(await self._get_ready(), path)
                return codec.validate(Workflow, answer["workflow"]), tuple(answer["needs"])
            except _Ended as ended:
                await self._end()
                if not (ended.late and again):
                    self._files[path] = None
                    return Workflow(path, unread=ended.why), ()
        raise AssertionError

    async def _ask(self, process: Process, path: str) -> Any:
        try:
            async with asyncio.timeout(self._limits.clock):
                await self._send(process, {"files": self._new_files(), "read": path})
                return await self._answer(process)
        except TimeoutError:
            raise _Ended(f"reading it takes longer than {self._limits.clock:g} s", late=True) from None

    def _new_files(self) -> dict[str, str | None]:
        new = {path: text for path, text in self._files.items() if path not in self._given}
        self._given |= new.keys()
        return new

    # --- the process

    async def _started(self) -> Process:
        """Without the bot's environment, whose secrets are none of its business."""
        paths = os.pathsep.join(map(os.path.abspath, sys.path))  # whatever folder it is started in
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-S",  # its paths are known
            "-m",
            MODULE,
            stdin=PIPE,
            stdout=PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={"PYTHONPATH": paths},
            limit=LONGEST,
        )

    async def _get_ready(self) -> Process:
        """Let it run; that is no part of the time that a file may take."""
        if self._process is None:
            self._process = await self._started()
        if not self._ready:
            await self._send(self._process, self._first)
            self._ready = bool(await self._answer(self._process))
        return self._process

    async def _send(self, process: Process, message: Mapping[str, Any]) -> None:
        assert process.stdin  # noqa: S101 (a pipe was asked for)
        try:
            process.stdin.write(json.dumps(message).encode() + b"\n")
            await process.stdin.drain()
        except ConnectionError:
            raise await self._ended(process) from None

    async def _answer(self, process: Process) -> Any:
        assert process.stdout  # noqa: S101 (a pipe was asked for)
        try:
            line = await process.stdout.readline()
        except ValueError:
            raise _Ended("what it says is too long") from None
        if not line.endswith(b"\n"):
            raise await self._ended(process)
        return json.loads(line)

    async def _ended(self, process: Process) -> _Ended:
        """Why it ended by itself."""
        status = await process.wait()
        if status == -signal.SIGPROF:
            return _Ended(f"reading it takes longer than {self._limits.processor:g} s")
        return _Ended(f"reading it takes more than {self._limits.megabytes} MB, or ends the reader")

    async def _end(self) -> None:
        process, self._process, self._ready = self._process, None, False
        self._given = set()
        if process is None:
            return
        if process.returncode is None:
            process.kill()
        assert process.stdin  # noqa: S101 (a pipe was asked for)
        process.stdin.close()
        await process.communicate()
