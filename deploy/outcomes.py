"""How an operation ends. No prose: bot/wording has that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import Discriminator

from deploy.build_outcomes import BuildRunsAgain, BuildStarted, BuildStopped, BuildUnsure
from deploy.env_outcomes import EnvCopied, EnvHalf, EnvPutBack
from deploy.host_outcomes import (
    BuilderDown,
    BuilderPutBack,
    BuilderRestarted,
    RunnerDown,
    RunnerRestarted,
)
from deploy.model import Actor, Commit, Failure

Status = Literal["done", "failed", "refused", "cancelled"]


@dataclass(frozen=True, slots=True)
class Deployed:
    """`sha` runs in `target`, healthy. `proof` says how far that is proven, `unproven` why no further."""

    target: str
    sha: str
    previous: str
    digest: str
    seconds: float
    proof: Literal["digest", "not proven"]
    commits: tuple[Commit, ...] = ()
    warnings: tuple[str, ...] = ()
    pinned: bool = True
    back: bool = False  # a rollback
    unproven: str = ""
    outcome: Literal["deployed"] = "deployed"
    status: ClassVar[Status] = "done"


@dataclass(frozen=True, slots=True)
class Completed:
    """An operation that has nothing else to say than that it is done."""

    note: str = ""
    outcome: Literal["completed"] = "completed"
    status: ClassVar[Status] = "done"


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was begun. `also` are further gates that said no."""

    error: Failure
    also: tuple[Failure, ...] = ()
    outcome: Literal["refused"] = "refused"
    status: ClassVar[Status] = "refused"


@dataclass(frozen=True, slots=True)
class Failed:
    """It went wrong, and what was there before is there still."""

    error: Failure
    outcome: Literal["failed"] = "failed"
    status: ClassVar[Status] = "failed"


@dataclass(frozen=True, slots=True)
class PutBack:
    """It went wrong, or was cancelled, and `target` was set back to `sha`, by a new deployment if `redeployed`."""

    error: Failure
    target: str
    sha: str
    healthy: bool
    redeployed: bool
    cancelled: bool = False
    outcome: Literal["put_back"] = "put_back"

    @property
    def status(self) -> Status:
        return "cancelled" if self.cancelled else "failed"


@dataclass(frozen=True, slots=True)
class NotPutBack:
    """It went wrong, and so did putting it back: a person must act.

    `runs` is what is known to run (empty: nobody knows), `set_to` the tag that Coolify would ship next.
    """

    error: Failure
    why: Failure
    target: str
    wanted: str
    runs: str
    set_to: str
    healthy: bool
    outcome: Literal["not_put_back"] = "not_put_back"
    status: ClassVar[Status] = "failed"


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Stopped on request before anything was changed."""

    by: Actor
    outcome: Literal["cancelled"] = "cancelled"
    status: ClassVar[Status] = "cancelled"


@dataclass(frozen=True, slots=True)
class Abandoned:
    """A person took the locks away by force; whatever it had begun was left as it was."""

    by: Actor
    reason: str
    step: str
    outcome: Literal["abandoned"] = "abandoned"
    status: ClassVar[Status] = "failed"


Outcome = Annotated[
    Deployed
    | Completed
    | Refused
    | Failed
    | PutBack
    | NotPutBack
    | Cancelled
    | Abandoned
    | BuildRunsAgain
    | BuildStopped
    | BuildStarted
    | BuildUnsure
    | EnvCopied
    | EnvHalf
    | EnvPutBack
    | BuilderRestarted
    | BuilderPutBack
    | BuilderDown
    | RunnerRestarted
    | RunnerDown,
    Discriminator("outcome"),
]
