"""A container's output lines, as `docker logs` prints them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sandbox.output import Output


@dataclass(frozen=True, slots=True)
class Line:
    """`at` is in seconds since the epoch; `error`: printed on stderr."""

    at: float
    text: str
    error: bool = False

    def shown(self, *, stamped: bool) -> str:
        return f"{moment(self.at)} {self.text}\n" if stamped else f"{self.text}\n"


def logs(lines: Sequence[Line], words: Sequence[str]) -> Output:
    """`docker logs` with these options: each stream by itself, and `--tail` counts the lines of both."""
    count = int(words[words.index("--tail") + 1]) if "--tail" in words else len(lines)
    stamped, last = "--timestamps" in words, lines[len(lines) - min(count, len(lines)) :]
    out, err = (
        "".join(line.shown(stamped=stamped) for line in last if line.error is error)
        for error in (False, True)
    )
    return Output(out, err)


def moment(at: float) -> str:
    """A time with nanoseconds, in Go's format; unset is the year 1."""
    if not at:
        return "0001-01-01T00:00:00Z"
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%S.%f}000Z"
