"""Whose turn it is to deploy to a target: those who wait go in the order in which they asked.

The order is read from the journal, and the lock decides: two that think that it is their turn begin one deploy.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from deploy.access.approvals import begun_as, question, submit
from deploy.core import errors
from deploy.core.ask import ask, known
from deploy.core.model import Operation, Target
from deploy.core.values import dataclass
from deploy.deploys.line import RESOLVED, Line, line_of, named, ordinal, skipping, told_to_skip
from deploy.deploys.running import newest_deployments
from deploy.deploys.situation import Resolved
from deploy.engine.locks import BlockedBy, HeldBy
from deploy.redis import codec

if TYPE_CHECKING:
    from deploy.engine.engine import Op
    from deploy.world import World

PASSING = (errors.TimedOut, errors.Unreachable, errors.ServerFault, errors.RateLimited)


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of a turn.

    Attributes:
        note: the operation that began.
        passed: those that asked earlier and still wait for their image.
        newer: the commit that goes in its place, and `waits` the operation that waits to deploy it.
    """

    note: str = ""
    passed: tuple[str, ...] = ()
    newer: str = ""
    waits: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Who waits: its target, the commit that it is to deploy, and the operation that does so then."""

    target: Target
    resolved: Resolved
    deploy: Operation


async def in_turn(world: World, op: Op, waiting: Waiting) -> Turn:
    """Wait for the turn, and submit the deploy once. Raises errors.GaveUpWaiting after the time for a build."""
    if earlier := await begun_as(world, waiting.deploy.id):
        return Turn(earlier)
    deadline = time.monotonic() + world.timeouts.build_within
    while time.monotonic() < deadline:
        line = line_of(waiting.target.name, await world.memory.journal.running())
        turn = await _turn(world, op, waiting, line)
        if isinstance(turn, Turn):
            return turn
        own = line.own(op.operation.id)
        await op.report(turn, offers=skipping(own, line) if own else ())
        await op.pause(world.timeouts.poll)
    raise errors.GaveUpWaiting(minutes=world.timeouts.build_within / 60, what="the target to be free")


async def _turn(world: World, op: Op, waiting: Waiting, line: Line) -> Turn | str:
    """What came of it, or what it waits for."""
    if why := _behind(op, line) or await past_fisk(world, waiting.target):
        return why
    try:
        overtaken = await _overtaken(world, op, waiting, line)
    except errors.SystemFailure as failure:
        return str(failure)
    return overtaken or await _submitted(world, op, waiting, line)


def _behind(op: Op, line: Line) -> str:
    """Its place; empty where nobody is before it."""
    id_, own = op.operation.id, line.own(op.operation.id)
    if own is None:  # about to be cancelled
        return f"not in line for {line.target}"
    before = line.before(id_)
    if before is None:
        return ""
    skips = "; a newer one that waits by then goes in its place" if told_to_skip(own) else ""
    return f"{ordinal(line.place(id_))} in line for {line.target}, behind {named(before)}{skips}"


async def past_fisk(world: World, target: Target) -> str:
    """What keeps Coolify busy with the target, though no operation of fisk's holds it; empty where nothing does.

    What Coolify refuses for good is for the deploy itself to tell.
    """
    if target.resource in await world.memory.locks.locked():
        return ""
    if target.kind == "compose":
        return await _compose(world, target)
    try:
        deployments = await newest_deployments(world, target)
    except PASSING as failure:
        return str(failure)
    except errors.SystemFailure:
        return ""
    active = next((each for each in deployments if each.active), None)
    if active is None:
        return ""
    return f"Coolify works on deployment {active.shown} ({active.status.replace('_', ' ')}), which goes first"


async def _compose(world: World, target: Target) -> str:
    busy = await ask(target.host, world.systems.compose[target.name].busy())
    return f"docker compose is at work in {target.folder}, which goes first" if known(busy) else ""


async def _overtaken(world: World, op: Op, waiting: Waiting, line: Line) -> Turn | None:
    """The newest of those behind it whose commit comes after its own, where it was told to let that go."""
    own = line.own(op.operation.id)
    if own is None or not told_to_skip(own):
        return None
    for each in reversed(line.behind(op.operation.id)):
        theirs = codec.readable(Resolved, each.results[RESOLVED], "a result")
        if theirs and await _comes_after(world, theirs.commit.sha, waiting.resolved.commit.sha):
            return Turn(newer=theirs.commit.sha, waits=each.operation.id)
    return None


async def _comes_after(world: World, sha: str, earlier: str) -> bool:
    """Whether a commit is a descendant of another one; not one that is gone from the repository."""
    try:
        return (await world.systems.github.compare(earlier, sha)).status == "ahead"
    except (errors.CommitNotFound, errors.NotThere):
        return False


async def _submitted(world: World, op: Op, waiting: Waiting, line: Line) -> Turn | str:
    deploy, passed = waiting.deploy, tuple(map(named, line.passed(op.operation.id)))
    try:
        begun = await submit(world, deploy)
    except BlockedBy as blocked:
        first = blocked.snapshot.operation.id
        ours = {deploy.id, question(deploy.id)}  # submitted by an earlier run
        return Turn(first, passed) if first in ours else f"{first} goes first"
    except HeldBy as held:
        return f"on hold: {held.hold.reason}"
    except errors.Draining:
        return "fisk shuts down here; another one goes on"
    return Turn(begun.id, passed)
