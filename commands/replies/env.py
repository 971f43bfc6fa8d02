"""What the env commands answer: keys, flags and fingerprints, never a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from commands.replies import AskFirst, Reply
from deploy.model import Offer
from deploy.variables.cautions import Caution
from deploy.variables.plan import Fate
from deploy.variables.values import Owner


@dataclass(frozen=True, slots=True)
class Row:
    """A variable as it is shown. `mark` is the source's fingerprint and `other` the target's, where there are any."""

    key: str
    preview: bool
    fate: Fate
    why: str = ""
    flags: tuple[str, ...] = ()
    mark: str = ""
    other: str = ""


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan as it is shown.

    Attributes:
        base: the operation that is gone on with, or taken back.
        back: whether this is the way back.
        stale: whether it differs from the plan that was confirmed.
        strangers: keys that somebody else changed since that operation.
        protected: whether somebody else must confirm it.
        redeploy: whether the target is deployed afterwards.
        takes: seconds that Coolify's limit makes of it, where it is much that goes one by one.
    """

    source: Owner
    target: Owner
    rows: tuple[Row, ...]
    twins: tuple[str, ...] = ()
    cautions: tuple[Caution, ...] = ()
    base: str = ""
    back: bool = False
    stale: bool = False
    strangers: tuple[str, ...] = ()
    protected: bool = False
    redeploy: bool = False
    takes: float = 0

    def of(self, *fates: Fate) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.fate in fates)


@dataclass(frozen=True, slots=True)
class EnvTable(Reply):
    """`sealed`: whether there is a key, and so fingerprints."""

    owner: Owner
    rows: tuple[Row, ...]
    sealed: bool


@dataclass(frozen=True, slots=True)
class EnvDifference(Reply):
    source: Owner
    target: Owner
    rows: tuple[Row, ...]
    sealed: bool


@dataclass(frozen=True, slots=True)
class EnvPlan(Reply):
    """What would be done, with nothing asked; `go` does it, where there is something to do."""

    view: PlanView
    go: Offer | None = None


@dataclass(frozen=True, slots=True)
class ConfirmEnv(AskFirst):
    """The plan, and the button that confirms exactly it. `question` is empty: the plan is the question."""

    view: PlanView


@dataclass(frozen=True, slots=True)
class ConfirmEnvAloud(ConfirmEnv):
    """The same for a protected target: everybody sees it, since somebody else must confirm it."""

    public: ClassVar[bool] = True
