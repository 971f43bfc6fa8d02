"""Arguments of promotions and follows."""

from __future__ import annotations

from deploy.core.freeze import RULE
from deploy.core.model import Actor, Origin
from deploy.core.values import dataclass
from deploy.deploys.arguments import Shipping
from deploy.engine.locks import TERMINAL


@dataclass(frozen=True, slots=True)
class PromoteArguments(Shipping):
    """`source`: the target whose release goes to `target`; `ref`: the commit that it must be, empty where any may.

    `force` overrides the gates that can be overridden.
    """

    source: str = ""
    force: bool = False


@dataclass(frozen=True, slots=True)
class FollowArguments(Shipping):
    """A build that `target` gets since it follows its branch.

    Attributes:
        branch: which branch.
        run: the build, and `attempt` which one of it.
        pushed: who pushed it, as GitHub calls them.
        passed: commits that this one overtook before they were begun.
        by: who switched it on, and `where`: from where.
    """

    branch: str = ""
    run: int = 0
    attempt: int = 1
    pushed: str = ""
    passed: tuple[str, ...] = ()
    by: Actor = RULE
    where: Origin = TERMINAL
