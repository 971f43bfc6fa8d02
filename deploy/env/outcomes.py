"""Outcomes of a copy for each variable: keys and reasons, never a value."""

from __future__ import annotations

from typing import ClassVar, Literal

from deploy.core.model import Failure
from deploy.core.outcomes.outcome import Outcome, Status
from deploy.core.values import dataclass

# What became of a variable: `failed` was to be written or removed and was not, `differs` was written and
# reads back otherwise.
Became = Literal["copied", "overwritten", "removed", "skipped", "cannot", "failed", "differs"]


@dataclass(frozen=True, slots=True)
class Line:
    key: str
    preview: bool
    became: Became
    why: str = ""

    @property
    def bad(self) -> bool:
        return self.became in {"failed", "differs"}


@dataclass(frozen=True, slots=True)
class EnvCopied(Outcome):
    """All that was confirmed was done and read back.

    Attributes:
        same: how many were equal on both sides already.
        previews_made: keys whose preview, which Coolify made by itself, was removed again.
        moved: keys that the source changed meanwhile, so that both sides differ again.
        deployed: what was deployed afterwards; empty where nothing was asked for.
        not_deployed: why the deploy that was asked for did not come about.
    """

    source: str
    target: str
    lines: tuple[Line, ...]
    same: int = 0
    previews_made: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    deployed: str = ""
    not_deployed: Failure | None = None
    outcome: Literal["env_copied"] = "env_copied"

    @property
    def status(self) -> Status:
        return "failed" if self.not_deployed else "done"


@dataclass(frozen=True, slots=True)
class EnvHalf(Outcome):
    """Some of it was done and some was not; `error` says what ended it, where something did.

    Attributes:
        base: the operation that keeps the variables from before all of it.
        going_back: it was itself a way back.
        cancelled: somebody asked to stop it, and the way back could not even begin.
    """

    source: str
    target: str
    lines: tuple[Line, ...]
    same: int = 0
    moved: tuple[str, ...] = ()
    error: Failure | None = None
    base: str = ""
    going_back: bool = False
    cancelled: bool = False
    outcome: Literal["env_half"] = "env_half"
    status: ClassVar[Status] = "failed"


@dataclass(frozen=True, slots=True)
class EnvPutBack(Outcome):
    """The target's variables are as they were before `base`; or, where lines are bad, all but those."""

    target: str
    base: str
    lines: tuple[Line, ...]
    cancelled: bool = False
    outcome: Literal["env_put_back"] = "env_put_back"

    @property
    def status(self) -> Status:
        if any(line.bad for line in self.lines):
            return "failed"
        return "cancelled" if self.cancelled else "done"
