"""A terminal inside a test's process, over the sandbox's systems."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bot.app.settings import Settings
from bot.app.wiring import Parts, opened
from bot.cli import follow
from bot.cli.console import Console
from bot.cli.main import Options
from commands.grammar import parse
from sandbox.world import World

Do = Callable[..., Awaitable[int]]
TIMEOUTS = {
    "FISK_POLL_SECONDS": "0.05",
    "FISK_HEALTHY_SECONDS": "0.1",
    "FISK_HEALTHY_WITHIN": "5",
    "FISK_DEPLOY_WITHIN": "20",
}


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World(deploy_seconds=0.2) as world:
        yield world


@pytest.fixture
async def parts(
    world: World, valkey_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Parts]:
    monkeypatch.setattr(follow, "CLAIMED_WITHIN", 0.01)
    (tmp_path / "fisk.toml").write_text(world.config_toml())
    monkeypatch.chdir(tmp_path)
    for name, value in {**world.environment(), **TIMEOUTS, "FISK_REDIS_URL": valkey_url}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(follow, "LOOK_EVERY", 0.05)
    async with opened(Settings()) as parts:
        yield parts


@pytest.fixture
def do(parts: Parts) -> Do:
    async def do(line: str, **options: bool) -> int:
        async with asyncio.timeout(30):
            return await Console(parts, Options(**options)).do(parse(line), line)

    return do
