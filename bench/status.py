"""`status` with five systems of 200 ms latency each, compared with the slowest of them alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bench.alone import slowest, took
from bench.apart import apart, parts_over
from bench.harness import Measured, alternate, bench
from deploy.status.overview import status

if TYPE_CHECKING:
    from deploy.world import World

LATENCY = 0.2  # seconds of each system's latency per request
COMMANDS_IN_TURN = 3  # number of a host's commands, which share that latency
ROUNDS = 9


@bench("status against 5 systems of 200 ms each", "ms", short="status", seconds=16, bound=1.1, floor=1)
async def whole_chain() -> Measured:
    """GitHub, Coolify, the registry, the app and its host. The rival: the slowest of them, queried alone.

    A build is running. The bot is warm: connections are open, tokens and caches are filled.
    """
    async with _slow_world() as world:

        async def ours() -> float:
            return await took(lambda: status(world, world.targets.named("app")))

        async def rival() -> float:
            return await slowest(world)

        return await alternate(ours, rival, ROUNDS)


@asynccontextmanager
async def _slow_world() -> AsyncIterator[World]:
    """fisk's world over a sandbox with latency, in a process of its own: its time is not fisk's."""
    latencies = (LATENCY, LATENCY / COMMANDS_IN_TURN)
    async with apart("bench.slow_sandbox", *latencies) as told, parts_over(told) as parts:
        yield parts.world
