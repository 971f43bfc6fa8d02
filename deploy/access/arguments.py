"""Arguments and outcome of an operation that waits for other people's approval."""

from __future__ import annotations

from typing import ClassVar, Literal

from deploy.core.model import Actor, Arguments, Origin
from deploy.core.outcomes import Outcome, Status
from deploy.core.values import dataclass
from deploy.engine.kind import Plan


@dataclass(frozen=True, slots=True)
class ApprovalArguments(Arguments):
    """What is to be approved.

    Attributes:
        proposed: the operation that begins then, as the journal keeps it.
        deed: its command.
        plan: what it would do, as it was when this was asked.
        count: how many other people must approve, and `targets` which targets say so.
        until: when it expires, by the store's clock.
        came_from: where it was asked for.
        approvers: who may press, as entries of fisk.toml; for the message alone, not for the decision.
        changed: whether it is asked again, since an earlier plan changed after it was approved.
    """

    proposed: str
    deed: str
    plan: Plan
    count: int
    targets: tuple[str, ...]
    until: float
    came_from: Origin
    approvers: tuple[str, ...] = ()
    changed: bool = False

    @property
    def place(self) -> str:
        return ", ".join(self.targets)


@dataclass(frozen=True, slots=True)
class Approved(Outcome):
    """Others approved it, and the operation `begun` goes on."""

    begun: str
    by: tuple[Actor, ...]
    outcome: Literal["approved"] = "approved"
    status: ClassVar[Status] = "done"


@dataclass(frozen=True, slots=True)
class AskedAgain(Outcome):
    """It was approved, but would do something else by now, so that the operation `begun` asks again."""

    begun: str
    outcome: Literal["asked_again"] = "asked_again"
    status: ClassVar[Status] = "done"
