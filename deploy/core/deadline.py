"""How long whoever asks will wait: a pause between two tries that would outlast it tells nobody anything."""

from __future__ import annotations

import time
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_until: ContextVar[float] = ContextVar("until", default=float("inf"))


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Within this block nothing is worth more than so many seconds, nor more than an outer block allows."""
    token = _until.set(min(_until.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _until.reset(token)


def current_deadline() -> float:
    """The monotonic time at which whoever asks gives up."""
    return _until.get()
