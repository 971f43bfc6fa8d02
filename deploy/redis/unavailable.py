"""The errors of redis-py as fisk's own."""

from __future__ import annotations

import re
import socket
import ssl

from redis import exceptions

from deploy.core import errors
from deploy.redis import tls
from deploy.redis.sentinels import NoMaster

WHY: dict[type[Exception], str] = {
    exceptions.BusyLoadingError: "it is still loading its data",
    exceptions.AuthenticationWrongNumberOfArgsError: "it refuses fisk's credentials",
    exceptions.AuthorizationError: "it refuses fisk's credentials",
    exceptions.MasterDownError: "its master is down",
    exceptions.ClusterDownError: "the cluster is down",
    exceptions.MaxConnectionsError: "it takes no more connections",
    exceptions.TimeoutError: "no answer in time",
    TimeoutError: "no answer in time",
    exceptions.ConnectionError: "no connection",
    RuntimeError: "no connection",
}
ROOTS = (
    exceptions.RedisError,
    exceptions.RedisClusterException,
    exceptions.ChildDeadlockedError,
    exceptions.IncorrectPolicyType,
    OSError,
)


LOST = "the handler is closed"  # uvloop, about a connection that ended before something was written to it


REFUSED: dict[str, type[errors.TakesNoWrites]] = {
    "MISCONF": errors.MemoryNotSaving,
    "NOREPLICAS": errors.MemoryAlone,
    "OOM": errors.MemoryFull,
    "READONLY": errors.MemoryReadOnly,
}  # by the code with which an answer to a write begins


LOGIN: tuple[tuple[str, type[errors.MemoryClosed]], ...] = (
    ("Authentication required", errors.MemoryWantsPassword),
    ("without any password", errors.MemoryWithoutPassword),
)  # by a part of the answer, whose code redis-py takes off
COMMAND = re.compile(r"'([a-z|]+)' command")
WRITES_OF_REDIS_PY = "Error"  # begins the texts of connection errors that redis-py makes of a system's own


def unavailable(error: Exception, shown: str) -> errors.StateUnavailable:
    """The store does not answer, does not let fisk in, or takes no writes."""
    if isinstance(error.__cause__, exceptions.RedisError):
        return unavailable(error.__cause__, shown)  # wrapped into a ConnectionError
    if isinstance(error, exceptions.NoPermissionError):
        return errors.MemoryForbids(where=shown, what=_forbidden(str(error)))
    if isinstance(error, NoMaster):
        return error.kind(where=f"{shown}: {error.detail}" if error.detail else shown)
    kind = REFUSED.get(_code(error)) or _closed(error)
    return kind(where=shown) if kind else errors.StateUnavailable(where=f"{shown}: {why(error)}")


def is_lost(error: RuntimeError) -> bool:
    """Whether it says that the connection ended: asyncio's own loop has a ConnectionError for that, uvloop has none."""
    return str(error).endswith(LOST)


def _forbidden(text: str) -> str:
    """A command's name, else the keys. Nothing else of the text is repeated."""
    found = COMMAND.search(text)
    return found[1].upper() if found else "its keys"


def _closed(error: Exception) -> type[errors.MemoryClosed] | None:
    """What there is to do about the way in."""
    if isinstance(error, exceptions.AuthenticationError):
        return next((kind for part, kind in LOGIN if part in str(error)), errors.MemoryWrongPassword)
    if isinstance(error, exceptions.MovedError | exceptions.AskError):
        return errors.MemoryIsCluster
    return _broken(_reason(error))


def _broken(reason: BaseException | None) -> type[errors.MemoryClosed] | None:
    if isinstance(reason, ssl.SSLError):
        return tls.refused(reason)
    if isinstance(reason, FileNotFoundError):
        return errors.MemoryNoSocket
    return errors.MemorySocketForbidden if isinstance(reason, PermissionError) else None


def _reason(error: Exception) -> BaseException | None:
    """The system's error that redis-py made a ConnectionError of; it keeps it as the context only.

    The context of any other error may be one that the caller was handling.
    """
    if error.__cause__:
        return error.__cause__
    return error.__context__ if str(error).startswith(WRITES_OF_REDIS_PY) else None


def _code(error: Exception) -> str:
    """redis-py takes the code off where it has a class for it."""
    if isinstance(error, exceptions.OutOfMemoryError):
        return "OOM"
    if isinstance(error, exceptions.ReadOnlyError):
        return "READONLY"
    return str(error).partition(" ")[0] if isinstance(error, exceptions.ResponseError) else ""


def why(error: Exception) -> str:
    """The reason in a few words, without redis-py's text, which may quote commands and so values."""
    reason = _reason(error)
    if isinstance(reason, ConnectionRefusedError):
        return "nobody listens there"
    if isinstance(reason, socket.gaierror):
        return "no machine has that name"
    for kind in type(error).__mro__:
        if kind in WHY:
            return WHY[kind]
    return f"it answers {type(error).__name__}"
