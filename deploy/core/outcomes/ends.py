"""The outcomes that every kind of operation can have."""

from __future__ import annotations

from typing import ClassVar, Literal

from deploy.core.model import Actor, Failure
from deploy.core.outcomes.outcome import Outcome, Status
from deploy.core.values import dataclass


@dataclass(frozen=True, slots=True)
class Completed(Outcome):
    """The operation succeeded; there are no further details. `begun` is the operation that goes on from here."""

    note: str = ""
    begun: str = ""
    outcome: Literal["completed"] = "completed"
    status: ClassVar[Status] = "done"


@dataclass(frozen=True, slots=True)
class Refused(Outcome):
    """Nothing was begun. `also` are the refusals of further gates."""

    error: Failure
    also: tuple[Failure, ...] = ()
    outcome: Literal["refused"] = "refused"
    status: ClassVar[Status] = "refused"


@dataclass(frozen=True, slots=True)
class Failed(Outcome):
    """It failed. `acted` are the steps that it had begun and that change something, each with its system; where there
    are none, nothing was changed.
    """

    error: Failure
    acted: tuple[str, ...] = ()
    outcome: Literal["failed"] = "failed"
    status: ClassVar[Status] = "failed"


@dataclass(frozen=True, slots=True)
class Cancelled(Outcome):
    """Stopped on request; `acted` as in Failed."""

    by: Actor
    acted: tuple[str, ...] = ()
    outcome: Literal["cancelled"] = "cancelled"
    status: ClassVar[Status] = "cancelled"


@dataclass(frozen=True, slots=True)
class Abandoned(Outcome):
    """A person took the locks away by force; nothing that it had changed was put back."""

    by: Actor
    reason: str
    step: str
    outcome: Literal["abandoned"] = "abandoned"
    status: ClassVar[Status] = "failed"
