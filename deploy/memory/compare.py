"""Compares what Coolify, GitHub and the hosts show of a resource with what the journal knows.

Asked after a failover and after a memory that was emptied, before anything begins: an operation that acted and was lost
has left marks there. What is found is told, not guessed: a deployment without an operation may be somebody's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.model import short
from deploy.incidents.changes import past_fisk

if TYPE_CHECKING:
    from deploy.core.model import Resource, Target
    from deploy.systems.buildkit import BuildKit
    from deploy.world import World

RECENT = 1800.0  # seconds back; what is older was told long before, or is in the history of its system
ENTRIES = 10  # of GitHub's deployments page
FISK = "fisk "  # how fisk's own entries there begin, before the operation's id


async def compare(world: World, resource: Resource) -> tuple[str, ...]:
    """What a resource's systems show and the journal does not know, a sentence each.

    Raises:
        errors.SystemFailure: a system cannot be asked.
        errors.StateUnavailable: no answer.
    """
    for target in world.targets.values():
        if target.resource == resource:
            return (*await _coolify(world, target), *await _github(world.of(target), target))
    if resource.kind in {"app", "env"}:  # of an application that is no target, only that Coolify answers
        await world.systems.coolify.version()
    if (buildkit := world.systems.buildkit) and resource == buildkit.spec.resource:
        return await _buildkit(world, buildkit)
    return ()


async def _coolify(world: World, target: Target) -> tuple[str, ...]:
    since = await world.memory.now() - RECENT
    found = await past_fisk(world, target, since)
    return tuple(
        f"Coolify has a deployment of {short(each.commit)} to {target.name} ({each.status}, {each.shown})"
        " that no operation in fisk's memory asked for."
        for each in found
    )


async def _github(world: World, target: Target) -> tuple[str, ...]:
    since = await world.memory.now() - RECENT
    entries = await world.systems.github.entries(target.environment, ENTRIES)
    recent = [each for each in entries if each.at >= since and each.description.startswith(FISK)]
    ids = [each.description.removeprefix(FISK) for each in recent]
    return tuple([sentence for id_ in ids for sentence in await _unknown(world, id_, target)])


async def _unknown(world: World, operation: str, target: Target) -> tuple[str, ...]:
    try:
        await world.memory.journal.load(operation)
    except errors.UnreadableOperation:
        return ()
    except errors.UnknownOperation:
        return (
            f"GitHub's deployments page names {operation}, a deploy to {target.name} that fisk's memory has lost.",
        )
    return ()


async def _buildkit(world: World, buildkit: BuildKit) -> tuple[str, ...]:
    container, since = await buildkit.container(), await world.memory.now() - RECENT
    if container is None or container.started < since:
        return ()
    resource = buildkit.spec.resource
    under_way = [
        each for each in await world.memory.journal.running() if resource in each.operation.resources
    ]
    ended = [each for each in await world.memory.history.since(since) if resource in each.operation.resources]
    if under_way or ended:
        return ()
    return (
        f"BuildKit's container on {buildkit.spec.host} was started lately, and no operation in fisk's memory did that.",
    )
