"""Duration of all the doctor's rules, compared with the slowest one alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from bench.apart import apart, parts_over
from bench.harness import Measured, alternate, bench
from deploy.doctor.examine import examine, rules

if TYPE_CHECKING:
    from deploy.doctor.rule import Rule
    from deploy.world import World

AWAY = 0.1  # seconds of latency for each HTTP request, as over the internet
ROUNDS = 5


@asynccontextmanager
async def world() -> AsyncIterator[World]:
    """fisk's world over the sandbox, whose HTTP stand-ins have the latency of real ones, and a process of their own."""
    async with apart("bench.slow_sandbox", AWAY, 0.0) as told, parts_over(told) as parts:
        yield parts.world


@bench("doctor, all rules", "s", short="doctor", seconds=15, bound=1.2, floor=1)
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
