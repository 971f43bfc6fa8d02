"""Whether other people must approve an operation: a pure function of the rules and of what it does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from deploy.core.values import dataclass

if TYPE_CHECKING:
    from deploy.access.access import Rules
    from deploy.access.policy import Act
    from deploy.core.actor import Actor
    from deploy.core.model import Approval, Resource, Target

AS_DEPLOY = frozenset({"rollback", "promote"})  # what needs the approvals that a deploy needs
OF_VARIABLES = frozenset({"env copy", "env undo"})


@dataclass(frozen=True, slots=True)
class Need:
    """`count` other people, each of whom may approve for every one of `targets`."""

    count: int
    targets: tuple[str, ...]


def need(rules: Rules, act: Act, resources: Iterable[Resource]) -> Need | None:
    """What an operation needs by the rules as they are now; None where it needs nobody else.

    A target is found by its application's uuid, whatever name it was asked for by.
    """
    asking = [target for target in targets_of(rules, resources) if count_for(target, act)]
    if not asking:
        return None
    return Need(max(count_for(each, act) for each in asking), tuple(each.name for each in asking))


def count_for(target: Target, act: Act) -> int:
    """How many other people a target wants for it."""
    protected = 1 if target.protected and act.verb in OF_VARIABLES else 0
    deed = "deploy" if act.verb in AS_DEPLOY else act.verb
    forced = "force" in act.needs and "force" in target.approvals_for and not act.verb.startswith("buildkit")
    return max(protected, target.approvals if deed in target.approvals_for or forced else 0)


def targets_of(rules: Rules, resources: Iterable[Resource]) -> list[Target]:
    """The targets that resources belong to; BuildKit builds for all of them, since there is one."""
    resources = tuple(resources)
    if any(each.kind == "buildkit" for each in resources):
        return list(rules.targets.values())
    names = rules.names(resources)
    return [target for name, target in rules.targets.items() if name in names]


def counted(rules: Rules, asker: Actor, approvals: Sequence[Approval]) -> tuple[Approval, ...]:
    """The approvals by different people, none of whom is the asker; each person counts once."""
    found: list[Approval] = []
    for each in approvals:
        others = (asker, *(one.actor for one in found))
        if all(rules.people.two(other, each.actor) for other in others):
            found.append(each)
    return tuple(found)
