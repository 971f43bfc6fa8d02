"""fisk's parts over the sandbox's stand-ins, in this process."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from unittest.mock import patch

from bot.app.settings import Settings
from bot.app.wiring import Parts, opened

if TYPE_CHECKING:
    from sandbox.serving import StandIn
    from sandbox.world import World

FOR_EVER = 10**9


@asynccontextmanager
async def sandboxed(outside: World, **more: str) -> AsyncIterator[Parts]:
    """Start the stand-ins, and open fisk's clients and its memory; `more` are further settings."""
    async with outside:
        outside.coolify.access.per_minute = FOR_EVER
        with TemporaryDirectory(prefix="fisk-bench-") as folder:
            async with opened(_settings(outside, Path(folder), more)) as parts:
                yield parts


def slow_down(outside: World, seconds: float) -> None:
    """Delay each answer of the systems that are reached by HTTP."""
    systems: tuple[StandIn, ...] = (outside.github, outside.coolify, outside.registry, outside.host)
    for system in systems:
        system.faults.queue("*", delay=seconds, times=FOR_EVER)


def _settings(outside: World, folder: Path, more: dict[str, str]) -> Settings:
    config = folder / "fisk.toml"
    config.write_text(outside.config_toml())
    told = {**outside.environment(), "FISK_CONFIG": str(config), "FISK_STATE": str(folder / "state"), **more}
    with patch.dict(os.environ, told):
        return Settings(_env_file=None)
