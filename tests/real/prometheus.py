"""Debian's prometheus on a port of its own, which scrapes itself each second."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from sandbox.ports import free_port
from tests.waiting import until

CONFIG = """\
global:
  scrape_interval: 1s
scrape_configs:
  - job_name: app
    static_configs:
      - targets: ["127.0.0.1:{port}"]
"""


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[str]:
    """Its address, once it has scraped something."""
    port = free_port()
    (folder / "prometheus.yml").write_text(CONFIG.format(port=port))
    with (folder / "prometheus.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            "/usr/bin/prometheus",
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            stderr=log,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        await until(lambda: _has_data(address))
        yield address
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _has_data(address: str) -> bool:
    async with httpx.AsyncClient() as client:
        try:
            answer = await client.get(f"{address}/api/v1/query", params={"query": "up == 1"})
        except httpx.TransportError:
            return False
    return answer.is_success and bool(answer.json()["data"]["result"])
