"""How a restart of the runner ends."""

from __future__ import annotations

from typing import ClassVar, Literal

from deploy.core.model import Failure
from deploy.core.outcomes.outcome import Outcome, Status
from deploy.core.values import dataclass


@dataclass(frozen=True, slots=True)
class RunnerRestarted(Outcome):
    """The service is active again, and GitHub sees the runner, or `unseen` says why that is not known."""

    runner: str
    seconds: float
    unseen: str = ""
    outcome: Literal["runner_restarted"] = "runner_restarted"
    status: ClassVar[Status] = "done"


@dataclass(frozen=True, slots=True)
class RunnerDown(Outcome):
    """The service was told to restart, and is not back."""

    error: Failure
    runner: str
    outcome: Literal["runner_down"] = "runner_down"
    status: ClassVar[Status] = "failed"
