"""deploy SHA --at 07:00: judged when it is asked for, and once more when its time comes, by the deploy that it begins.

It holds no lock while it waits, as `deploy --wait`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from deploy.access.approvals import begun_as, question, submit
from deploy.access.refusing import on_hold, taken
from deploy.core import errors
from deploy.core.model import LATEST, Done, Failure, Operation, Target, short
from deploy.core.outcomes import Completed, Outcome, Refused
from deploy.core.units import instant, minutes
from deploy.core.values import dataclass
from deploy.deploys import situation
from deploy.deploys.arguments import DeployArguments, LaterArguments, WaitArguments
from deploy.deploys.errors import BuildRunning, CoolifyBusy
from deploy.deploys.later_errors import TimePassed
from deploy.deploys.project_errors import ComposeAtWork
from deploy.deploys.situation import Resolved
from deploy.engine.kind import following
from deploy.engine.locks import BlockedBy, HeldBy

if TYPE_CHECKING:
    from deploy.deploys.gate_report import GateReport
    from deploy.engine.engine import Op
    from deploy.world import World

LATE = 900.0  # seconds after its time in which it is still done
LOOK_EVERY = 20.0  # seconds between two looks at the store's clock
PASSING = {BuildRunning.slug, CoolifyBusy.slug, ComposeAtWork.slug}  # what a deploy may wait for


@dataclass(frozen=True, slots=True)
class Foreseen:
    """How the gates judge it as things are; `waits`: for its build, or for what Coolify does now."""

    refusals: tuple[Failure, ...] = ()
    waits: bool = False
    note: str = ""


async def later(world: World, op: Op) -> Outcome:
    """Look whether it would be refused, wait for its time, and begin the deploy as an operation of its own."""
    asked = op.arguments(LaterArguments)
    target = world.targets.named(asked.target)
    world = world.of(target)
    resolved = await op.step("resolve", Resolved, lambda: situation.resolve(world, target, asked.ref))
    ahead = await op.step("look ahead", Foreseen, lambda: _foresee(world, op, target, resolved))
    if ahead.refusals:
        return Refused(ahead.refusals[0], ahead.refusals[1:])
    await op.step("wait for its time", Done, lambda: _come(world, op, asked))
    deploy = _deploy(op, target, resolved, waits=asked.wait or ahead.waits)
    begun = await op.step("begin", Done, lambda: _begin(world, op, deploy))
    sha = short(resolved.commit.sha)
    return Completed(f"the time for {sha} has come; it goes on as {begun.note}", begun=begun.note)


async def _foresee(world: World, op: Op, target: Target, resolved: Resolved) -> Foreseen:
    asked = op.arguments(LaterArguments)
    passes = op.operation.passes
    report = await situation.gates(world, target, resolved, force=asked.force, passes=passes, at=asked.at)
    return foreseen(report)


def foreseen(report: GateReport) -> Foreseen:
    """What may be over by then is no refusal."""
    lasting = tuple(each for each in report.refusals if each.code not in PASSING)
    if lasting:
        return Foreseen(lasting, note=report.note)
    if not report.refusals:
        return Foreseen(note=f"as things are, {report.note or 'nothing is in its way'}")
    return Foreseen(waits=True, note=f"{report.refusals[0].sentence.rstrip('.')}: its deploy waits for that")


async def _come(world: World, op: Op, asked: LaterArguments) -> Done:
    await op.report(f"until {asked.when}")
    while (left := asked.at - await world.memory.now()) > 0:
        await op.pause(min(left, LOOK_EVERY))
    return Done()


async def _in_time(world: World, op: Op) -> None:
    """Raises TimePassed where nobody was there at its time, nor soon after it."""
    asked = op.arguments(LaterArguments)
    late = await world.memory.now() - asked.at
    if late > LATE:
        line = f"deploy {asked.what} --to {asked.target}"
        raise TimePassed(at=instant(asked.at), late=minutes(late), most=minutes(LATE), line=line)


async def _begin(world: World, op: Op, deploy: Operation) -> Done:
    """Submit it under an id that follows from this operation's, so that doing it twice does it once.

    Raises TimePassed, and what a deploy is refused with that finds the target taken.
    """
    if earlier := await begun_as(world, deploy.id):
        return Done(earlier)
    await _in_time(world, op)
    while True:
        try:
            begun = await submit(world, replace(deploy, created=await world.memory.now()))
        except BlockedBy as blocked:
            return await _of_earlier_run(world, blocked, deploy)
        except HeldBy as held:
            raise on_hold(held.hold) from None
        except errors.Draining:
            await op.report("fisk shuts down here; another one goes on")
        else:
            return Done(begun.id)
        await op.pause(world.timeouts.poll)


async def _of_earlier_run(world: World, blocked: BlockedBy, deploy: Operation) -> Done:
    """What has the lock where an earlier run began it. Raises the refusal where it is somebody else."""
    first = blocked.snapshot.operation
    if first.id in {deploy.id, question(deploy.id)}:
        return Done(first.id)
    busy = world.memory.journal.records.kinds.busy(first)
    after = f"deploy {deploy.arguments.what} --to {deploy.arguments.place} --wait"
    raise taken(blocked.snapshot, await world.memory.now(), busy, again=after)


def _deploy(op: Op, target: Target, resolved: Resolved, *, waits: bool) -> Operation:
    """The deploy, or the wait in line for it."""
    asked, own = op.arguments(LaterArguments), op.operation
    ref = LATEST if asked.ref == LATEST else resolved.commit.sha
    number = following(own.id)[1:]  # the question about this one has this one's
    if waits:
        waiting = WaitArguments(target.name, ref, asked.force, asked.newest)
        return replace(own, id=f"w{number}", kind="wait", arguments=waiting)
    arguments = DeployArguments(target.name, ref, asked.force)
    return replace(own, id=f"d{number}", kind="deploy", arguments=arguments, resources=(target.resource,))
