"""The caller's deadline, as a context variable: a retry whose pause would exceed it is not worth waiting for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_until: ContextVar[float] = ContextVar("until", default=float("inf"))


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Set a deadline `seconds` from now for this block; it never exceeds that of an outer block."""
    token = _until.set(min(_until.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _until.reset(token)


def current_deadline() -> float:
    """The deadline as monotonic time in seconds; infinity where none is set."""
    return _until.get()
