"""Outcomes of operations on BuildKit."""

from __future__ import annotations

from typing import ClassVar, Literal

from deploy.core.model import Failure
from deploy.core.outcomes.outcome import Outcome, Status
from deploy.core.values import dataclass


@dataclass(frozen=True, slots=True)
class Killed:
    """A build that ran on BuildKit when it went down."""

    run: int
    sha: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class BuildKitRestarted(Outcome):
    """BuildKit answers again, after `seconds`; `anew`: its container was recreated."""

    host: str
    seconds: float
    platforms: tuple[str, ...]
    killed: tuple[Killed, ...] = ()
    anew: bool = False
    note: str = ""
    outcome: Literal["buildkit_restarted"] = "buildkit_restarted"
    status: ClassVar[Status] = "done"


@dataclass(frozen=True, slots=True)
class BuildKitPutBack(Outcome):
    """The new container failed; the old one is back. `answers`: whether BuildKit in it answers.

    `answered`: whether it did before.
    """

    error: Failure
    host: str
    answers: bool
    answered: bool
    killed: tuple[Killed, ...] = ()
    cancelled: bool = False
    outcome: Literal["buildkit_put_back"] = "buildkit_put_back"

    @property
    def status(self) -> Status:
        return "cancelled" if self.cancelled else "failed"


@dataclass(frozen=True, slots=True)
class BuildKitDown(Outcome):
    """It failed, and a person must act; `so` describes the present state in a sentence."""

    error: Failure
    host: str
    so: str
    killed: tuple[Killed, ...] = ()
    outcome: Literal["buildkit_down"] = "buildkit_down"
    status: ClassVar[Status] = "failed"


@dataclass(frozen=True, slots=True)
class BuildKitPruned(Outcome):
    """BuildKit's cache has `after` bytes, and had `before`; `keep` of them were to stay."""

    host: str
    before: int
    after: int
    keep: int
    outcome: Literal["buildkit_pruned"] = "buildkit_pruned"
    status: ClassVar[Status] = "done"

    @property
    def freed(self) -> int:
        return max(0, self.before - self.after)
