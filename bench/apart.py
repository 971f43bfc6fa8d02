"""Stand-ins in a process of their own, as the systems are, and fisk's parts over them in this one."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from bench.heap import kept
from bot.app.settings import Settings
from bot.app.wiring import Parts, opened

LONGEST = 2**24  # bytes of what they tell at the start


@asynccontextmanager
async def apart(module: str, *arguments: object) -> AsyncIterator[dict[str, Any]]:
    """Run a module that tells its settings as a line of JSON, and serves until its input ends."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *map(str, arguments),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=LONGEST,
    )  # fmt: skip
    assert process.stdout
    assert process.stdin
    try:
        yield json.loads(await process.stdout.readline())
    finally:
        process.stdin.close()
        await process.wait()


@asynccontextmanager
async def parts_over(told: dict[str, Any]) -> AsyncIterator[Parts]:
    """fisk's clients and its memory, by the settings that were told."""
    with TemporaryDirectory(prefix="fisk-bench-") as folder:
        config = Path(folder) / "fisk.toml"
        config.write_text(str(told["config"]))
        environment = {**told["environment"], "FISK_CONFIG": str(config), "FISK_STATE": f"{folder}/state"}
        with patch.dict(os.environ, environment):
            settings = Settings(_env_file=None)
        async with opened(settings) as parts:
            with kept():
                yield parts
