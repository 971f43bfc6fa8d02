"""Every failure that a person can meet: a code, one plain sentence, and what to do next.

    FiskError
    ├── NotUnderstood               the grammar does not know the line
    ├── Refusal                     nothing was begun: rights, unknown names, locks; features have more
    ├── SystemFailure               GitHub, the registry, Coolify, the app or Slack failed or refused
    │   └── HostFailure             a host: the way there over ssh, or a command on it
    ├── CancelRequested             a person asked the operation to stop
    ├── GaveUpWaiting               a wait timed out
    ├── StateUnavailable            Redis or Valkey does not answer
    │   ├── NotTaken                a line is not in the inbox
    │   ├── MaybeBegun              and it is unknown whether it wrote an operation
    │   ├── MemoryClosed            the way to it, its login or its rights are not as the settings say
    │   ├── Unconfirmed             it wrote, but it is unknown whether that lasts
    │   └── TakesNoWrites           it answers what only reads; subclasses say why
    ├── LineGivenUp                 each bot that handled a line stopped under it
    ├── BadSettings                 the settings are invalid
    └── Internal                    a bug in fisk

Errors of one feature are in its folder. A class gives its sentence and hint as templates, which an
instance fills with its fields.
"""

from __future__ import annotations

from deploy.core.errors.hosts import (
    CommandFailed as CommandFailed,
    CommandNotAllowed as CommandNotAllowed,
    CommandTimedOut as CommandTimedOut,
    ComposeBusy as ComposeBusy,
    ConnectionLost as ConnectionLost,
    HostFailure as HostFailure,
    HostKeyChanged as HostKeyChanged,
    HostRefused as HostRefused,
    HostTimedOut as HostTimedOut,
    HostUnreachable as HostUnreachable,
    KeyRefused as KeyRefused,
    KeyUnusable as KeyUnusable,
    LoginFailure as LoginFailure,
    NoCompose as NoCompose,
    NoSuchService as NoSuchService,
    NotOnAHost as NotOnAHost,
    TooMuchOutput as TooMuchOutput,
    UnknownHost as UnknownHost,
)
from deploy.core.errors.memory import (
    MemoryClosed as MemoryClosed,
    MemoryExpired as MemoryExpired,
    MemoryForbids as MemoryForbids,
    MemoryIsCluster as MemoryIsCluster,
    MemoryMisnamed as MemoryMisnamed,
    MemoryNoSocket as MemoryNoSocket,
    MemoryRefusesCertificate as MemoryRefusesCertificate,
    MemorySocketForbidden as MemorySocketForbidden,
    MemoryUntrusted as MemoryUntrusted,
    MemoryWantsCertificate as MemoryWantsCertificate,
    MemoryWantsPassword as MemoryWantsPassword,
    MemoryWantsTls as MemoryWantsTls,
    MemoryWithoutPassword as MemoryWithoutPassword,
    MemoryWithoutTls as MemoryWithoutTls,
    MemoryWrongPassword as MemoryWrongPassword,
    SentinelsDisagree as SentinelsDisagree,
    SentinelsRefuse as SentinelsRefuse,
    SentinelsSilent as SentinelsSilent,
    ServiceUnknown as ServiceUnknown,
)
from deploy.core.errors.refusals import (
    CommitNotFound as CommitNotFound,
    Draining as Draining,
    Frozen as Frozen,
    IsGroup as IsGroup,
    Locked as Locked,
    LockedForUnknown as LockedForUnknown,
    NoIncidentChannel as NoIncidentChannel,
    NoRequestId as NoRequestId,
    NotCancellable as NotCancellable,
    NotCompared as NotCompared,
    NotHeld as NotHeld,
    NothingEmptied as NothingEmptied,
    NotInTheFuture as NotInTheFuture,
    NotLocked as NotLocked,
    NotSetAside as NotSetAside,
    NotUnderstood as NotUnderstood,
    OnHold as OnHold,
    OtherVersion as OtherVersion,
    ReasonTooLong as ReasonTooLong,
    Refusal as Refusal,
    SetAside as SetAside,
    Stranger as Stranger,
    TooManyLines as TooManyLines,
    UnknownOperation as UnknownOperation,
    UnknownTarget as UnknownTarget,
    UnreadableOperation as UnreadableOperation,
)
from deploy.core.errors.root import (
    FiskError as FiskError,
    every_error as every_error,
)
from deploy.core.errors.slack import (
    CannotSpeak as CannotSpeak,
    NoSocketAddress as NoSocketAddress,
    ScopesMissing as ScopesMissing,
    SocketRefused as SocketRefused,
    Strangers as Strangers,
)
from deploy.core.errors.systems import (
    LogGone as LogGone,
    MissingAbility as MissingAbility,
    NotJson as NotJson,
    NotRerunnable as NotRerunnable,
    NotStartable as NotStartable,
    NotThere as NotThere,
    QueryRefused as QueryRefused,
    QueueFull as QueueFull,
    RateLimited as RateLimited,
    Rejected as Rejected,
    RepositoryMoved as RepositoryMoved,
    RightMissing as RightMissing,
    ServerFault as ServerFault,
    SystemFailure as SystemFailure,
    TimedOut as TimedOut,
    Unauthorized as Unauthorized,
    Unexpected as Unexpected,
    Unreachable as Unreachable,
)
from deploy.core.errors.work import (
    BadSettings as BadSettings,
    CancelRequested as CancelRequested,
    GaveUpWaiting as GaveUpWaiting,
    Internal as Internal,
    LineGivenUp as LineGivenUp,
    LineOvertaken as LineOvertaken,
    MaybeBegun as MaybeBegun,
    MemoryAlone as MemoryAlone,
    MemoryEmptied as MemoryEmptied,
    MemoryFull as MemoryFull,
    MemoryNotSaving as MemoryNotSaving,
    MemoryReadOnly as MemoryReadOnly,
    NoKey as NoKey,
    NotTaken as NotTaken,
    OtherKey as OtherKey,
    Overslept as Overslept,
    ReplicasMissing as ReplicasMissing,
    StateUnavailable as StateUnavailable,
    TakesNoWrites as TakesNoWrites,
    Unconfirmed as Unconfirmed,
    WrongKey as WrongKey,
)
