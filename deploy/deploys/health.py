"""Whether a target is healthy: by its health URL and, where compose runs it, by its containers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from deploy.core.ask import Unknown, ask
from deploy.core.model import Health, Target
from deploy.core.together import together
from deploy.deploys.deployers.project import project
from deploy.deploys.running import Look, look

if TYPE_CHECKING:
    from deploy.core.compose_model import Project
    from deploy.world import World

MANY_BEGIN = 0.04  # seconds after which many probes begin, once what takes more turns is sent


async def health_of(world: World, target: Target) -> Health:
    """Never raises for a system: what does not answer is not healthy."""
    if target.kind == "compose":
        return await health_by(world, target, await ask(target.host, project(world, target)))
    return await world.systems.health.probe(target.health)


async def look_and_health(
    world: World, target: Target, *, whole: bool = True
) -> tuple[Look, Health | Unknown]:
    """What is said of a target, as `look` has it, and its health, with nobody asked twice; never raises.

    Without `whole` it is one of many: then what takes more turns is sent before the probes are.
    """
    if target.kind == "compose":
        seen = await look(world, target)
        return seen, await health_by(world, target, seen.project or Unknown("nobody was asked"))
    probed = ask("The app", _probed(world, target, after=0 if whole else MANY_BEGIN))
    return await together(look(world, target, whole=whole), probed)


async def _probed(world: World, target: Target, after: float) -> Health:
    await asyncio.sleep(after)
    return await world.systems.health.probe(target.health)


async def health_by(world: World, target: Target, it: Project | Unknown) -> Health:
    """The same of a compose project that was looked at already."""
    if isinstance(it, Unknown):
        return Health(0, it.why)
    if not it.healthy:
        return Health(0, it.note)
    return await world.systems.health.probe(target.health) if target.health else Health(200)
