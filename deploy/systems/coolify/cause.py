"""Why a deployment failed, by the line of its log that Coolify marks as the cause."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING

from deploy.core.units import cut

if TYPE_CHECKING:
    from deploy.core.model import LogLine

MARK = "Deployment failed: "  # since beta.443, and since beta.445 between two lines of `=`
MARK_BEFORE = "Oops something is not okay"
UNHEALTHY = "New container is not healthy, rolling back to the old container."
NEXT = ("====", "Deployment failed. ")  # entries that follow the one with the cause
SAYS_NOTHING = ("exit status ", "See 'docker", "Deployment failed.")
LONGEST = 300  # characters


def failure_cause(logs: Sequence[LogLine]) -> str:
    """The cause in one line; empty where Coolify marks none."""
    texts = [line.text.strip() for line in logs]
    if place := _last(texts, MARK):
        return _of_entry(texts[place - 1].removeprefix(MARK), logs[place:])
    if UNHEALTHY in texts:
        return UNHEALTHY.rstrip(".")
    if place := _last(texts, MARK_BEFORE):
        return _joined(line.text.strip() for line in logs[place:] if line.error)
    return ""


def failing_line(logs: Sequence[LogLine]) -> int:
    """The number of the line that Coolify marks as the failure, counted from 1; 0 where it marks none."""
    texts = [line.text.strip() for line in logs]
    return next((place for mark in (MARK, UNHEALTHY, MARK_BEFORE) if (place := _last(texts, mark))), 0)


def _last(texts: Sequence[str], mark: str) -> int:
    """The number of the last line that begins so, counted from 1; 0 where none does."""
    return max((number for number, text in enumerate(texts, 1) if text.startswith(mark)), default=0)


def _of_entry(first: str, rest: Sequence[LogLine]) -> str:
    """The error itself stands below the step and the command, up to Coolify's next entry."""
    below = takewhile(lambda line: line.error and not line.text.startswith(NEXT), rest)
    return _joined(line.text.strip() for line in below) or cut(first, LONGEST)


def _joined(texts: Iterable[str]) -> str:
    """Each thing once: docker says the end of its error again in a line of its own."""
    parts: list[str] = []
    for text in texts:
        if not text.startswith(SAYS_NOTHING) and not any(text in earlier for earlier in parts):
            parts.append(text.removeprefix("Error: "))
    return cut("; ".join(parts).rstrip("."), LONGEST)
