"""Who may do what: one pure function, which commands ask before and the engine asks when an operation runs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from deploy.core.fields import Members
from deploy.core.permissions import ON_TOP, PERMISSIONS, Permission
from deploy.core.values import dataclass

if TYPE_CHECKING:
    from deploy.core.actor import Actor, Origin

DEPLOYERS = "deployers"  # the name under which the old list is a role
OF_DEPLOYERS = frozenset({*PERMISSIONS} - {"break-glass", "admin"})
ANYBODY_AT_A_TERMINAL = "cli:*"


@dataclass(frozen=True, slots=True)
class Role:
    """A table `[access.roles.NAME]` of fisk.toml.

    Attributes:
        members: Slack user ids (`U…`), user groups (`S…`), terminal users (`cli:ana`, `cli:*`).
        may: rights, or single verbs as typed, such as `build rerun`.
        targets: where it counts, by the names of targets and `[apps]`; empty: everywhere.
        channels: the only Slack channels from which it counts; empty: any, and a terminal is none.
    """

    members: Members = frozenset()
    may: frozenset[str] = frozenset()
    targets: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()

    def entry(self, actor: Actor) -> str:
        """The entry of `members` that stands for somebody; empty where none does."""
        if actor.id in self.members:
            return actor.id
        if actor.at_terminal:
            return ANYBODY_AT_A_TERMINAL if ANYBODY_AT_A_TERMINAL in self.members else ""
        return next(iter(sorted(groups_among(self.members) & actor.groups)), "")


@dataclass(frozen=True, slots=True)
class Policy:
    """The `[access]` table of fisk.toml; roles have tables of their own.

    Attributes:
        deployers: the old form of a role, which may all but `break-glass` and `admin`.
        channels: the only Slack channels from which `deployers` count; empty: any.
    """

    deployers: Members = frozenset()
    channels: frozenset[str] = frozenset()
    roles: Mapping[str, Role] = field(default_factory=dict)

    def all_roles(self) -> Iterator[tuple[str, Role]]:
        yield from self.roles.items()
        if self.deployers:
            yield DEPLOYERS, Role(self.deployers, OF_DEPLOYERS, channels=self.channels)

    @property
    def groups(self) -> frozenset[str]:
        """The Slack user groups whose members must be known to decide."""
        return frozenset().union(*(groups_among(role.members) for _, role in self.all_roles()))


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody wants to do.

    Attributes:
        verb: as typed, such as `build rerun`.
        needs: all of these, the verb's own first.
        targets: the names of what it is about; empty: of no target; None: not known yet, judged when it begins.
    """

    verb: str
    needs: tuple[Permission, ...]
    targets: tuple[str, ...] | None = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """`why`: the roles that allow it, or what keeps the nearest one from it. `missing`: the right that nobody gave."""

    allowed: bool
    why: str
    missing: Permission | None = None


def decide(policy: Policy, actor: Actor, act: Act, origin: Origin) -> Decision:
    """Allow what a role allows for each permission and each target; without a role only looking, by members."""
    allowed: list[str] = []
    for need in act.needs:
        found = _for_each_target(policy, actor, act, need, origin)
        if found is None and not (need == "look" and _of_the_house(actor)):
            return Decision(allowed=False, why=_why_not(policy, actor, act, need, origin), missing=need)
        allowed += found or ["every member may look"]
    return Decision(allowed=True, why="; ".join(dict.fromkeys(allowed)))


def _of_the_house(actor: Actor) -> bool:
    return actor.at_terminal or actor.standing == "member"


def _for_each_target(
    policy: Policy, actor: Actor, act: Act, need: Permission, origin: Origin
) -> list[str] | None:
    """The roles that give a right, one for each target; None where one of them has none."""
    if not act.targets:
        anywhere = act.targets is None
        role = next((name for name in _giving(policy, actor, act, need, origin, "", anywhere=anywhere)), "")
        return [role] if role else None
    found = [next(_giving(policy, actor, act, need, origin, target), "") for target in act.targets]
    return found if all(found) else None


def _giving(
    policy: Policy,
    actor: Actor,
    act: Act,
    need: Permission,
    origin: Origin,
    target: str,
    *,
    anywhere: bool = False,
) -> Iterator[str]:
    for name, role in policy.all_roles():
        entry = role.entry(actor)
        there = anywhere or not role.targets or target in role.targets
        if entry and there and _gives(role, act, need) and _from(role, origin):
            yield f"{name}: {entry}" + (f" for {target}" if target in role.targets else "")


def _gives(role: Role, act: Act, need: Permission) -> bool:
    """A verb by its own name gives what it needs itself, but neither force nor break-glass."""
    return need in role.may or (act.verb in role.may and need not in ON_TOP)


def _from(role: Role, origin: Origin) -> bool:
    return not role.channels or origin.kind == "terminal" or origin.channel in role.channels


def _why_not(policy: Policy, actor: Actor, act: Act, need: Permission, origin: Origin) -> str:
    """What keeps the nearest role from allowing it."""
    if need == "look" and actor.standing == "unknown":
        return "Slack does not say whether they are a member of this workspace or a guest"
    giving = [(name, role) for name, role in policy.all_roles() if _gives(role, act, need)]
    theirs = [(name, role) for name, role in giving if role.entry(actor)]
    for name, role in theirs:
        if not _from(role, origin):
            return f"role {name} counts only in {_listed(role.channels)}"
    for name, role in theirs:
        return f"role {name} is only for {_listed(role.targets)}"
    if giving:
        return f"{need} is for role {_listed([name for name, _ in giving])}"
    return f"no role may {need}"


def _listed(names: Collection[str]) -> str:
    return ", ".join(sorted(names))


def line_to_add(policy: Policy, actor: Actor, act: Act, missing: Permission) -> str:
    """The line of fisk.toml that would allow it: a new member of a role that may, or a role that is not there yet."""
    for name, role in policy.roles.items():
        everywhere = not role.targets or set(act.targets or ()) <= role.targets
        if everywhere and not role.channels and _gives(role, act, missing):
            return f'add "{actor.id}" to `members` under `[access.roles.{name}]`'
    return f'add a table `[access.roles.NAME]` with `members = ["{actor.id}"]` and `may = ["{missing}"]`'


def groups_among(entries: Collection[str]) -> frozenset[str]:
    """The entries that name Slack user groups."""
    return frozenset(entry for entry in entries if entry.startswith("S"))
