"""A whole deploy, compared with a bare script that makes the same calls one after the other."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from bench.harness import Measured, Sample, bench
from bench.sandboxed import sandboxed, slow_down
from bot.app import log as logs
from deploy.core.model import Actor, Origin
from deploy.deploys.arguments import DeployArguments
from deploy.deploys.kinds import DEPLOY
from deploy.deploys.outcomes import Deployed
from deploy.deploys.proof import Proof, proof
from sandbox import story
from sandbox.world import World as Sandbox

if TYPE_CHECKING:
    from bot.app.wiring import Parts

AWAY = 0.05  # seconds of latency for each HTTP request
TAKES = (
    6.0,
    6.25,
    6.5,
    6.75,
)  # seconds of Coolify's deployment in each round, spread over the script's pause
POLL = 1.0  # seconds between the script's looks at it
ANA = Actor("U024BE7LH", "ana")


@bench("a whole deploy", "s", short="deploy", seconds=60, bound=1.1)
async def deploying() -> Measured:
    """From the line to the proven end, without the time for which health is watched on purpose; the sum of the rounds.

    Each deploys what the other one has replaced. The script judges nothing, keeps nothing, and is watched by nobody.
    How late each sees an end depends on when that comes, so it comes at another time in each round.
    """
    logs.configure("error")
    outside = Sandbox(speed=0, deploy_seconds=TAKES[0])
    async with sandboxed(outside, FISK_HEALTHY_SECONDS="0") as parts:
        slow_down(outside, AWAY)

        async def ours() -> float:
            return await _fisk(parts, story.BUILT)

        async def rival() -> float:
            return await _script(parts, story.RUNS)

        await ours()
        rounds = [await _round(outside, takes, ours, rival) for takes in TAKES]
    our_rounds, rival_rounds = zip(*rounds, strict=True)
    return Measured(sum(our_rounds), sum(rival_rounds), our_rounds=our_rounds, rival_rounds=rival_rounds)


async def _round(outside: Sandbox, takes: float, ours: Sample, rival: Sample) -> tuple[float, float]:
    outside.coolify.queue.seconds = takes
    theirs = await rival()
    return await ours(), theirs


async def _fisk(parts: Parts, sha: str) -> float:
    begun = time.perf_counter()
    arguments = DeployArguments("app", sha)
    operation = DEPLOY.operation(
        arguments, await parts.world.memory.now(), actor=ANA, origin=Origin("terminal")
    )
    await parts.engine.submit(operation)
    async for _ in parts.world.memory.journal.follow(operation.id):
        pass
    took = time.perf_counter() - begun
    outcome = (await parts.world.memory.journal.load(operation.id)).outcome
    assert isinstance(outcome, Deployed), outcome
    return took


async def _script(parts: Parts, sha: str) -> float:
    begun = time.perf_counter()
    systems, target = parts.world.systems, parts.world.targets.named("app")
    await systems.github.commit(sha)
    await systems.github.compare(systems.github.branch, sha)
    await systems.github.builds(target.workflow, branch=systems.github.branch)
    image = await systems.registry.image(target.image, sha)
    assert image
    await systems.coolify.application(target.app)
    await systems.coolify.deployments(target.app)
    await systems.coolify.point(target.app, target.image, sha, sha)
    await systems.coolify.application(target.app)
    deployment = await systems.coolify.deploy(target.app)
    entry = await systems.github.create_deployment(sha, "production", "script", production=True)
    await systems.github.set_deployment_status(entry, "in_progress")
    while (now := await systems.coolify.deployment(deployment)) is None or now.active:  # noqa: ASYNC110 (Coolify tells nobody)
        await asyncio.sleep(POLL)
    while not (await systems.health.probe(target.health)).ok:  # noqa: ASYNC110 (likewise)
        await asyncio.sleep(POLL)
    proven = await proof(parts.world, target, image.digest)
    assert isinstance(proven, Proof)
    assert proven.verdict == "proven"
    await systems.github.set_deployment_status(entry, "success")
    return time.perf_counter() - begun
