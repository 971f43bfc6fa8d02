"""Prepares logs for display: no colours, no secrets; of a job's log, the end of the failing step."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from deploy.core.secret_shapes import AFTER, KEY_END, PRIVATE_KEY, WHOLE
from deploy.core.units import moment

if TYPE_CHECKING:
    from deploy.core.github_model import JobStep

LINES = 30
WIDTH = 200  # characters of a line that are shown
LONGEST = 2000  # characters of a line that are looked at
HIDDEN = "***"
SLACK = 1.0  # seconds: GitHub's times of steps are whole ones

_STAMP = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z) ?(.*)", re.DOTALL)
_COLOURS = re.compile(r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[\[(][0-9;:?]*[ -/]*[@-~]?|\x1b.?")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_MARKERS = re.compile(r"^##\[(?:group|command|debug|error|warning|notice|section)\]")
_ERROR = "##[error]"


def tail(log: str, step: JobStep | None = None, lines: int = LINES) -> tuple[str, ...]:
    """The last lines that a step printed, up to its last error; of the whole job where the step is not known."""
    told = list(_within(log, step)) if step else []
    told = told or [text for _, text in _stamped(log)]
    errors = [place for place, text in enumerate(told) if text.startswith(_ERROR)]
    upto = errors[-1] + 1 if errors else len(told)
    end = (line[:LONGEST] for line in told[max(0, upto - 3 * lines) : upto])
    return tuple(_shown(harmless("\n".join(end))))[-lines:]


def harmless(text: str) -> str:
    """Text without colours, control characters, and anything that looks like a secret."""
    text = "\n".join(_last_version(line) for line in _COLOURS.sub("", text).split("\n"))
    return hide(_CONTROL.sub("", text))


def harmless_lines(lines: Iterable[str]) -> tuple[str, ...]:
    """The same for lines, keeping their number: a secret of several lines leaves empty ones."""
    plain_lines = [_CONTROL.sub("", _last_version(_COLOURS.sub("", line))) for line in lines]
    keyless = KEY_END.sub(_emptied, PRIVATE_KEY.sub(_emptied, "\n".join(plain_lines)))
    return tuple(hide(line) for line in keyless.split("\n")) if plain_lines else ()


def _emptied(secret: re.Match[str]) -> str:
    return HIDDEN + "\n" * secret[0].count("\n")


def hide(text: str) -> str:
    """Text with everything that looks like a secret replaced. Digests and commit ids stay."""
    text = KEY_END.sub(HIDDEN, PRIVATE_KEY.sub(HIDDEN, text))
    for pattern in AFTER:
        text = pattern.sub(rf"\g<1>{HIDDEN}", text)
    for pattern in WHOLE:
        text = pattern.sub(HIDDEN, text)
    return text


def _last_version(line: str) -> str:
    """The text after the last carriage return: a progress bar overwrites its line."""
    return line.rstrip("\r").rpartition("\r")[2]


def _within(log: str, step: JobStep) -> Iterator[str]:
    if not step.started:
        return
    until = (step.finished or float("inf")) + SLACK
    for at, text in _stamped(log):
        if step.started <= at < until:
            yield text


def _stamped(log: str) -> Iterator[tuple[float, str]]:
    """Each line with its time; a line without one belongs to the line before it."""
    at = 0.0
    for line in log.split("\n"):
        found = _STAMP.match(line)
        if found:
            at = moment(found[1])
        if found or line:
            yield at, found[2] if found else line


def _shown(text: str) -> Iterable[str]:
    for line in text.split("\n"):
        shown = _MARKERS.sub("", line).rstrip()
        if shown and shown != "##[endgroup]":
            yield shown if len(shown) <= WIDTH else shown[: WIDTH - 1] + "…"
