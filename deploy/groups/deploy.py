"""deploy SHA --to GROUP: all gates of all targets, then one target after the other, or all at once.

Where one fails, it is put back as any deploy is, and those that were deployed are taken back, the last one first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from deploy.access.approvals import require
from deploy.core.outcomes import Outcome, Refused
from deploy.core.together import together
from deploy.core.values import dataclass
from deploy.deploys import situation
from deploy.deploys.outcomes import Deployed, NotPutBack, PutBack
from deploy.deploys.shipment import Shipment
from deploy.deploys.situation import Resolved
from deploy.groups.arguments import GroupArguments
from deploy.groups.errors import TakenBack
from deploy.groups.outcomes import GroupDeployed, GroupPutBack
from deploy.groups.plan import fingerprint_of, refusals

if TYPE_CHECKING:
    from deploy.core.model import Failure
    from deploy.engine.engine import Op
    from deploy.world import World

BACK = " back"  # behind a target's name: the part that takes it back


@dataclass(frozen=True, slots=True)
class Its:
    """A target's commit, as it was found."""

    target: str
    resolved: Resolved


@dataclass(frozen=True, slots=True)
class Commits:
    """Each target's commit, in the order of the group."""

    each: tuple[Its, ...]

    @property
    def note(self) -> str:
        return "; ".join(f"{it.target} gets {it.resolved.subject}" for it in self.each)


async def deploy(world: World, op: Op) -> Outcome:
    """Deploy each target's commit, or none."""
    asked = op.arguments(GroupArguments)
    commits = await op.step("resolve", Commits, lambda: _resolved(world, asked))
    shipments = [await _judged(world, op, it, force=asked.force) for it in commits.each]
    refused = refusals([each.report for each in shipments])
    if refused:
        return Refused(refused[0], refused[1:])
    await require(world, op, fingerprint_of((it.target, it.resolved, it.report) for it in shipments))
    changing = [it for it in shipments if not it.report.changes_nothing]
    ended = await (_at_once if asked.at_once else _in_order)(op, changing)
    outcome = await _whole(world, op, asked, changing, ended)
    if not isinstance(outcome, GroupDeployed):
        return outcome
    stay = [it for it in shipments if it not in changing]
    return replace(outcome, unchanged=tuple((it.target.name, it.resolved.commit.sha) for it in stay))


async def _resolved(world: World, asked: GroupArguments) -> Commits:
    targets = [(world.targets.named(name), sha) for name, sha in asked.parts]
    found = await together(*(situation.resolve(world, target, sha) for target, sha in targets))
    return Commits(tuple(Its(target.name, each) for (target, _), each in zip(targets, found, strict=True)))


async def _judged(world: World, op: Op, it: Its, *, force: bool) -> Shipment:
    shipment = Shipment(world, op, world.targets.named(it.target), it.resolved)
    with op.part(it.target):
        await shipment.judge(force=force)
    return shipment


async def _ship(op: Op, it: Shipment) -> Outcome:
    with op.part(it.target.name):
        return await it.ship()


async def _in_order(op: Op, shipments: Sequence[Shipment]) -> tuple[Outcome, ...]:
    """How each ended, up to the first that failed."""
    ended: list[Outcome] = []
    for it in shipments:
        ended.append(await _ship(op, it))
        if not isinstance(ended[-1], Deployed):
            break
    return tuple(ended)


async def _at_once(op: Op, shipments: Sequence[Shipment]) -> tuple[Outcome, ...]:
    return await together(*(_ship(op, it) for it in shipments))


async def _whole(
    world: World, op: Op, asked: GroupArguments, shipments: Sequence[Shipment], ended: tuple[Outcome, ...]
) -> Outcome:
    failed = tuple(each for each in ended if isinstance(each, PutBack | NotPutBack))
    if not failed:
        deployed = tuple(each for each in ended if isinstance(each, Deployed))
        return GroupDeployed(asked.group, deployed, await world.memory.now() - op.operation.created)
    shipped = [it for it, each in zip(shipments, ended, strict=False) if isinstance(each, Deployed)]
    names = tuple(it.target.name for it in shipments[len(ended) :])
    return GroupPutBack(asked.group, failed, await _take_back(op, shipped, failed[0]), names)


async def _take_back(
    op: Op, shipped: Sequence[Shipment], failed: PutBack | NotPutBack
) -> tuple[PutBack | NotPutBack, ...]:
    """The last one first. A cancellation does not stop it."""
    error = TakenBack(target=failed.target, why=failed.error.sentence).failure
    with op.undoing():
        return tuple([await _back(op, it, error) for it in reversed(shipped)])


async def _back(op: Op, it: Shipment, error: Failure) -> PutBack | NotPutBack:
    with op.part(f"{it.target.name}{BACK}"):
        return await it.back(error)
