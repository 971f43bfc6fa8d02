"""What one person sees of everything at a glance, in Slack's Home tab."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands.access import LOOKING, is_asked
from deploy.access.access import Access
from deploy.access.arguments import ApprovalArguments
from deploy.core.ask import ask, known
from deploy.core.model import Actor, Origin
from deploy.core.together import together
from deploy.core.values import dataclass
from deploy.engine.journal import Snapshot
from deploy.stats.builds import Health, health
from deploy.status.overview import Status, status

if TYPE_CHECKING:
    from deploy.world import World

SEARCHED = 200  # of the newest operations, for those of one person
MINE = 5


@dataclass(frozen=True, slots=True)
class Desk:
    """What fisk itself knows; `now` by the store's clock."""

    running: tuple[Snapshot, ...]
    done: tuple[Snapshot, ...]
    now: float


@dataclass(frozen=True, slots=True)
class AtHome:
    """What one person sees.

    Attributes:
        chain: the status of each target; empty until the systems have answered.
        builds: how those of the last week fared; None until GitHub has answered.
        running: what is under way; `asked`: what waits for this person's approval.
        mine: what they did last, newest first.
        refused: why they may not look; empty where they may.
    """

    chain: tuple[Status, ...]
    running: tuple[Snapshot, ...] = ()
    asked: tuple[Snapshot, ...] = ()
    mine: tuple[Snapshot, ...] = ()
    now: float = 0
    refused: str = ""
    builds: Health | None = None


async def desk(world: World) -> Desk:
    """Raises errors.StateUnavailable."""
    memory = world.memory
    running = await memory.journal.running()
    done = await memory.history.operations(limit=SEARCHED, among=SEARCHED)
    return Desk(tuple(running), done, await memory.now())


async def chain(world: World) -> tuple[Status, ...]:
    """The status of each target, all asked at once; never raises for a system."""
    return await together(*(status(world, target) for target in world.targets.values()))


async def builds(world: World, now: float) -> Health | None:
    """How the builds of the last week fared; None where GitHub does not answer."""
    return known(await ask("GitHub", health(world, now)))


async def at_home(
    world: World, reader: Actor, seen: Desk, chain: tuple[Status, ...], builds: Health | None = None
) -> AtHome:
    """What this person may see of it."""
    decision = await world.memory.stores.of(Access).decide(reader, LOOKING, Origin("slack"))
    if not decision.allowed:
        return AtHome((), refused=decision.why)
    return AtHome(
        chain=chain,
        builds=builds,
        running=tuple(each for each in seen.running if not _asks(each)),
        asked=tuple([each for each in seen.running if await is_asked(reader, each, world)]),
        mine=tuple(each for each in seen.done if each.operation.actor.id == reader.id)[:MINE],
        now=seen.now,
    )


def _asks(snapshot: Snapshot) -> bool:
    return isinstance(snapshot.operation.arguments, ApprovalArguments)
