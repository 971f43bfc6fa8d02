"""`where` and `status` with 100 targets on 20 hosts and 3 repositories, compared with the slowest system alone.

Each system takes 200 ms over an answer; the stand-ins have a process of their own, since their time is not fisk's.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bench.alone import slowest, took
from bench.apart import apart, parts_over
from bench.harness import Measured, alternate, bench
from bot.app import log as logs
from deploy.core.model import Actor, Release
from deploy.status.journey import journey
from deploy.status.overview import status
from sandbox import story

if TYPE_CHECKING:
    from deploy.world import World

LATENCY = 0.2  # seconds of each system's latency per request
ROUNDS = 5
BOUND = 2.5
ASKED_ABOUT = 80  # targets that have the image of the commit


@bench("status of one of 100 targets on 20 hosts", "ms", short="chain", seconds=8, bound=BOUND, floor=1)
async def chain() -> Measured:
    """Warm, as for the bench of `status`. The rival: the slowest of the systems, asked one thing alone."""
    async with _fleet() as world:
        return await _beside_the_slowest(world, lambda: status(world, world.targets.named("app40")))


@bench("where, 100 targets on 20 hosts", "ms", short="where", seconds=11, bound=BOUND, floor=1)
async def where() -> Measured:
    """Of a commit that runs in half of the 80 targets of its image, all of which are asked about. The same rival."""
    async with _fleet() as world:
        return await _beside_the_slowest(world, lambda: _where(world))


async def _beside_the_slowest(world: World, ask: Callable[[], Awaitable[object]]) -> Measured:
    async def ours() -> float:
        return await took(ask)

    async def rival() -> float:
        return await slowest(world)

    return await alternate(ours, rival, ROUNDS)


async def _where(world: World) -> None:
    seen = await journey(world, world.targets.named("app"), story.BUILT[:7])
    assert len(seen.there) == ASKED_ABOUT
    assert all(each.running.source == "host" and each.relation != "unknown" for each in seen.there)


@asynccontextmanager
async def _fleet() -> AsyncIterator[World]:
    """fisk's world over the fleet, in which fisk itself has shipped what runs."""
    logs.configure("error")
    async with apart("bench.slow_fleet", LATENCY) as told, parts_over(told) as parts:
        at = await parts.world.memory.now() - 3600
        for target, (sha, digest) in told["runs"].items():
            shipped = Release(target, sha, sha, digest, at, f"d-{target}", Actor("U024BE7LH", "ana"))
            await parts.world.memory.history.add_release(shipped)
        yield parts.world
