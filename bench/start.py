"""fisk's start time and idle memory, compared with a bare AsyncApp with one connection."""

from __future__ import annotations

import asyncio
import time

from bench.driver import Driver, driving
from bench.harness import Measured, alternate, bench, medians
from bench.processes import BARE_BOLT, FISK, running, settings

COMMAND = "locks"
ROUNDS = 7
READY_WITHIN = 30.0
IDLE = 1.0  # seconds; long enough for the work after readiness


async def start(argv: tuple[str, ...], environment: dict[str, str], driver: Driver) -> tuple[float, float]:
    """Milliseconds until the first command is accepted; MiB of memory when idle."""
    begun = time.perf_counter()
    async with running(argv, environment) as process, asyncio.timeout(READY_WITHIN):
        await driver.first(COMMAND)
        took = time.perf_counter() - begun
        await asyncio.sleep(IDLE)
        return took * 1000, process.resident


@bench("ready", "ms", short="ready", seconds=28, bound=2.5, better="lower")
async def ready() -> Measured:
    """From the start of the process to the first accepted command; Valkey is running already."""
    async with driving() as driver, settings(driver) as environment:

        async def ours() -> float:
            return (await start(FISK, environment, driver))[0]

        async def rival() -> float:
            return (await start(BARE_BOLT, environment, driver))[0]

        return await alternate(ours, rival, ROUNDS)


@bench("resident memory when idle", "MiB", short="memory", seconds=11, bound=2.2, better="lower")
async def resident() -> Measured:
    async with driving() as driver, settings(driver) as environment:
        ours = [(await start(FISK, environment, driver))[1] for _ in range(3)]
        rival = [(await start(BARE_BOLT, environment, driver))[1] for _ in range(3)]
        return medians(ours, rival)
