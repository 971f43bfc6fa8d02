"""Judges a request by the rules in force; access check WHO LINE, approve ID, reject ID."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from commands.grammar import Invocation, access as grammar, again
from commands.grammar.deploys import Skip
from commands.grammar.history import Cancel
from commands.reply import Reply
from commands.request import Request, runs
from deploy.access.access import Access, described
from deploy.access.approvals import expired
from deploy.access.arguments import ApprovalArguments
from deploy.access.errors import (
    AnsweredBefore,
    MayNotLook,
    NotAllowed,
    NotAnApprover,
    NothingToApprove,
    SamePerson,
)
from deploy.access.need import Need
from deploy.access.policy import Act, Decision, line_to_add
from deploy.core import errors
from deploy.core.model import Actor, Offer, Operation, Origin
from deploy.core.values import dataclass
from deploy.engine.audit import Entry
from deploy.engine.records import Records
from deploy.engine.snapshot import Answer, Snapshot
from deploy.kinds import KINDS

if TYPE_CHECKING:
    from deploy.core.errors import Refusal
    from deploy.core.permissions import Permission
    from deploy.world import Targets, World


ID = re.compile(r"[a-z]-\w+")  # of an operation; Coolify's have no dash
LOOKING = Act("look", ("look",))


@dataclass(frozen=True, slots=True)
class Explained(Reply):
    """A decision on a line that somebody might type, and the line of fisk.toml that would allow it.

    `stale`: why the rules are older than fisk.toml; empty where they are not.
    """

    who: Actor
    line: str
    decision: Decision
    to_add: str = ""
    stale: str = ""


async def allow(request: Request, world: World, act: Act) -> str:
    """Why somebody may do it. Raises NotAllowed and MayNotLook; the attempt is in the audit log."""
    access = world.memory.stores.of(Access)
    decision = await access.decide(request.actor, act, request.origin)
    if decision.missing:
        await world.memory.audit.refused(_refused(request, decision.why, await world.memory.now()))
        looks = await access.decide(request.actor, LOOKING, request.origin)
        decision = decision if looks.allowed else looks
        raise _refusal(request.invocation.verb, request.actor, act, decision, access)
    return decision.why


async def may_begin(verb: type[Invocation], actor: Actor, origin: Origin, world: World) -> None:
    """Raises NotAllowed and MayNotLook where somebody may not do it to anything; they have not asked for it yet."""
    access = world.memory.stores.of(Access)
    for act in (LOOKING, Act(verb.typed, (verb.right,), None)):
        decision = await access.decide(actor, act, origin)
        if decision.missing:
            raise _refusal(verb.verb, actor, act, decision, access)


async def may(request: Request, world: World, act: Act) -> bool:
    """Whether somebody may do what was not asked for, so that a no is no refusal."""
    return (await world.memory.stores.of(Access).decide(request.actor, act, request.origin)).allowed


async def allow_on(request: Request, world: World, *apps: str) -> str:
    """The same for the request's line on applications, by their uuids, which only showed once they were looked up."""
    rules = world.memory.stores.of(Access).rules
    names = tuple(dict.fromkeys(rules.name(app) for app in apps))
    return await allow(request, world, Act(request.invocation.typed, request.invocation.needs, names))


async def allow_on_operation(
    request: Request, world: World, operation: Operation, permission: Permission
) -> str:
    """The same for something that is done to an operation, on what that touches."""
    return await allow(request, world, _on(operation, request.invocation.typed, permission, world))


def _on(operation: Operation, verb: str, permission: Permission, world: World) -> Act:
    access = world.memory.stores.of(Access)
    known = access.act(operation).targets if operation.kind in KINDS else ()
    return Act(verb, (permission,), known)


async def offered(
    offers: Iterable[Offer], actor: Actor, origin: Origin, world: World
) -> tuple[tuple[Offer, ...], tuple[str, ...]]:
    """The offers whose lines somebody may do here, as far as shows before they are done, and why not the others.

    A line that this version does not know stays: pressing it says so.
    """
    allowed, why = [], []
    for offer in offers:
        decision = await _on_offer(offer, actor, origin, world)
        if decision is None or decision.allowed:
            allowed.append(offer)
        else:
            why.append(decision.why)
    return tuple(allowed), tuple(dict.fromkeys(why))


async def _on_offer(offer: Offer, actor: Actor, origin: Origin, world: World) -> Decision | None:
    """None where nobody can say before it is pressed, or where it is their own."""
    try:
        asked = again(offer.command)
        act = (
            await _to_cancel(asked, actor, world)
            if isinstance(asked, Cancel | Skip)
            else act_of(asked, world.targets)
        )
    except (errors.NotUnderstood, errors.UnknownOperation):
        return None
    return await world.memory.stores.of(Access).decide(actor, act, origin) if act else None


async def _to_cancel(asked: Cancel | Skip, actor: Actor, world: World) -> Act | None:
    """What it takes to stop an operation or to let another one go first; None for one's own, and one of Coolify's."""
    if not ID.fullmatch(asked.operation):
        return None
    operation = (await world.memory.journal.load(asked.operation)).operation
    return None if operation.actor.id == actor.id else _on(operation, asked.typed, "locks", world)


def act_of(asked: Invocation, targets: Targets) -> Act:
    """What a line takes; targets by their own names, however they were typed."""
    about = tuple(each for name in asked.about or () for each in meant(name, targets))
    return Act(asked.typed, asked.needs, None if asked.about is None else about)


def meant(name: str, targets: Targets) -> tuple[str, ...]:
    """The target of that name, or all of that group; the name itself where it is neither."""
    if target := targets.find(name):
        return (target.name,)
    group = targets.group(name)
    return group.targets if group else (name,)


def _refusal(verb: str, actor: Actor, act: Act, decision: Decision, access: Access) -> Refusal:
    missing = decision.missing or act.needs[0]
    if missing == "look":
        line = line_to_add(access.rules.policy, actor, LOOKING, missing)
        return MayNotLook(why=decision.why, line=line)
    line = line_to_add(access.rules.policy, actor, act, missing)
    own = missing == act.needs[0]
    return NotAllowed(verb=verb if own else described(act, decision), why=decision.why, line=line)


def _refused(request: Request, why: str, at: float) -> Entry:
    return Entry(
        at=at,
        actor=request.actor,
        origin=request.origin,
        what=request.line,
        decided=why,
        outcome="not_allowed",
        operation="",
    )


@runs(grammar.Check)
async def check(asked: grammar.Check, request: Request, world: World) -> Explained:
    """Decide as if somebody else had typed the line here."""
    access, who = world.memory.stores.of(Access), Actor(asked.who, asked.who)
    act = act_of(again(asked.line), world.targets)
    decision = await access.decide(who, act, request.origin)
    missing = decision.missing
    to_add = line_to_add(access.rules.policy, who, act, missing) if missing else ""
    return Explained(who, asked.line, decision, to_add, access.rules.stale)


# --- approving


@dataclass(frozen=True, slots=True)
class Answered(Reply):
    """What was said to an operation that waits for approval."""

    operation: Operation
    yes: bool


@runs(grammar.Approve)
async def approve(asked: grammar.Approve, request: Request, world: World) -> Answered:
    """Say yes to the plan as it was shown. Raises what `_answer` raises."""
    return await _answer(asked.operation, request, world)


@runs(grammar.Reject)
async def reject(asked: grammar.Reject, request: Request, world: World) -> Answered:
    """Say no. Raises what `_answer` raises."""
    return await _answer(asked.operation, request, world, no=True, reason=asked.reason)


async def _answer(
    operation: str, request: Request, world: World, *, no: bool = False, reason: str = ""
) -> Answered:
    """Write down what somebody says.

    Raises:
        NothingToApprove, AnsweredBefore: it does not ask, or not them.
        ApprovalExpired, NotApprovedInTime: not any more.
        NotAnApprover, SamePerson: they may not say it.
        errors.UnknownOperation.
    """
    snapshot = await world.memory.journal.load(operation)
    asks, now = _question(snapshot), await world.memory.now()
    if now >= asks.until:
        raise expired(world, snapshot.operation, asks.plan)
    decided = await _may_answer(snapshot, asks, request, world, no=no)
    outcome = "rejected" if no else "approved"
    entry = Entry(now, request.actor, request.origin, request.line, decided, outcome, operation)
    answer = Answer(request.actor, now, not no, reason)
    try:
        taken = await world.memory.journal.answer(operation, answer, entry)
    except errors.NotCancellable as over:
        raise NothingToApprove(operation=operation, why=f" any more: it is {over.facts['state']}") from None
    if not taken:
        raise AnsweredBefore(operation=operation)
    return Answered(snapshot.operation, not no)


def _question(snapshot: Snapshot) -> ApprovalArguments:
    asks = snapshot.operation.arguments
    if isinstance(asks, ApprovalArguments) and snapshot.open:
        return asks
    over = f" any more: it is {snapshot.state}" if isinstance(asks, ApprovalArguments) else ""
    raise NothingToApprove(operation=snapshot.operation.id, why=over)


async def _may_answer(
    snapshot: Snapshot, asks: ApprovalArguments, request: Request, world: World, *, no: bool
) -> str:
    """Why somebody may answer, by the rules as they are now. Raises NotAnApprover and SamePerson."""
    access, asker = world.memory.stores.of(Access), snapshot.operation.asked_by
    wanted = _wanted(asks, access)
    decision = await access.may_approve(request.actor, wanted, request.origin)
    if not decision.allowed:
        await world.memory.audit.refused(_refused(request, decision.why, await world.memory.now()))
        raise NotAnApprover(targets=" and ".join(wanted.targets), why=decision.why, actor=request.actor.id)
    if not no and not access.rules.people.two(asker, request.actor):
        await world.memory.audit.refused(_refused(request, "the asker's own", await world.memory.now()))
        raise SamePerson(asker=asker.name or asker.id, who=request.actor.name or request.actor.id)
    return decision.why


def _wanted(asks: ApprovalArguments, access: Access) -> Need:
    return access.need(Records(KINDS).operation(asks.proposed)) or Need(asks.count, asks.targets)


async def is_asked(actor: Actor, snapshot: Snapshot, world: World) -> bool:
    """Whether an operation waits for this person's approval: they may give it, and have said nothing yet."""
    asks, access = snapshot.operation.arguments, world.memory.stores.of(Access)
    if not isinstance(asks, ApprovalArguments) or actor.id in snapshot.answers:
        return False
    if not access.rules.people.two(snapshot.operation.asked_by, actor):
        return False
    return (await access.may_approve(actor, _wanted(asks, access), Origin("terminal"))).allowed
