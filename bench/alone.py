"""Each system asked one thing alone: what an answer about several of them is compared with."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from deploy.core.model import LATEST
from deploy.deploys.proof import proof
from sandbox import story

if TYPE_CHECKING:
    from deploy.world import World


async def slowest(world: World) -> float:
    """The time of the slowest of them, in milliseconds."""
    return max([await took(ask) for ask in _alone(world)])


async def took(ask: Callable[[], Awaitable[object]]) -> float:
    """How long it takes, in milliseconds."""
    begun = time.perf_counter()
    await ask()
    return (time.perf_counter() - begun) * 1000


def _alone(world: World) -> tuple[Callable[[], Awaitable[object]], ...]:
    """The minimal request of each system alone."""
    target, systems = world.targets.named("app"), world.systems
    return (
        lambda: systems.github.builds(target.workflow, branch=systems.github.branch),
        lambda: systems.coolify.application(target.app),
        lambda: systems.registry.image(target.image, LATEST, target.platform),
        lambda: systems.health.probe(target.health),
        lambda: proof(world, target, story.RUNS),
    )
