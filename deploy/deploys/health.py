"""Whether a target is healthy: by its health URL and, where compose runs it, by its containers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core.ask import Unknown, ask
from deploy.core.model import Health, Target
from deploy.deploys.deployers.project import project

if TYPE_CHECKING:
    from deploy.core.compose_model import Project
    from deploy.world import World


async def health_of(world: World, target: Target) -> Health:
    """Never raises for a system: what does not answer is not healthy."""
    if target.kind == "compose":
        return await health_by(world, target, await ask(target.host, project(world, target)))
    return await world.systems.health.probe(target.health)


async def health_by(world: World, target: Target, it: Project | Unknown) -> Health:
    """The same of a compose project that was looked at already."""
    if isinstance(it, Unknown):
        return Health(0, it.why)
    if not it.healthy:
        return Health(0, it.note)
    return await world.systems.health.probe(target.health) if target.health else Health(200)
