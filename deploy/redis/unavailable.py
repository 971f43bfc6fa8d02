"""The errors of redis-py as fisk's own."""

from __future__ import annotations

from redis import exceptions

from deploy.core import errors
from deploy.redis.sentinels import NoMaster

WHY: dict[type[Exception], str] = {
    exceptions.BusyLoadingError: "it is still loading its data",
    exceptions.AuthenticationError: "it refuses fisk's credentials",
    exceptions.AuthenticationWrongNumberOfArgsError: "it refuses fisk's credentials",
    exceptions.AuthorizationError: "it refuses fisk's credentials",
    exceptions.NoPermissionError: "its access list forbids what fisk does",
    exceptions.MasterDownError: "its master is down",
    exceptions.ClusterDownError: "the cluster is down",
    exceptions.MaxConnectionsError: "it takes no more connections",
    exceptions.TimeoutError: "no answer in time",
    TimeoutError: "no answer in time",
    exceptions.ConnectionError: "no connection",
}
ROOTS = (
    exceptions.RedisError,
    exceptions.RedisClusterException,
    exceptions.ChildDeadlockedError,
    exceptions.IncorrectPolicyType,
    OSError,
)


REFUSED: dict[str, type[errors.TakesNoWrites]] = {
    "MISCONF": errors.MemoryNotSaving,
    "NOREPLICAS": errors.MemoryAlone,
    "OOM": errors.MemoryFull,
    "READONLY": errors.MemoryReadOnly,
}  # by the code with which an answer to a write begins


def unavailable(error: Exception, shown: str) -> errors.StateUnavailable:
    """The store does not answer, or takes no writes."""
    kind = REFUSED.get(_code(error))
    return kind(where=shown) if kind else errors.StateUnavailable(where=f"{shown}: {why(error)}")


def _code(error: Exception) -> str:
    """redis-py takes the code off where it has a class for it."""
    if isinstance(error, exceptions.OutOfMemoryError):
        return "OOM"
    if isinstance(error, exceptions.ReadOnlyError):
        return "READONLY"
    return str(error).partition(" ")[0] if isinstance(error, exceptions.ResponseError) else ""


def why(error: Exception) -> str:
    """The reason in a few words, without redis-py's text, which may quote commands and so values."""
    if isinstance(error, NoMaster):
        return str(error)
    if isinstance(error.__cause__, exceptions.RedisError):
        return why(error.__cause__)  # the error of a TLS or socket handshake, wrapped into a ConnectionError
    for kind in type(error).__mro__:
        if kind in WHY:
            return WHY[kind]
    return f"it answers {type(error).__name__}"
