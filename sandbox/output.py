"""A command's output, and the type of the table of command handlers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass


class HungUp(Exception):
    """The connection is lost in the middle of a command."""


@dataclass(frozen=True, slots=True)
class Output:
    out: str = ""
    err: str = ""
    status: int = 0


Handler = Callable[[Sequence[str]], Awaitable[Output]]
"""Gets the words after those under which it is listed."""

Reader = Callable[[Sequence[str], str], Awaitable[Output]]
"""The same for a command that reads its standard input."""

Commands = dict[tuple[str, ...], Handler]
