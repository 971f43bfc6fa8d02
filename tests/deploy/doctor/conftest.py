"""Fixtures: the whole sandbox, and a doctor that checks it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.app.settings import Settings
from bot.app.wiring import Parts, opened
from deploy.doctor.examine import examine
from sandbox.buildkitd import Nature
from sandbox.world import World

if TYPE_CHECKING:
    from deploy.doctor.verdicts import Examination, Finding

BUILDKIT = "moby/buildkit:latest"


@dataclass(frozen=True, slots=True)
class Patient:
    """`outside` is what is so, `parts` what fisk has of it."""

    outside: World
    parts: Parts

    async def look(self) -> Examination:
        """With more time than a busy machine needs."""
        return await examine(self.parts.world, within=60)

    async def finding(self, rule: str) -> Finding:
        (found,) = [each for each in (await self.look()).findings if each.id == rule]
        return found


@pytest.fixture
async def patient(valkey_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Patient]:
    outside = World(speed=0)
    outside.hosts.vps01.docker.images[BUILDKIT] = Nature(boot=0)
    async with outside:
        outside.coolify.access.per_minute = 100_000
        config = tmp_path / "fisk.toml"
        config.write_text(outside.config_toml())
        settings = {**outside.environment(), "FISK_CONFIG": str(config), "FISK_REDIS_URL": valkey_url}
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path)
        async with opened(Settings()) as parts:
            yield Patient(outside, parts)
