"""The ends that every kind of operation can have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from deploy.core.model import Actor, Failure
from deploy.core.outcomes.outcome import Outcome, Status


@dataclass(frozen=True, slots=True)
class Completed(Outcome):
    """An operation that has nothing else to say than that it is done."""

    note: str = ""
    outcome: Literal["completed"] = "completed"
    status: ClassVar[Status] = "done"


@dataclass(frozen=True, slots=True)
class Refused(Outcome):
    """Nothing was begun. `also` are further gates that said no."""

    error: Failure
    also: tuple[Failure, ...] = ()
    outcome: Literal["refused"] = "refused"
    status: ClassVar[Status] = "refused"


@dataclass(frozen=True, slots=True)
class Failed(Outcome):
    """It went wrong, and what was there before is there still."""

    error: Failure
    outcome: Literal["failed"] = "failed"
    status: ClassVar[Status] = "failed"


@dataclass(frozen=True, slots=True)
class Cancelled(Outcome):
    """Stopped on request before anything was changed."""

    by: Actor
    outcome: Literal["cancelled"] = "cancelled"
    status: ClassVar[Status] = "cancelled"


@dataclass(frozen=True, slots=True)
class Abandoned(Outcome):
    """A person took the locks away by force; whatever it had begun was left as it was."""

    by: Actor
    reason: str
    step: str
    outcome: Literal["abandoned"] = "abandoned"
    status: ClassVar[Status] = "failed"
