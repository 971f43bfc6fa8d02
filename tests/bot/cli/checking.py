"""`fisk check` over the sandbox's systems, where all is well at first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.app.settings import Settings
from bot.cli.check import check
from bot.slack.manifest import manifest
from sandbox.world import World

if TYPE_CHECKING:
    from sandbox.slack import Slack


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World(speed=0) as world:
        yield world


@pytest.fixture
def stage(
    world: World, slack: Slack, valkey_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> pytest.MonkeyPatch:
    (tmp_path / "fisk.toml").write_text(world.config_toml())
    monkeypatch.chdir(tmp_path)
    for name, value in {
        **world.environment(),
        **slack.environment(),
        "FISK_REDIS_URL": valkey_url,
    }.items():
        monkeypatch.setenv(name, value)
    slack.api.scopes = frozenset(manifest(Settings())["oauth_config"]["scopes"]["bot"])
    return monkeypatch


async def lines(capsys: pytest.CaptureFixture[str], status: int) -> dict[str, str]:
    """Each part's line, by its name."""
    assert await check(Settings()) == status
    told = (line.partition("   ") for line in capsys.readouterr().out.splitlines())
    return {name: text for name, _, text in told}
