"""Judges a request by the rules in force; access check WHO LINE."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commands.grammar import Invocation, access as grammar, again
from commands.reply import Reply
from commands.request import Request, runs
from deploy.access.access import Access, described
from deploy.access.errors import MayNotLook, NotAllowed
from deploy.access.policy import Act, Decision, line_to_add
from deploy.core.actor import Actor
from deploy.engine.audit import Entry

if TYPE_CHECKING:
    from deploy.core.errors import Refusal
    from deploy.world import World


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
        await world.memory.audit.write(_refused(request, decision.why, await world.memory.now()))
        looks = await access.decide(request.actor, LOOKING, request.origin)
        raise _refusal(request, act, decision if looks.allowed else looks, access)
    return decision.why


async def allow_on(request: Request, world: World, *apps: str) -> str:
    """The same for the request's line on applications, by their uuids, which only showed once they were looked up."""
    rules = world.memory.stores.of(Access).rules
    names = tuple(dict.fromkeys(rules.name(app) for app in apps))
    return await allow(request, world, Act(request.invocation.typed, request.invocation.needs, names))


def act_of(asked: Invocation) -> Act:
    """What a line takes."""
    return Act(asked.typed, asked.needs, asked.about)


def _refusal(request: Request, act: Act, decision: Decision, access: Access) -> Refusal:
    missing = decision.missing or act.needs[0]
    if missing == "look":
        line = line_to_add(access.rules.policy, request.actor, LOOKING, missing)
        return MayNotLook(why=decision.why, line=line)
    line = line_to_add(access.rules.policy, request.actor, act, missing)
    own = missing == act.needs[0]
    verb = request.invocation.verb if own else described(act, decision)
    return NotAllowed(verb=verb, why=decision.why, line=line)


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
    access, who, act = world.memory.stores.of(Access), Actor(asked.who, asked.who), act_of(again(asked.line))
    decision = await access.decide(who, act, request.origin)
    missing = decision.missing
    to_add = line_to_add(access.rules.policy, who, act, missing) if missing else ""
    return Explained(who, asked.line, decision, to_add, access.rules.stale)
