"""Whether a deploy still is the last word on its target: nothing newer began, and its image runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core.ask import Unknown, ask
from deploy.core.model import short
from deploy.core.reference import brief
from deploy.deploys.running import what_runs

if TYPE_CHECKING:
    from deploy.core.model import Running, Target
    from deploy.world import World

OPERATIONS = 20  # of the target's newest, among which the deploy is looked for
TOLD_WITHIN = 20.0  # seconds for the host and Coolify to say what runs


async def newer(world: World, target: Target, deploy: str) -> str:
    """The newest operation on the target that began after this deploy and was not refused; empty: none."""
    for each in await world.memory.history.operations(target.resource, OPERATIONS):
        if each.operation.id == deploy:
            return ""
        if each.state != "refused":
            return each.operation.id
    return ""


async def at_work(world: World, target: Target) -> str:
    """The operation that has the target's lock; empty: none."""
    return (await world.memory.locks.locked()).get(target.resource, "")


async def other_image(world: World, target: Target, digest: str) -> str | Unknown:
    """What runs where it is not this image, as people name it; empty where it is."""
    runs = await ask("What runs", what_runs(world, target), TOLD_WITHIN)
    if isinstance(runs, Unknown):
        return runs
    if not runs.digest:
        return Unknown(runs.why or "nobody can say which image runs")
    return "" if runs.digest == digest else _named(runs)


def _named(runs: Running) -> str:
    return short(runs.sha) or f"the image {brief(runs.digest)}"
