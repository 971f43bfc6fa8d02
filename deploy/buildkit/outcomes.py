"""How operations on BuildKit end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from deploy.core.model import Failure
from deploy.core.outcomes.outcome import Outcome, Status


@dataclass(frozen=True, slots=True)
class Killed:
    """A build that ran on BuildKit when it went down."""

    run: int
    sha: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class BuildKitRestarted(Outcome):
    """BuildKit answers again, `seconds` after it was told to; `anew` where its container was made anew."""

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
    """The new container did not do; the old one is back. `answers` tells whether BuildKit in it does.

    `answered` tells whether it did before.
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
    """It went wrong, and a person must act; `so` says in a sentence what is so now."""

    error: Failure
    host: str
    so: str
    killed: tuple[Killed, ...] = ()
    outcome: Literal["buildkit_down"] = "buildkit_down"
    status: ClassVar[Status] = "failed"
