"""One story after another at the same address: what `scripts/try` shows on its page."""

from __future__ import annotations

import asyncio
import shutil
import socket
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from sandbox import terminal
from sandbox.redis_servers import RedisServers
from sandbox.slack import Control
from sandbox.stage import Stage
from sandbox.tour import Tour
from sandbox.world import World

DEPLOY_SECONDS = 5.0  # so that one can see it, and stop it
START_OVER = "Start over"
CHANNEL = "C0DEPLOYS"
BACKLOG = 64  # requests that wait while a story is made anew


def told_world() -> World:
    """The world of a story that somebody watches."""
    return World(waits=True, workers=True, checks=True, deploy_seconds=DEPLOY_SECONDS)


class Stories:
    """A stage with its tour, and a fresh one in its place when somebody starts over.

    The socket stays open in between, so that the page waits instead of failing.

    Args:
        lines: further lines to try.
        world: makes the world of each story.
    """

    def __init__(
        self, lines: Sequence[tuple[str, str]] = (), world: Callable[[], World] = told_world
    ) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="fisk-"))
        self._lines, self._world = lines, world
        self._socket: socket.socket | None = None
        self._again = asyncio.Event()
        self._starting_over: asyncio.Task[None] | None = None

    async def start(self, port: int = 0) -> None:
        """Begin the first story; its page is at this port, 0 for any that is free."""
        self._socket = socket.create_server(("127.0.0.1", port), backlog=BACKLOG)
        try:
            await self._begin(self._socket)
        except BaseException:
            await self.stop()
            raise
        self._starting_over = asyncio.create_task(self._start_over_when_asked())

    async def _begin(self, at: socket.socket) -> None:
        story = self.folder / "story"
        story.mkdir()
        world = self._world()
        world.coolify.access.minute /= world.clock.speed  # what a bot may ask in one of the story's minutes
        self.stage = Stage(
            story,
            story=self._lines,
            world=world,
            builds="all",
            announce=CHANNEL,  # where what nobody typed is told
            past=True,
            redis=RedisServers(story),
            settings={"FISK_LINES_PER_MINUTE": "0"},  # one person types for all, and may be quick
        )
        self.tour = Tour(self.stage, Control("over", START_OVER, self.start_over))
        await self.stage.start(at.dup())
        terminal.install(self.folder, self.stage.environment(), self.stage.slack.url)
        self.tour.start()

    async def start_over(self) -> str:
        """Ask for a fresh story; the page is reloaded once it is there."""
        self._again.set()
        return "A fresh story begins in a few seconds."

    async def _start_over_when_asked(self) -> None:
        while await self._again.wait():
            self._again.clear()
            await self._end()
            assert self._socket  # noqa: S101 (it was opened by `start`)
            await self._begin(self._socket)

    async def _end(self) -> None:
        await self.tour.stop()
        await self.stage.stop()
        shutil.rmtree(self.folder / "story", ignore_errors=True)

    async def serve(self, stop: asyncio.Event) -> None:
        """Wait until it is to stop. Raises what keeps a fresh story from beginning."""
        assert self._starting_over  # noqa: S101 (likewise)
        stopping = asyncio.create_task(stop.wait())
        done, _ = await asyncio.wait({stopping, self._starting_over}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        for task in done:
            task.result()

    async def stop(self) -> None:
        if self._starting_over:
            self._starting_over.cancel()
            await asyncio.gather(self._starting_over, return_exceptions=True)
        await self._end()
        if self._socket:
            self._socket.close()
        shutil.rmtree(self.folder, ignore_errors=True)
