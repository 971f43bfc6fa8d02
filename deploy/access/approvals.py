"""Four eyes: an operation that needs others' approval waits as one of its own, which locks nothing.

What is approved is a plan's fingerprint. It is compared before the operation begins, and once more under its lock.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from deploy.access.access import Access
from deploy.access.arguments import ApprovalArguments, Approved, AskedAgain
from deploy.access.errors import (
    ApprovalExpired,
    Disapproved,
    NotApproved,
    NotApprovedInTime,
    PlanNotApproved,
)
from deploy.core import errors
from deploy.core.model import Actor, Approval, Done, Operation, Origin
from deploy.core.units import instant
from deploy.core.values import dataclass
from deploy.engine.kind import Kind, Kinds, Plan, Step, following
from deploy.engine.locks import BlockedBy, HeldBy
from deploy.engine.records import Records

if TYPE_CHECKING:
    from deploy.access.need import Need
    from deploy.core.errors.refusals import Refusal
    from deploy.core.outcomes import Outcome
    from deploy.engine.engine import Op
    from deploy.world import World

KIND = "approval"
LOOK_EVERY = 1.0  # seconds between two looks at the answers


@dataclass(frozen=True, slots=True)
class Agreed:
    """The approvals with which it begins."""

    approved: tuple[Approval, ...]

    @property
    def note(self) -> str:
        if not self.approved:
            return "nobody needs to approve it any more"
        return f"by {' and '.join(each.actor.name or each.actor.id for each in self.approved)}"


@dataclass(frozen=True, slots=True)
class Begun:
    """What began then: the operation, or another question in its place."""

    operation: str
    again: bool = False


# --- asking


async def submit(world: World, operation: Operation) -> Operation:
    """Begin an operation, or the wait for its approval where others must approve it; returns what has begun.

    One that was approved earlier, as what is to be done later, begins where it would still do the same. Raises what
    submitting raises.
    """
    access = world.memory.stores.of(Access)
    wanted = access.need(operation)
    plan = await access.plan(world, operation) if wanted else None
    if wanted is None or plan is None or plan.exempt or plan.refused or operation.plan == plan.fingerprint:
        await world.memory.submit(operation)  # which compares once more what was approved
        return operation
    fresh = replace(operation, approved=(), plan="")
    asking = await _asking(world, fresh, wanted, plan, changed=bool(operation.plan))
    await world.memory.submit(asking)
    return asking


async def _asking(
    world: World, proposed: Operation, wanted: Need, plan: Plan, *, changed: bool = False
) -> Operation:
    now = await world.memory.now()
    arguments = ApprovalArguments(
        proposed=Records.dump_operation(proposed),
        deed=proposed.line or proposed.kind,
        plan=plan,
        count=wanted.count,
        targets=wanted.targets,
        until=plan.until or now + world.timeouts.approve_within,
        came_from=proposed.origin,
        approvers=world.memory.stores.of(Access).approvers(wanted, proposed.asked_by),
        changed=changed,
    )
    return replace(
        proposed,
        id=question(proposed.id),
        kind=KIND,
        arguments=arguments,
        resources=(),
        created=now,
        origin=_where_others_see_it(world, proposed.origin),
        usual=0,
    )


def question(operation: str) -> str:
    """The id of the operation that asks others to approve one."""
    return f"a{operation[1:]}"


def _where_others_see_it(world: World, origin: Origin) -> Origin:
    """The channel it was asked in; of a terminal or of direct messages, the one for announcements, if there is one."""
    announce = world.memory.stores.of(Access).rules.announce
    alone = origin.kind == "terminal" or not origin.channel or origin.channel.startswith("D")
    return Origin("slack", announce, request=origin.request) if alone and announce else origin


# --- waiting


def approval(kinds: Kinds) -> Kind:
    """The kind of operation that waits for the approval of one of these kinds."""
    records = Records(kinds)

    async def story(world: World, op: Op) -> Outcome:
        return await _wait(world, op, records)

    def by(asked: ApprovalArguments) -> tuple[Actor, Origin]:
        """Whoever answers for what is proposed answers for the question."""
        proposed = records.operation(asked.proposed)
        of = kinds.get(proposed.kind)
        return of.by(proposed.arguments) if of and of.by else (proposed.actor, proposed.origin)

    return Kind(
        KIND,
        story=story,
        arguments=ApprovalArguments,
        doing="Waiting for approval of {deed}",
        busy="is asking others to approve {deed}",
        steps=(Step("approval", "those who pressed"), Step("begin", "fisk's memory", quiet=True)),
        outcomes=(Approved, AskedAgain),
        locks=lambda _: (),
        right="look",
        waits=True,
        by=by,
    )


async def _wait(world: World, op: Op, records: Records) -> Outcome:
    asked = op.arguments(ApprovalArguments)
    proposed = records.operation(asked.proposed)
    agreed = await op.step("approval", Agreed, lambda: _agreed(world, op, asked, proposed))
    proposed = replace(proposed, approved=agreed.approved, plan=asked.plan.fingerprint)
    begun = await op.step("begin", Begun, lambda: _begin(world, op, asked, proposed))
    if begun.again:
        return AskedAgain(begun.operation)
    return Approved(begun.operation, tuple(each.actor for each in agreed.approved))


async def _agreed(world: World, op: Op, asked: ApprovalArguments, proposed: Operation) -> Agreed:
    """Wait until enough people said yes. Raises Disapproved, ApprovalExpired and NotApprovedInTime."""
    access = world.memory.stores.of(Access)
    while True:
        answers = (await world.memory.journal.load(op.operation.id)).answers.values()
        for answer in answers:
            if not answer.yes:
                why = f": {answer.reason}" if answer.reason else ""
                who = answer.actor.name or answer.actor.id
                raise Disapproved(who=who, why=why, line=op.operation.line)
        approved = tuple(Approval(answer.actor, answer.at) for answer in answers)
        wanted = access.need(proposed)
        valid = await access.approvals(replace(proposed, approved=approved), wanted) if wanted else approved
        if wanted is None or len(valid) >= wanted.count:
            return Agreed(valid)
        if await world.memory.now() >= asked.until:
            raise expired(world, op.operation, asked.plan)
        if valid:
            await op.report(f"{len(valid)} of {wanted.count} approved it")
        await op.pause(min(LOOK_EVERY, world.timeouts.poll))


def expired(world: World, asking: Operation, plan: Plan) -> Refusal:
    """What whoever asked is told, and whoever presses too late."""
    if plan.until:
        return NotApprovedInTime(at=instant(plan.until), line=asking.line)
    return ApprovalExpired(minutes=world.timeouts.approve_within / 60, line=asking.line)


async def _begin(world: World, op: Op, asked: ApprovalArguments, proposed: Operation) -> Begun:
    """Begin it, or ask again where it would do something else by now. Either id follows from this operation's."""
    access, again = world.memory.stores.of(Access), following(proposed.id)
    if await _begun(world, proposed.id):  # by an earlier run; what it does has changed the plan by now
        return Begun(proposed.id)
    if await _begun(world, question(again)):
        return Begun(question(again), again=True)
    await access.authorise(proposed)
    wanted, plan = access.need(proposed), await access.plan(world, proposed)
    if wanted and plan and plan.fingerprint != asked.plan.fingerprint and not plan.refused:
        fresh = replace(proposed, id=again, approved=(), plan="")
        asking = await _asking(world, fresh, wanted, plan, changed=True)
        await _submitted(world, op, asking, asked.until)
        return Begun(asking.id, again=True)
    await _submitted(world, op, replace(proposed, created=await world.memory.now()), asked.until)
    return Begun(proposed.id)


async def begun_as(world: World, operation: str) -> str:
    """What an earlier run has begun of an operation: itself, or the question to others; empty where it has not."""
    for id_ in (operation, question(operation)):
        if await _begun(world, id_):
            return id_
    return ""


async def _begun(world: World, operation: str) -> bool:
    try:
        await world.memory.journal.load(operation)
    except errors.UnknownOperation:
        return False
    return True


async def _submitted(world: World, op: Op, operation: Operation, until: float) -> None:
    """Submit it; wait for what is in its way, as long as it may."""
    while True:
        try:
            await world.memory.submit(operation)
        except BlockedBy as blocked:
            if blocked.snapshot.operation.id == operation.id:
                return  # submitted by an earlier run
            await op.report(f"{blocked.snapshot.operation.id} goes first")
        except HeldBy as held:
            await op.report(f"on hold: {held.hold.reason}")
        except errors.Draining:
            await op.report("fisk shuts down here; another one goes on")
        else:
            return
        if await world.memory.now() >= until:
            raise errors.GaveUpWaiting(
                minutes=world.timeouts.approve_within / 60, what="the target to be free"
            )
        await op.pause(world.timeouts.poll)


# --- under the lock


async def require(world: World, op: Op, fingerprint: str, *, exempt: bool = False) -> None:
    """Compare what is about to be done with what was approved; once something was done, it is asked no more.

    Raises:
        NotApproved: too few of those who may have approved it, by the rules as they are now.
        PlanNotApproved: they approved something else.
    """
    access, operation = world.memory.stores.of(Access), op.operation
    wanted = access.need(operation)
    if exempt or wanted is None or access.has_acted(operation.kind, op.begun):
        return
    await op.step("approved", Done, _comparing(access, operation, wanted, fingerprint))


def _people(count: int) -> str:
    return "another person" if count == 1 else f"{count} other people"


def _comparing(
    access: Access, operation: Operation, wanted: Need, fingerprint: str
) -> Callable[[], Awaitable[Done]]:
    async def compare() -> Done:
        valid = await access.approvals(operation, wanted)
        if len(valid) < wanted.count:
            raise NotApproved(
                targets=" and ".join(wanted.targets),
                count=_people(wanted.count),
                has=str(len(valid)) if valid else "nobody",
                line=operation.line,
            )
        if operation.plan != fingerprint:
            raise PlanNotApproved(line=operation.line)
        return Done(f"by {' and '.join(each.actor.name or each.actor.id for each in valid)}")

    return compare
