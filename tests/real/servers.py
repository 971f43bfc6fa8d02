"""Debian's redis-server and redis-sentinel, each on a port of its own, with its files in a folder of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sandbox.ports import free_port
from tests.waiting import until

HOME = "127.0.0.1"
READY = {"redis-server": "Ready to accept connections", "redis-sentinel": "Sentinel ID is"}


@asynccontextmanager
async def server(folder: Path, *lines: str) -> AsyncIterator[int]:
    """A Redis with these lines in its configuration; yields its port."""
    port = free_port()
    async with running("redis-server", folder, port, 'save ""', *lines):
        yield port


@asynccontextmanager
async def running(
    program: str, folder: Path, port: int, *lines: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """One of the two programs, which is ended at the end. In a line, `{port}` is the port."""
    home = folder / f"{program}-{port}"
    home.mkdir()
    file, log = home / "conf", home / "log"
    basics = (f"port {port}", f"bind {HOME}", f"dir {home}", f"logfile {log}")
    file.write_text("".join(f"{line}\n" for line in (*basics, *lines)).replace("{port}", str(port)))
    process = await asyncio.create_subprocess_exec(f"/usr/bin/{program}", str(file))
    try:
        await until(lambda: process.returncode is not None or READY[program] in _read(log))
        assert process.returncode is None, _read(log)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _read(file: Path) -> str:
    return file.read_text() if file.exists() else ""
