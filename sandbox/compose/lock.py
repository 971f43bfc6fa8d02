"""`flock FOLDER COMMAND…`, with the kernel's own lock, so that it is the one which fisk-compose takes."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from sandbox.output import HungUp, Output

NO_FOLDER = 66
OPTIONS = ("--nonblock", "--conflict-exit-code")


class Lock:
    """A command under the lock goes on when the connection is lost, and so does the lock, until the command ends.

    Args:
        run: runs a command.

    Attributes:
        lost: set once the connection is lost in the middle of the command that runs now.
    """

    def __init__(self, run: Callable[[tuple[str, ...]], Awaitable[Output]]) -> None:
        self.lost = asyncio.Event()
        self._run = run
        self._working: set[asyncio.Future[Output]] = set()

    async def __call__(self, words: Sequence[str]) -> Output:
        if tuple(words[:2]) != OPTIONS:
            return Output("", "flock: this one takes --nonblock and --conflict-exit-code\n", 1)
        status, folder, *command = words[2:]
        try:
            opened = os.open(folder, os.O_RDONLY)
        except OSError as error:
            return Output("", f"flock: cannot open lock file {folder}: {error.strerror}\n", NO_FOLDER)
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(opened)
            return Output(status=int(status))
        return await self._perform(opened, tuple(command))

    async def _perform(self, opened: int, command: tuple[str, ...]) -> Output:
        if command == ("true",):
            os.close(opened)
            return Output()
        work = asyncio.ensure_future(self._run(command))
        self._working.add(work)
        work.add_done_callback(lambda _: os.close(opened))
        return await self._heard(work)

    async def _heard(self, work: asyncio.Future[Output]) -> Output:
        """What the command says, unless the connection is lost before."""
        self.lost.clear()
        losing = asyncio.create_task(self.lost.wait())
        waited: set[asyncio.Future[Output] | asyncio.Task[bool]] = {work, losing}
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        if losing.done():
            raise HungUp
        losing.cancel()
        self._working.discard(work)
        return work.result()

    async def stop(self) -> None:
        """End what still works."""
        for work in self._working:
            work.cancel()
            with suppress(asyncio.CancelledError, HungUp):
                await work
        self._working.clear()
