"""How long an operation stands still when its bot is killed, with another bot beside it."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from bench.harness import Measured, bench, medians
from bench.staged import journal_of
from deploy.core.events import StepStarted
from sandbox.stage import Stage
from sandbox.story import BUILT, RUNS
from sandbox.world import World

if TYPE_CHECKING:
    from deploy.engine.journal import Journal
    from deploy.engine.snapshot import Snapshot
    from sandbox.bot import Bot

LEASE = 5.0  # seconds, fisk's default
STEP = "watch"
TAKES = 8.0  # seconds of a deployment, so that the step goes on after the takeover
ROUNDS = 3
LOOK_EVERY = 0.02
WITHIN = 60.0


@bench("takeover after kill -9", "s", short="takeover", seconds=30, bound=LEASE + 1, better="lower")
async def takeover() -> Measured:
    """From the kill to the same step, begun by the other bot: at most a lease and a second."""
    stage = Stage(world=World(speed=0, deploy_seconds=TAKES), settings={"FISK_LEASE_SECONDS": str(LEASE)})
    async with stage:
        await stage.join()
        async with journal_of(stage) as journal:
            took = [await _killed(stage, journal, sha) for sha in (BUILT, RUNS, BUILT)[:ROUNDS]]
    return medians(took)


async def _killed(stage: Stage, journal: Journal, sha: str) -> float:
    """Seconds for one operation; afterwards both bots run, and it has ended."""
    await stage.slack.command("ana", "#deploys", "/fisk", f"deploy {sha} --force")
    running = await _at_the_step(journal)
    bot = next(each for each in stage.bots if _runs(each, running))
    killed = time.time()
    await bot.kill()
    begun = await _begun_after(journal, running.operation.id, killed)
    await bot.start()
    async for _ in journal.follow(running.operation.id):
        pass
    return begun - killed


async def _at_the_step(journal: Journal) -> Snapshot:
    async with asyncio.timeout(WITHIN):
        while not (found := [each for each in await journal.running() if each.step == STEP]):  # noqa: ASYNC110 (another process has no Event)
            await asyncio.sleep(LOOK_EVERY)
    return found[0]


def _runs(bot: Bot, operation: Snapshot) -> bool:
    return bot.process is not None and f":{bot.process.pid}:" in operation.runner


async def _begun_after(journal: Journal, operation: str, at: float) -> float:
    """When the step began again, by the store's clock, which is this machine's."""
    async with asyncio.timeout(WITHIN):
        async for _, event in journal.follow(operation):
            if isinstance(event, StepStarted) and event.step == STEP and event.at > at:
                return event.at
    raise RuntimeError("it ended without a takeover")
