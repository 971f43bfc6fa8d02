"""Every failure that a person can meet: a code, one plain sentence, and what to do next.

    FiskError
    ├── NotUnderstood               the grammar does not know the line
    ├── Refusal                     nothing was begun: rights, unknown names, locks; features have more
    ├── SystemFailure               GitHub, the registry, Coolify, the app or Slack failed or refused
    │   └── HostFailure             a host: the way there over ssh, or a command on it
    ├── CancelRequested             a person asked the operation to stop
    ├── GaveUpWaiting               a wait timed out
    ├── StateUnavailable            Redis or Valkey does not answer
    │   └── MaybeBegun              and it is unknown whether it wrote an operation
    ├── ReplicasMissing             too few replicas acknowledged the locks
    ├── BadSettings                 the settings are invalid
    └── Internal                    a bug in fisk

Errors of one feature are in its folder. A class gives its sentence and hint as templates, which an
instance fills with its fields.
"""

from __future__ import annotations

from deploy.core.errors.hosts import (
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
    LoginFailure,
    NoSuchService,
    NotOnAHost,
    TooMuchOutput,
    UnknownHost,
)
from deploy.core.errors.refusals import (
    ChannelNotAllowed,
    CommitNotFound,
    Draining,
    Locked,
    LockedForUnknown,
    NoRequestId,
    NotAllowed,
    NotCancellable,
    NotHeld,
    NotLocked,
    NotUnderstood,
    OnHold,
    Refusal,
    Stranger,
    UnknownOperation,
    UnknownTarget,
    UnreadableOperation,
)
from deploy.core.errors.root import FiskError, every_error
from deploy.core.errors.systems import (
    LogGone,
    MissingAbility,
    NotJson,
    NotRerunnable,
    NotStartable,
    NotThere,
    QueueFull,
    RateLimited,
    Rejected,
    RepositoryMoved,
    ServerFault,
    SystemFailure,
    TimedOut,
    Unauthorized,
    Unexpected,
    Unreachable,
)
from deploy.core.errors.work import (
    BadSettings,
    CancelRequested,
    GaveUpWaiting,
    Internal,
    MaybeBegun,
    MemoryAlone,
    MemoryFull,
    MemoryNotSaving,
    MemoryReadOnly,
    NoKey,
    ReplicasMissing,
    StateUnavailable,
    TakesNoWrites,
    WrongKey,
)

__all__ = [
    "BadSettings",
    "CancelRequested",
    "ChannelNotAllowed",
    "CommandFailed",
    "CommandNotAllowed",
    "CommandTimedOut",
    "CommitNotFound",
    "ConnectionLost",
    "Draining",
    "FiskError",
    "GaveUpWaiting",
    "HostFailure",
    "HostKeyChanged",
    "HostRefused",
    "HostTimedOut",
    "HostUnreachable",
    "Internal",
    "KeyRefused",
    "KeyUnusable",
    "Locked",
    "LockedForUnknown",
    "LogGone",
    "LoginFailure",
    "MaybeBegun",
    "MemoryAlone",
    "MemoryFull",
    "MemoryNotSaving",
    "MemoryReadOnly",
    "MissingAbility",
    "NoKey",
    "NoRequestId",
    "NoSuchService",
    "NotAllowed",
    "NotCancellable",
    "NotHeld",
    "NotJson",
    "NotLocked",
    "NotOnAHost",
    "NotRerunnable",
    "NotStartable",
    "NotThere",
    "NotUnderstood",
    "OnHold",
    "QueueFull",
    "RateLimited",
    "Refusal",
    "Rejected",
    "ReplicasMissing",
    "RepositoryMoved",
    "ServerFault",
    "StateUnavailable",
    "Stranger",
    "SystemFailure",
    "TakesNoWrites",
    "TimedOut",
    "TooMuchOutput",
    "Unauthorized",
    "Unexpected",
    "UnknownHost",
    "UnknownOperation",
    "UnknownTarget",
    "Unreachable",
    "UnreadableOperation",
    "WrongKey",
    "every_error",
]
