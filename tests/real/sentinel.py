"""Debian's redis-server as a master, and a redis-sentinel that monitors it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.serving import free_port
from tests.waiting import until

HOME = "127.0.0.1"
SERVICE = "fisk-memory"
MASTER = """
port {port}
bind {home}
dir {folder}
logfile {folder}/{program}.log
save ""
"""
SENTINEL = """
port {port}
bind {home}
dir {folder}
logfile {folder}/{program}.log
sentinel monitor {service} {home} {master} 1
"""
READY = {"redis-server": "Ready to accept connections", "redis-sentinel": "+monitor master"}


@dataclass(frozen=True, slots=True)
class Guarded:
    """A master by its port, and the port of the sentinel that names it SERVICE."""

    master: int
    sentinel: int

    def url(self, service: str = SERVICE) -> str:
        return f"redis+sentinel://{HOME}:{self.sentinel}/{service}"


@asynccontextmanager
async def guarded(folder: Path, *more: str) -> AsyncIterator[Guarded]:
    """Both run, on ports of their own, with their files in `folder`; `more` are lines for the sentinel."""
    found = Guarded(free_port(), free_port())
    sentinel = SENTINEL.replace("{service}", SERVICE).replace("{master}", str(found.master))
    sentinel += "\n".join(more)
    async with (
        _running("redis-server", MASTER, found.master, folder),
        _running("redis-sentinel", sentinel, found.sentinel, folder),
    ):
        yield found


@asynccontextmanager
async def _running(program: str, config: str, port: int, folder: Path) -> AsyncIterator[None]:
    file, log = folder / f"{program}.conf", folder / f"{program}.log"
    file.write_text(config.format(program=program, port=port, home=HOME, folder=folder))
    process = await asyncio.create_subprocess_exec(f"/usr/bin/{program}", str(file))
    try:
        await until(lambda: log.exists() and READY[program] in log.read_text())
        yield
    finally:
        process.terminate()
        await process.wait()
