"""The right to change something outside, which the run of an operation has only while it holds its lease.

A context variable, since the ways out of fisk do not know the engine: it goes along with every task that a story
begins, and a thread is given it. What belongs to no operation has no lease to lose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Right = Callable[[], None]  # raises Suspended where there is none; called in any thread


class Suspended(BaseException):
    """The run stops here and is resumed elsewhere or later: its fence is lost, Redis is down, or fisk drains.

    A BaseException, so that a story's compensation in `except Exception` does not run: nothing failed.
    """


def unlimited() -> None:
    """The right of what runs under no lease, or changes nothing."""


_right: ContextVar[Right] = ContextVar("right", default=unlimited)


@contextmanager
def acting_by(right: Right) -> Iterator[None]:
    """Within this block the right to act is this one."""
    token = _right.set(right)
    try:
        yield
    finally:
        _right.reset(token)


def current_right() -> Right:
    """The right to act here, for handing it to a thread."""
    return _right.get()


def insist_on_right() -> None:
    """Raise Suspended where nothing may be changed from here any more."""
    _right.get()()
