"""Outcomes of a deploy or a rollback that began."""

from __future__ import annotations

from typing import ClassVar, Literal

from deploy.core.model import Commit, Failure
from deploy.core.outcomes.outcome import Outcome, Status
from deploy.core.values import dataclass
from deploy.deploys.onward import Onward


@dataclass(frozen=True, slots=True)
class Deployed(Outcome):
    """`sha` runs in `target`, healthy. `proof` says how far that is proven, `unproven` why no further.

    `migrations`: how many it brought. `pinned`: to `digest`; `followed`: the app followed `latest` until now.
    `checks`: how many of its own it passed; `bakes_until`: when they will have been asked for long enough, 0: now.
    `onward`: where it may be promoted to.
    """

    target: str
    sha: str
    previous: str
    digest: str
    seconds: float
    proof: Literal["digest", "not proven"]
    commits: tuple[Commit, ...] = ()
    warnings: tuple[str, ...] = ()
    pinned: bool = True
    going_back: bool = False  # a rollback
    unproven: str = ""
    followed: bool = False
    migrations: int = 0
    checks: int = 0
    bakes_until: float = 0.0
    onward: tuple[Onward, ...] = ()
    outcome: Literal["deployed"] = "deployed"
    status: ClassVar[Status] = "done"


@dataclass(frozen=True, slots=True)
class Skipped(Outcome):
    """`sha` was not deployed: `newer`, a commit after it, goes in its place, for which the operation `waits`."""

    target: str
    sha: str
    newer: str
    waits: str = ""
    outcome: Literal["skipped"] = "skipped"
    status: ClassVar[Status] = "refused"


@dataclass(frozen=True, slots=True)
class PutBack(Outcome):
    """It failed or was cancelled, and `target` was set back to `sha`, by a new deployment if `redeployed`.

    `pinned`: the app followed `latest` before, and is now pinned. `unproven`: why nobody can say that `sha` runs;
    empty where its host says so. `migrations`: how many the failed one brought, which stay.
    """

    error: Failure
    target: str
    sha: str
    healthy: bool
    redeployed: bool
    cancelled: bool = False
    pinned: bool = False
    unproven: str = ""
    migrations: int = 0
    outcome: Literal["put_back"] = "put_back"

    @property
    def status(self) -> Status:
        return "cancelled" if self.cancelled else "failed"


@dataclass(frozen=True, slots=True)
class NotPutBack(Outcome):
    """It failed, and so did putting it back: a person must act.

    `runs` is what is known to run (empty: unknown), `set_to` the tag that Coolify would deploy next; `on_record`:
    `wanted` is a release, so that a rollback finds its digest; `migrations`: as above. `file`: of a compose project,
    the `.env` that says what is deployed next, and its host.
    """

    error: Failure
    why: Failure
    target: str
    wanted: str
    runs: str
    set_to: str
    healthy: bool
    on_record: bool = False
    migrations: int = 0
    file: str = ""
    outcome: Literal["not_put_back"] = "not_put_back"
    status: ClassVar[Status] = "failed"


@dataclass(frozen=True, slots=True)
class Baked(Outcome):
    """`sha` passed its checks for as long as it had to. `seconds`: how long that was.

    `unknown`: what was not known in the end, and why. `unseen`: seconds in a row in which nobody looked.
    """

    target: str
    sha: str
    seconds: float
    checks: int
    unknown: tuple[str, ...] = ()
    unseen: float = 0.0
    outcome: Literal["baked"] = "baked"
    status: ClassVar[Status] = "done"


@dataclass(frozen=True, slots=True)
class BakeEnded(Outcome):
    """Whether `sha` would have passed is not known, since something else goes on in `target`: `why`."""

    target: str
    sha: str
    why: str
    outcome: Literal["bake_ended"] = "bake_ended"
    status: ClassVar[Status] = "cancelled"


@dataclass(frozen=True, slots=True)
class BakeFailed(Outcome):
    """`sha` failed a check twice in a row. `begun` is the operation that puts back what ran before; where there is
    none, `why`.
    """

    error: Failure
    target: str
    sha: str
    begun: str = ""
    why: str = ""
    outcome: Literal["bake_failed"] = "bake_failed"
    status: ClassVar[Status] = "failed"
