"""Outcomes of operations on builds."""

from __future__ import annotations

from typing import ClassVar, Literal

from deploy.core.model import Failure
from deploy.core.outcomes.outcome import Outcome, Status
from deploy.core.values import dataclass


@dataclass(frozen=True, slots=True)
class BuildRunsAgain(Outcome):
    """GitHub shows the new attempt."""

    build: int
    sha: str
    attempt: int
    state: str
    url: str
    failed_only: bool = False
    outcome: Literal["build_runs_again"] = "build_runs_again"
    status: ClassVar[Status] = "done"


@dataclass(frozen=True, slots=True)
class BuildStopped(Outcome):
    """The build is over: `cancelled`, or its own conclusion where it ended before the request.

    `error` says why a requested rerun did not follow.
    """

    build: int
    sha: str
    conclusion: str
    url: str
    error: Failure | None = None
    outcome: Literal["build_stopped"] = "build_stopped"

    @property
    def status(self) -> Status:
        return "done" if self.conclusion == "cancelled" and not self.error else "failed"


@dataclass(frozen=True, slots=True)
class BuildStarted(Outcome):
    """GitHub shows the new build."""

    build: int
    sha: str
    branch: str
    state: str
    url: str
    no_cache: bool = False
    outcome: Literal["build_started"] = "build_started"
    status: ClassVar[Status] = "done"


@dataclass(frozen=True, slots=True)
class BuildUnsure(Outcome):
    """GitHub does not show the request's effect, which may still come. `lost`: why there was no answer, if so."""

    error: Failure
    build: int
    sha: str
    lost: str = ""
    outcome: Literal["build_unsure"] = "build_unsure"
    status: ClassVar[Status] = "failed"
