"""status [TARGET], where SHA [TARGET], runner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands.replies.chain import ChainStatus, CommitJourney, RunnersTable
from deploy.chain import runners
from deploy.chain.journey import journey
from deploy.chain.status import status

if TYPE_CHECKING:
    from commands import grammar
    from commands.request import Request
    from deploy.world import World


async def glance(asked: grammar.Status, _request: Request, world: World) -> ChainStatus:
    """The whole chain. Raises errors.UnknownTarget, and nothing for a system that is down."""
    return ChainStatus(await status(world, world.target(asked.target)))


async def where(asked: grammar.Where, _request: Request, world: World) -> CommitJourney:
    """One commit's way. Raises errors.UnknownTarget, errors.CommitNotFound, SystemFailure."""
    return CommitJourney(await journey(world, world.target(asked.target), asked.ref))


async def show_runners(_asked: grammar.ShowRunners, _request: Request, world: World) -> RunnersTable:
    """The runners and the jobs that wait for them."""
    return RunnersTable(await runners.look(world))
