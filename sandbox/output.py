"""A command's output, and the type of the table of command handlers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Output:
    out: str = ""
    err: str = ""
    status: int = 0


Handler = Callable[[Sequence[str]], Awaitable[Output]]
"""Gets the words after those under which it is listed."""

Commands = dict[tuple[str, ...], Handler]
