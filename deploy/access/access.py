"""The rules in force and who people are, for commands before and for the engine when an operation runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING

from deploy.access.errors import NoLongerAllowed
from deploy.access.need import Need, counted, need, targets_of
from deploy.access.people import Directory, People
from deploy.access.policy import Act, Decision, Policy, Role, decide, line_to_add
from deploy.core.freeze import RULE
from deploy.core.model import Actor, Approval, Arguments, Operation, Origin, Resource, Target
from deploy.core.permissions import READING
from deploy.core.values import dataclass

if TYPE_CHECKING:
    from deploy.engine.kind import Kind, Kinds, Plan
    from deploy.world import World


@dataclass(frozen=True, slots=True)
class Rules:
    """What fisk.toml says about who may do what.

    Attributes:
        apps: the uuids of applications that are no targets but may be named, by their names.
        announce: the channel that hears every outcome, and is asked where nobody else would see the question.
        stale: why the file could not be read again, so that these are older than it; empty where they are not.
    """

    policy: Policy = field(default_factory=Policy)
    targets: Mapping[str, Target] = field(default_factory=dict)
    apps: Mapping[str, str] = field(default_factory=dict)
    people: People = field(default_factory=People)
    announce: str = ""
    stale: str = ""

    def name(self, app: str) -> str:
        """The target or listed application with that uuid; the uuid itself where there is none."""
        named = {uuid: name for name, uuid in self.apps.items()}
        named |= {target.app: target.name for target in self.targets.values() if target.app}
        return named.get(app, app)

    def names(self, resources: Iterable[Resource]) -> tuple[str, ...]:
        """The targets and applications that resources belong to."""
        return tuple(dict.fromkeys(self.name(each.name) for each in resources if each.kind in {"app", "env"}))


def _only(members: frozenset[str]) -> Policy:
    """The rule that these and nobody else may approve."""
    return Policy(roles={"approvers": Role(members, frozenset({"approve"}))})


class NoDirectory:
    """Where there is no Slack, nobody says who is in it."""

    async def name(self, user: str) -> str:  # noqa: ARG002 (the directory's)
        return ""

    async def known(self, actor: Actor) -> Actor:
        return actor


class Access:
    """`rules` may be replaced at any time; `directory` once Slack is there."""

    def __init__(self, rules: Rules, kinds: Kinds) -> None:
        self.rules = rules
        self.directory: Directory = NoDirectory()
        self._kinds = kinds

    async def decide(self, actor: Actor, act: Act, origin: Origin, policy: Policy | None = None) -> Decision:
        """By what is known now: what an actor brings along from earlier does not count."""
        bare, policy = Actor(actor.id, actor.name), policy or self.rules.policy
        decision = decide(policy, bare, act, origin)
        if decision.allowed or bare.at_terminal:
            return decision
        return decide(policy, await self.directory.known(bare), act, origin)

    async def name(self, actor: Actor) -> str:
        """What people call a user of Slack's: there, else in `[people]`; empty where neither says."""
        return await self.directory.name(actor.id) or self.rules.people.name(actor)

    def lists(self, actor: Actor) -> bool:
        """Whether a role lists somebody by their own id."""
        return any(actor.id in role.members for _, role in self.rules.policy.all_roles())

    async def has_rights(self, user: str) -> bool:
        """Whether a role lets a Slack user do more than look."""
        actor = await self.directory.known(Actor(user))
        roles = (role for _, role in self.rules.policy.all_roles())
        return any(role.entry(actor) and not READING.issuperset(role.may) for role in roles)

    def act(self, operation: Operation) -> Act:
        """What an operation takes. Raises KeyError for an unknown kind."""
        kind = self._kinds[operation.kind]
        return self._act(kind, operation.arguments, break_glass=bool(operation.break_glass))

    def _act(self, kind: Kind, arguments: Arguments, *, break_glass: bool = False) -> Act:
        needs = kind.needs(arguments, break_glass=break_glass)
        return Act(kind.typed, needs, self.rules.names(kind.concerns(arguments)))

    async def authorise(self, operation: Operation) -> None:
        """Judge an operation that is to act. Raises NoLongerAllowed."""
        act, (actor, _) = self.act(operation), self._by(operation)
        decision = await self.decision_on(operation)
        if decision.missing:
            raise NoLongerAllowed(
                who=actor.name or actor.id,
                verb=described(act, decision),
                why=decision.why,
                line=line_to_add(self.rules.policy, actor, act, decision.missing),
            )

    async def decision_on(self, operation: Operation) -> Decision:
        """Whether whoever answers for an operation may do it; fisk.toml may what it says itself."""
        act, (actor, origin) = self.act(operation), self._by(operation)
        if actor != RULE:
            return await self.decide(actor, act, origin)
        if act.needs == ("look",):
            return Decision(allowed=True, why="fisk.toml: follow")
        says = [self.rules.targets[name].follow for name in act.targets or () if name in self.rules.targets]
        if says and all(says) and act.needs == ("deploy",):
            return Decision(allowed=True, why="fisk.toml: follow")
        return Decision(allowed=False, why="it does not say `follow` for this target", missing=act.needs[0])

    def _by(self, operation: Operation) -> tuple[Actor, Origin]:
        """Who answers for an operation, and from where."""
        by = self._kinds[operation.kind].by
        return by(operation.arguments) if by else (operation.actor, operation.origin)

    def need(self, operation: Operation) -> Need | None:
        """How many other people must approve an operation; None where nobody must."""
        kind = self._kinds.get(operation.kind)
        if kind is None or operation.break_glass:
            return None
        return self.need_of(kind, operation.arguments)

    def need_of(self, kind: Kind, arguments: Arguments) -> Need | None:
        """The same of an operation that is not made yet."""
        if kind.plan is None:
            return None
        return need(self.rules, self._act(kind, arguments), kind.concerns(arguments))

    async def may_approve(self, actor: Actor, wanted: Need, origin: Origin) -> Decision:
        """Whether somebody may approve for each of these targets."""
        why = []
        for name in wanted.targets:
            act = Act("approve", ("approve",), (name,))
            approvers = self.rules.targets[name].approvers if name in self.rules.targets else frozenset()
            decision = await self.decide(actor, act, origin, _only(approvers) if approvers else None)
            if not decision.allowed:
                return decision
            why.append(decision.why)
        return Decision(allowed=True, why="; ".join(dict.fromkeys(why)))

    def concerned(self, operation: Operation) -> tuple[str, ...]:
        """The entries of whoever may approve for a target that an operation touches."""
        kind = self._kinds[operation.kind]
        touched = [each.name for each in targets_of(self.rules, kind.concerns(operation.arguments))]
        return tuple(sorted({entry for name in touched for entry in self._approvers(name)}))

    def approvers(self, wanted: Need, asker: Actor) -> tuple[str, ...]:
        """Whom to ask: entries that may approve for every one of these targets, but the asker's own."""
        found = [set(self._approvers(name)) for name in wanted.targets]
        return tuple(sorted(set[str].intersection(*found) - {asker.id})) if found else ()

    def _approvers(self, target: str) -> Iterable[str]:
        named = self.rules.targets[target].approvers if target in self.rules.targets else frozenset()
        if named:
            return named
        roles = [role for _, role in self.rules.policy.all_roles() if "approve" in role.may]
        return {each for role in roles if not role.targets or target in role.targets for each in role.members}

    async def approvals(self, operation: Operation, wanted: Need) -> tuple[Approval, ...]:
        """Those of an operation's approvals that count by now. A button is pressed anywhere, so channels do not."""
        anywhere = Origin("terminal")
        valid = [
            each
            for each in operation.approved
            if (await self.may_approve(each.actor, wanted, anywhere)).allowed
        ]
        return counted(self.rules, operation.asked_by, valid)

    async def plan(self, world: World, operation: Operation) -> Plan | None:
        """What an operation would do now; None for a kind that nobody has to approve."""
        plan = self._kinds[operation.kind].plan
        return await plan(world, operation) if plan else None

    def has_acted(self, kind: str, begun: Iterable[str]) -> bool:
        """Whether one of the steps that an operation of that kind began changes something."""
        return self._kinds[kind].has_acted(begun)

    def take(self, rules: Rules) -> None:
        self.rules = rules

    def keep(self, why: str) -> None:
        """Go on with the rules as they were."""
        self.rules = replace(self.rules, stale=why)


def described(act: Act, decision: Decision) -> str:
    """The deed that was not allowed, as in `deploy` or `deploy with force`."""
    return act.verb if decision.missing == act.needs[0] else f"{act.verb} with {decision.missing}"
