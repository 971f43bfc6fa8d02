"""The rules in force and who people are, for commands before and for the engine when an operation runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from deploy.access.errors import NoLongerAllowed
from deploy.access.people import Directory, People
from deploy.access.policy import Act, Decision, Policy, decide, line_to_add
from deploy.core.model import Actor, Operation, Origin, Resource, Target

if TYPE_CHECKING:
    from deploy.engine.kind import Kind, Kinds


@dataclass(frozen=True, slots=True)
class Rules:
    """What fisk.toml says about who may do what.

    Attributes:
        apps: the uuids of applications that are no targets but may be named, by their names.
        stale: why the file could not be read again, so that these are older than it; empty where they are not.
    """

    policy: Policy = field(default_factory=Policy)
    targets: Mapping[str, Target] = field(default_factory=dict)
    apps: Mapping[str, str] = field(default_factory=dict)
    people: People = field(default_factory=People)
    stale: str = ""

    def name(self, app: str) -> str:
        """The target or listed application with that uuid; the uuid itself where there is none."""
        named = {uuid: name for name, uuid in self.apps.items()}
        named |= {target.app: target.name for target in self.targets.values()}
        return named.get(app, app)

    def names(self, resources: Iterable[Resource]) -> tuple[str, ...]:
        """The targets and applications that resources belong to."""
        return tuple(dict.fromkeys(self.name(each.name) for each in resources if each.kind in {"app", "env"}))


class NoDirectory:
    """Where there is no Slack, nobody says who is in it."""

    async def known(self, actor: Actor) -> Actor:
        return actor


class Access:
    """`rules` may be replaced at any time; `directory` once Slack is there."""

    def __init__(self, rules: Rules, kinds: Kinds) -> None:
        self.rules = rules
        self.directory: Directory = NoDirectory()
        self._kinds = kinds

    async def decide(self, actor: Actor, act: Act, origin: Origin) -> Decision:
        """By what is known now: what an actor brings along from earlier does not count."""
        bare = Actor(actor.id, actor.name)
        decision = decide(self.rules.policy, bare, act, origin)
        if decision.allowed or bare.at_terminal:
            return decision
        return decide(self.rules.policy, await self.directory.known(bare), act, origin)

    def act(self, operation: Operation) -> Act:
        """What an operation takes. Raises KeyError for an unknown kind."""
        kind: Kind = self._kinds[operation.kind]
        concerned = self.rules.names(kind.concerns(operation.arguments))
        return Act(kind.verb or kind.name, kind.needs(operation), concerned)

    async def authorise(self, operation: Operation) -> None:
        """Judge an operation that is to act. Raises NoLongerAllowed."""
        act, actor = self.act(operation), operation.actor
        decision = await self.decide(actor, act, operation.origin)
        if decision.missing:
            raise NoLongerAllowed(
                who=actor.name or actor.id,
                verb=described(act, decision),
                why=decision.why,
                line=line_to_add(self.rules.policy, actor, act, decision.missing),
            )

    def take(self, rules: Rules) -> None:
        self.rules = rules

    def keep(self, why: str) -> None:
        """Go on with the rules as they were."""
        self.rules = replace(self.rules, stale=why)


def described(act: Act, decision: Decision) -> str:
    """The deed that was not allowed, as in `deploy` or `deploy with force`."""
    return act.verb if decision.missing == act.needs[0] else f"{act.verb} with {decision.missing}"
