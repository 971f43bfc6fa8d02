"""Every failure that a person can meet: a code, one plain sentence, and what to do next.

    FiskError
    ├── NotUnderstood               the grammar does not know the line
    ├── Refusal                     nothing was begun
    │   ├── NotAllowed, ChannelNotAllowed, Stranger          by rights
    │   ├── UnknownTarget, UnknownOperation, CommitNotFound, NotARelease, NothingToRollBackTo   by name
    │   ├── Locked, OnHold, NotHeld, NotLocked, NotCancellable, Draining                        by other work
    │   ├── UnknownApp, AmbiguousApp, SameApp, ValuesHidden, NoKey, WrongKey,
    │   │   NothingKept, PlanChanged, NeedsAnother                                             by variables
    │   └── GateRefusal             by a gate; `forceable` where --force passes it
    │   ├── BuildNotFound, NeverBuilt, BuildOver, BuildUnderWay, NothingFailed                  by a build
    ├── SystemFailure               GitHub, the registry, Coolify, the app or Slack did not do its part
    │   └── HostFailure             a host: the way there over ssh, or a command on it
    ├── DeployFailure               the deployment itself went wrong
    ├── CancelRequested             a person asked the operation to stop
    ├── StateUnavailable            Redis or Valkey does not answer
    ├── ReplicasMissing             too few replicas took the locks
    ├── BadSettings                 the settings do not fit
    └── Internal                    a fault of fisk's own

A class gives its sentence and hint as templates; an instance fills them with its facts.
"""

from __future__ import annotations

from deploy.errors.builds import (
    BuildNotFound,
    BuildNotShown,
    BuildOver,
    BuildUnderWay,
    LogGone,
    NeverBuilt,
    NothingFailed,
    NotRerunnable,
    NotStartable,
)
from deploy.errors.env import (
    AmbiguousApp,
    NeedsAnother,
    NoKey,
    NothingKept,
    PlanChanged,
    SameApp,
    UnknownApp,
    ValuesHidden,
    WrongKey,
)
from deploy.errors.gates import (
    BuildFailed,
    BuildRunning,
    CoolifyBusy,
    DocsOnly,
    DocsOnlyAlone,
    Downgrade,
    GateRefusal,
    LatestUnknown,
    NoImage,
    OffMain,
    TokenUnable,
    WrongBuildPack,
    WrongImageName,
    WrongPlatform,
    WrongRevision,
)
from deploy.errors.hosts import (
    CommandFailed,
    CommandNotAllowed,
    CommandTimedOut,
    ConnectionLost,
    HostFailure,
    HostKeyChanged,
    HostRefused,
    HostTimedOut,
    HostUnreachable,
    KeyRefused,
    KeyUnusable,
    NotOnAHost,
    TooMuchOutput,
    UnknownHost,
)
from deploy.errors.refusals import (
    ChannelNotAllowed,
    CommitNotFound,
    Draining,
    Locked,
    NoChannel,
    NotAllowed,
    NotARelease,
    NotCancellable,
    NotHeld,
    NothingToRollBackTo,
    NotLocked,
    NotUnderstood,
    OnHold,
    Refusal,
    Stranger,
    UnknownOperation,
    UnknownTarget,
)
from deploy.errors.root import (
    FiskError,
    every_error,
)
from deploy.errors.systems import (
    MissingAbility,
    NotJson,
    NotThere,
    RateLimited,
    Rejected,
    ServerFault,
    SystemFailure,
    TimedOut,
    Unauthorized,
    Unexpected,
    Unreachable,
)
from deploy.errors.work import (
    BadSettings,
    CancelRequested,
    DeployFailure,
    DeploymentFailed,
    GaveUpWaiting,
    Internal,
    NeverQueued,
    NotPointed,
    ReplicasMissing,
    StateUnavailable,
    TookTooLong,
    Unhealthy,
)

__all__ = [
    "AmbiguousApp",
    "BadSettings",
    "BuildFailed",
    "BuildNotFound",
    "BuildNotShown",
    "BuildOver",
    "BuildRunning",
    "BuildUnderWay",
    "CancelRequested",
    "ChannelNotAllowed",
    "CommandFailed",
    "CommandNotAllowed",
    "CommandTimedOut",
    "CommitNotFound",
    "ConnectionLost",
    "CoolifyBusy",
    "DeployFailure",
    "DeploymentFailed",
    "DocsOnly",
    "DocsOnlyAlone",
    "Downgrade",
    "Draining",
    "FiskError",
    "GateRefusal",
    "GaveUpWaiting",
    "HostFailure",
    "HostKeyChanged",
    "HostRefused",
    "HostTimedOut",
    "HostUnreachable",
    "Internal",
    "KeyRefused",
    "KeyUnusable",
    "LatestUnknown",
    "Locked",
    "LogGone",
    "MissingAbility",
    "NeedsAnother",
    "NeverBuilt",
    "NeverQueued",
    "NoChannel",
    "NoImage",
    "NoKey",
    "NotARelease",
    "NotAllowed",
    "NotCancellable",
    "NotHeld",
    "NotJson",
    "NotLocked",
    "NotOnAHost",
    "NotPointed",
    "NotRerunnable",
    "NotStartable",
    "NotThere",
    "NotUnderstood",
    "NothingFailed",
    "NothingKept",
    "NothingToRollBackTo",
    "OffMain",
    "OnHold",
    "PlanChanged",
    "RateLimited",
    "Refusal",
    "Rejected",
    "ReplicasMissing",
    "SameApp",
    "ServerFault",
    "StateUnavailable",
    "Stranger",
    "SystemFailure",
    "TimedOut",
    "TokenUnable",
    "TooMuchOutput",
    "TookTooLong",
    "Unauthorized",
    "Unexpected",
    "Unhealthy",
    "UnknownApp",
    "UnknownHost",
    "UnknownOperation",
    "UnknownTarget",
    "Unreachable",
    "ValuesHidden",
    "WrongBuildPack",
    "WrongImageName",
    "WrongKey",
    "WrongPlatform",
    "WrongRevision",
    "every_error",
]
