"""replicas: which bots are alive, and what each runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands.grammar import replicas as grammar
from commands.reply import Reply
from commands.request import Request, runs
from deploy.core.values import dataclass
from deploy.engine.replicas import Replica, Replicas
from deploy.engine.snapshot import Snapshot

if TYPE_CHECKING:
    from deploy.world import World


@dataclass(frozen=True, slots=True)
class ReplicasTable(Reply):
    """The bots that are alive, and the operations that somebody runs or that wait; `now` is the store's clock."""

    replicas: tuple[Replica, ...]
    running: tuple[Snapshot, ...]
    now: float


@runs(grammar.Replicas)
async def replicas(_asked: grammar.Replicas, _request: Request, world: World) -> ReplicasTable:
    """All that gave a sign of life lately."""
    journal = world.memory.journal
    aside = {each.operation for each in await journal.aside()}
    running = tuple(each for each in await journal.running() if each.operation.id not in aside)
    return ReplicasTable(await Replicas(journal.state).alive(), running, await world.memory.now())
