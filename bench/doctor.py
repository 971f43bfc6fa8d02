"""Duration of all the doctor's rules, compared with the slowest one alone."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

from bench.harness import Measured, alternate, bench
from bot.app.settings import Settings
from bot.app.wiring import opened
from deploy.doctor.examine import examine, rules
from sandbox.world import World as Sandbox

if TYPE_CHECKING:
    from deploy.doctor.rule import Rule
    from deploy.world import World

AWAY = 0.1  # seconds of latency for each HTTP request, as over the internet
FOR_EVER = 10**9
ROUNDS = 5


@asynccontextmanager
async def world() -> AsyncIterator[World]:
    """fisk's world over the sandbox, whose HTTP stand-ins have the latency of real ones."""
    async with Sandbox(speed=0) as sandbox:
        sandbox.coolify.access.per_minute = FOR_EVER
        with tempfile.TemporaryDirectory() as folder:
            config = Path(folder, "fisk.toml")
            config.write_text(sandbox.config_toml())  # noqa: ASYNC240 (nobody is measured yet)
            settings = {**sandbox.environment(), "FISK_CONFIG": str(config), "FISK_STATE": folder}
            with patch.dict(os.environ, settings):
                async with opened(Settings()) as parts:
                    for stand_in in (sandbox.github, sandbox.registry, sandbox.coolify, sandbox.host):
                        stand_in.faults.queue("*", delay=AWAY, times=FOR_EVER)
                    yield parts.world


@bench("doctor, all rules", "s", short="doctor", seconds=15, bound=1.3, better="lower")
async def doctor() -> Measured:
    """Connections are open in both, as in a running bot."""
    async with world() as looked_at:
        await examine(looked_at)
        slowest = await _slowest(looked_at)

        async def ours() -> float:
            return (await examine(looked_at)).seconds

        async def rival() -> float:
            return (await examine(looked_at, chosen=[slowest])).seconds

        measured = await alternate(ours, rival, ROUNDS)
        note = f"{len(rules(looked_at))} rules; the slowest is {slowest.id}"
        return replace(measured, note=note)


async def _slowest(looked_at: World) -> Rule:
    """The rule that takes longest alone."""
    took = {rule: (await examine(looked_at, chosen=[rule])).seconds for rule in rules(looked_at)}
    return max(took, key=lambda rule: took[rule])
