"""Outcomes of a deploy to a group that began."""

from __future__ import annotations

from typing import ClassVar, Literal

from deploy.core.outcomes import Outcome, Status
from deploy.core.values import dataclass
from deploy.deploys.outcomes import Deployed, NotPutBack, PutBack


@dataclass(frozen=True, slots=True)
class GroupDeployed(Outcome):
    """Every target runs its commit, in the order in which they were deployed. `unchanged`: those that ran it already,
    each with it.
    """

    group: str
    parts: tuple[Deployed, ...]
    seconds: float
    unchanged: tuple[tuple[str, str], ...] = ()
    outcome: Literal["group_deployed"] = "group_deployed"
    status: ClassVar[Status] = "done"


@dataclass(frozen=True, slots=True)
class GroupPutBack(Outcome):
    """One or more targets failed, and the others were taken back, the last one first.

    `failed`: those that did not come up, as they were left. `back`: those that were deployed and taken back.
    `untouched`: those that were not begun.
    """

    group: str
    failed: tuple[PutBack | NotPutBack, ...]
    back: tuple[PutBack | NotPutBack, ...] = ()
    untouched: tuple[str, ...] = ()
    outcome: Literal["group_put_back"] = "group_put_back"

    @property
    def status(self) -> Status:
        cancelled = all(isinstance(each, PutBack) and each.cancelled for each in self.failed)
        return "cancelled" if cancelled else "failed"
