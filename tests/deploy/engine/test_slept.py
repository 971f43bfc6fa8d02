"""A bot that was stopped (SIGSTOP) past its lease: another one acts, and what woke up sends nothing more."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deploy.core.outcomes import Completed
from sandbox.world import World
from tests.deploy.conftest import MakeEngine, an_operation, ended
from tests.deploy.engine.slept_story import TAKEN, Act, posting, restarting, story
from tests.deploy.machines import ssh_to
from tests.waiting import until

if TYPE_CHECKING:
    from deploy.core.model import Operation
    from deploy.engine.journal import Journal


class Server:
    """Notes each request that came whole. It reads nothing of the first one until `goes_on`."""

    def __init__(self) -> None:
        self.whole: list[str] = []
        self.goes_on = asyncio.Event()
        self.ended = asyncio.Event()
        self._first = True
        self.url = ""

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Server]:
        async with await asyncio.start_server(self._serve, "127.0.0.1", 0) as server:
            self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            yield self

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, self._first = self._first, False
        if first:
            await self.goes_on.wait()
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await self._answer(reader, writer)
        writer.close()
        if first:
            self.ended.set()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length: ")[2].split()[0])
        for _ in range(length // 2**16):
            await reader.readexactly(2**16)
        await reader.readexactly(length % 2**16)
        self.whole.append(head.split()[1].removeprefix(self.url))
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        await writer.drain()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server().open() as server:
        yield server


class Sleeper:
    """The process, its operation, and the bot that takes it over."""

    def __init__(self, valkey: str, folder: Path, journal: Journal, engines: MakeEngine) -> None:
        self._valkey, self._folder, self._journal, self._engines = valkey, folder, journal, engines

    @asynccontextmanager
    async def overtaken(self, way: str, point: str, act: Act, **variables: str) -> AsyncIterator[Operation]:
        """It stops at the point; within the block another one has finished the operation, and it is awake again."""
        process = self._start(way, point, variables)
        try:
            operation = an_operation()
            await self._journal.start(operation)
            await until(lambda: _is_stopped(process))
            await self._finished_by_another(operation, act)
            os.kill(process.pid, signal.SIGCONT)
            yield operation
        finally:
            process.kill()
            process.communicate()

    def _start(self, way: str, point: str, variables: dict[str, str]) -> subprocess.Popen[str]:
        module, given = "tests.deploy.engine.slept_story", [self._valkey, str(self._folder), way, point]
        command, surroundings = [sys.executable, "-m", module, *given], {**os.environ, **variables}
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=surroundings)
        assert process.stdout
        assert process.stdout.readline() == "working\n"
        return process

    async def _finished_by_another(self, operation: Operation, act: Act) -> None:
        engine = self._engines(story(act), runner="other")
        task = asyncio.create_task(engine.work())
        assert (await ended(self._journal, operation.id)).outcome == Completed()
        await engine.drain(0)
        await task

    async def next(self) -> Operation:
        """Another operation, which the one that woke up does to its end."""
        operation = an_operation()
        await self._journal.start(operation)
        assert (await ended(self._journal, operation.id)).outcome == Completed()
        return operation


def _is_stopped(process: subprocess.Popen[str]) -> bool:
    pid, status = os.waitpid(process.pid, os.WUNTRACED | os.WNOHANG)
    return pid != 0 and os.WIFSTOPPED(status)


@pytest.fixture
def sleeper(valkey_url: str, tmp_path: Path, journal: Journal, engines: MakeEngine) -> Sleeper:
    return Sleeper(valkey_url, tmp_path, journal, engines)


@pytest.mark.parametrize("behind_a_proxy", [False, True], ids=["directly", "by a proxy"])
@pytest.mark.parametrize("point", ["has connected", "looks at its right", TAKEN])
async def test_a_request_that_slept_never_arrives_whole(
    sleeper: Sleeper, server: Server, point: str, *, behind_a_proxy: bool
) -> None:
    url = "http://coolify.example" if behind_a_proxy else server.url
    proxy = {"HTTP_PROXY": server.url, "NO_PROXY": ""} if behind_a_proxy else {}
    async with sleeper.overtaken(url, point, posting(server.url), **proxy) as operation:
        server.goes_on.set()
        next_one = await sleeper.next()
        await server.ended.wait()
    came = [each.removeprefix(url) for each in server.whole]
    assert came == [f"/{operation.id}/other", f"/{next_one.id}/sleeper"]


@pytest.mark.parametrize("point", ["has a session", "is about to run a command"])
async def test_a_command_that_slept_is_never_run(sleeper: Sleeper, point: str) -> None:
    async with World(speed=0) as world:
        ssh = ssh_to(world, "vps01")
        way = json.dumps(asdict(ssh.host))
        async with sleeper.overtaken(way, point, restarting(ssh.host)) as operation:
            next_one = await sleeper.next()
        assert world.hosts.vps01.lines == [
            f"docker restart {operation.id}/other",
            f"docker restart {next_one.id}/sleeper",
        ]
