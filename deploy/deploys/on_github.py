"""A deploy's entry on GitHub's deployments page, which is a courtesy: GitHub being down stops no deploy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.ask import ask, known
from deploy.core.model import Done, Target
from deploy.core.values import dataclass

if TYPE_CHECKING:
    from deploy.deploys.deployers.deployer import Wanted
    from deploy.engine.engine import Op
    from deploy.world import World

TELL = "tell GitHub"


@dataclass(frozen=True, slots=True)
class GitHubDeployment:
    """GitHub's id of the deployment that fisk opened there, and what GitHub failed with; 0 where none is known."""

    deployment: int
    why: str = ""


async def open_entry(world: World, op: Op, target: Target, wanted: Wanted) -> GitHubDeployment:
    """Open a deployment on GitHub. Optional: GitHub being down does not stop a deploy."""
    deployment = 0
    try:
        earlier = await _opened(world, op, target, wanted)  # by a run whose record of it was lost
        deployment = earlier or await _create(world, op, target, wanted)
        await world.systems.github.set_deployment_status(deployment, "in_progress", description=_named(op))
    except errors.FiskError as failure:
        return GitHubDeployment(deployment, str(failure))
    return GitHubDeployment(deployment)


async def _opened(world: World, op: Op, target: Target, wanted: Wanted) -> int:
    """The id of one that an earlier request opened, but that was not journaled; 0 where there is none."""
    mine = await world.systems.github.deployments(
        target.environment, sha=wanted.commit, description=_named(op)
    )
    return mine[0] if mine else 0


async def _create(world: World, op: Op, target: Target, wanted: Wanted) -> int:
    production = target.environment == "production"
    return await world.systems.github.create_deployment(
        wanted.commit, target.environment, _named(op), production=production
    )


def _named(op: Op) -> str:
    return f"fisk {op.operation.id}"


async def close(
    world: World, op: Op, target: Target, wanted: Wanted, opened: GitHubDeployment, state: str
) -> Done:
    """Tell GitHub's deployments page how it ended; the note says why that could not be done."""
    with op.undoing():
        return await op.step("close on GitHub", Done, lambda: _set(world, op, target, wanted, opened, state))


async def _set(
    world: World, op: Op, target: Target, wanted: Wanted, opened: GitHubDeployment, state: str
) -> Done:
    deployment = opened.deployment
    if opened.why and not deployment:  # the answer may be lost; the time to find out is limited
        lost = await ask("GitHub", _opened(world, op, target, wanted))
        deployment = known(lost) or 0
    if not deployment:
        return Done(opened.why)
    try:
        await world.systems.github.set_deployment_status(
            deployment, state, description=_named(op), environment_url=target.health
        )
    except errors.FiskError as failure:
        return Done(str(failure))
    return Done()
