"""What a followed build waits for, and what makes it pointless to begin it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.access.refusing import on_hold
from deploy.core import errors
from deploy.core.freeze import about
from deploy.deploys.after_gate import judged
from deploy.deploys.running import what_runs
from deploy.deploys.situation import left_out_of
from deploy.deploys.steady import trial
from deploy.deploys.turn import past_fisk

if TYPE_CHECKING:
    from deploy.core.model import Build, Image, Target
    from deploy.world import World

NOT_STARTED = "Not started: "


async def in_the_way(world: World, target: Target, build: Build) -> str:
    """What it waits for; empty where nothing keeps it. Fisk's own memory is asked first.

    Raises SystemFailure, errors.StateUnavailable.
    """
    world = world.of(target)
    return (
        await _held(world, target)
        or await _locked(world, target)
        or await _on_trial(world, target, build)
        or await past_fisk(world, target)
    )


async def _held(world: World, target: Target) -> str:
    now = await world.memory.now()
    holds = about((*await world.memory.locks.holds(), *world.freezes.now(now)), target.resource)
    return next((str(on_hold(hold)).removeprefix(NOT_STARTED) for hold in holds), "")


async def _locked(world: World, target: Target) -> str:
    operation = (await world.memory.locks.locked()).get(target.resource)
    return f"{operation} goes first." if operation else ""


async def _on_trial(world: World, target: Target, build: Build) -> str:
    """Where it must have run elsewhere first, until it has."""
    if target.after is None:
        return ""
    image = await _image(world, target, build)
    if image is None:
        return ""
    found = judged(target, target.after, build.sha, image, await trial(world, target))
    return "" if isinstance(found, str) else str(found)


async def _image(world: World, target: Target, build: Build) -> Image | None:
    return await world.systems.registry.image(target.image, build.sha, target.platform)


async def pointless(world: World, target: Target, build: Build) -> str:
    """Why there is nothing to deploy: it has no image for this target, runs already, or is behind what runs.

    Raises SystemFailure: then it is asked again, since an operation begins only once.
    """
    world = world.of(target)
    image = await _image(world, target, build)
    if image is None:
        return "its build was not about this target" if await left_out_of(world, target, build) else ""
    runs = await what_runs(world, target)
    alone = len(target.every_image) == 1  # of several, the gates compare each
    if alone and runs.digest and runs.digest in {image.digest, image.manifest}:
        return "it runs already"
    sha = runs.sha or await _released(world, target)
    return "it is behind what runs" if sha and await _behind(world, sha, build.sha) else ""


async def _released(world: World, target: Target) -> str:
    """What was proven last, where nobody can say what runs."""
    newest = await world.memory.history.releases(target.name, 1)
    return newest[0].sha if newest else ""


async def _behind(world: World, runs: str, sha: str) -> bool:
    try:
        return (await world.systems.github.compare(runs, sha)).status == "behind"
    except (errors.CommitNotFound, errors.NotThere):
        return False
