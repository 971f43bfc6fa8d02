"""Bots as separate processes: fisk and its rivals."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.core.seal import new_key
from deploy.redis import embedded
from sandbox.ports import free_port

if TYPE_CHECKING:
    from bench.driver import Driver

ROOT = Path(__file__).resolve().parent.parent
FISK = (sys.executable, "-m", "bot", "run")
BARE_BOLT = (sys.executable, "-m", "bench.bare_bolt")
STOPPED_WITHIN = 10.0  # seconds
FISK_TOML = """\
[targets.app]
image = "ghcr.io/wandeon/fiskai"
app = "k8wcgo4s0gk4sc4wg8ko0cs4"
health = "http://127.0.0.1:9/api/health"
[access]
deployers = ["U024BE7LH"]
"""


class Process:
    """A running process, and its memory."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @property
    def resident(self) -> float:
        """Resident memory in MiB (VmRSS)."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found
        return int(found[1]) / 1024


def outside() -> dict[str, str]:
    """The environment without fisk's settings, with bytecode caching, as for an installed package."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FISK_")}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return {**kept, "PYTHONPATH": str(ROOT)}


@asynccontextmanager
async def running(argv: tuple[str, ...], environment: Mapping[str, str]) -> AsyncIterator[Process]:
    """Run a process until the end of the block; then terminate it and wait."""
    process = await asyncio.create_subprocess_exec(
        *argv,
        stdout=asyncio.subprocess.DEVNULL,
        cwd=environment.get("FISK_STATE", ROOT),
        env={**outside(), **environment},
    )
    try:
        async with asyncio.TaskGroup() as group:
            watched = group.create_task(_ended(process, argv))
            yield Process(process)
            watched.cancel()
    finally:
        await _end(process)


async def _ended(process: asyncio.subprocess.Process, argv: tuple[str, ...]) -> None:
    """A process that ends while it is measured would be waited for in vain."""
    status = await process.wait()
    raise RuntimeError(f"{' '.join(argv)} ended by itself with status {status}")


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), STOPPED_WITHIN)
    except TimeoutError:
        process.kill()
        await process.wait()


@asynccontextmanager
async def settings(driver: Driver) -> AsyncIterator[dict[str, str]]:
    """A bot's settings: the driver as Slack, and a running Valkey."""
    with tempfile.TemporaryDirectory(prefix="fisk-bench-") as name:
        folder = Path(name)
        (folder / "fisk.toml").write_text(FISK_TOML)
        server = embedded.Server(folder)
        await asyncio.to_thread(server.join)
        try:
            yield {
                **driver.environment,
                "FISK_GITHUB_REPOSITORY": "wandeon/fiskai",
                "FISK_KEY": new_key(),
                "FISK_REDIS_URL": f"unix://{server.socket}",
                "FISK_STATE": name,
                "FISK_CONFIG": str(folder / "fisk.toml"),
                "FISK_BIND": f"127.0.0.1:{free_port()}",
                "FISK_METRICS_BIND": f"127.0.0.1:{free_port()}",
            }
        finally:
            await asyncio.to_thread(server.leave)
