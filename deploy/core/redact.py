"""Prepares logs for display: no colours, no secrets; of a job's log, the end of the failing step."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

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

# Each repetition is bounded, so that matching takes linear time: logs are untrusted text.
_SECRETS = (
    # a name that a secret follows
    re.compile(
        r"(?i)((?:passw(?:or)?d|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential|_auth)"
        r"[\w.\-]{0,40}[\"']?\s{0,4}[=:]\s{0,4}[\"']?)([^\s\"'&,;]{3,})"
    ),
    re.compile(r"(?i)(\b(?:bearer|basic) )([\w.~+/=\-]{8,})"),
    re.compile(r"(://[^\s/@:]{0,100}:)([^\s/@]{1,300})(?=@)"),
)
_TOKENS = re.compile(
    r"\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w\-]{16,}|xox[abeoprs]-[\w\-]{8,}|xapp-[\w\-]{8,}"
    r"|npm_\w{20,}|AKIA[0-9A-Z]{12,}|ASIA[0-9A-Z]{12,}|AIza[\w\-]{30,}|[sr]k_(?:live|test)_\w{10,}"
    r"|sk-[\w\-]{20,}|dop_v1_\w{20,}|hf_\w{20,}|eyJ[\w\-]{8,500}\.[\w\-]{8,}(?:\.[\w\-]*)?)"
)
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|\Z)", re.DOTALL
)
# The last lines of a log may begin inside a key: text before a key's end line is hidden, and so are lines
# that look like a key's where both its ends are cut off.
_KEY_END = re.compile(r"\A.*?-----END [A-Z ]{0,40}PRIVATE KEY-----", re.DOTALL)
_KEY_LINE = re.compile(
    r"(?<![\w+/=.\-])(?=[\w+/]*[a-z])(?=[\w+/]*[A-Z])(?=[\w+/]*\d)[A-Za-z0-9+/]{60,76}={0,2}(?![\w+/=.\-])"
)
_RANDOM = re.compile(
    r"(?<![\w+.\-])(?=[\w+\-]*[a-z])(?=[\w+\-]*[A-Z])(?=[\w+\-]*\d)[\w+\-]{32,}={0,2}(?![\w+.])"
)


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
    keyless = _KEY_END.sub(_emptied, _PRIVATE_KEY.sub(_emptied, "\n".join(plain_lines)))
    return tuple(hide(line) for line in keyless.split("\n")) if plain_lines else ()


def _emptied(secret: re.Match[str]) -> str:
    return HIDDEN + "\n" * secret[0].count("\n")


def hide(text: str) -> str:
    """Text with everything that looks like a secret replaced. Digests and commit ids stay."""
    text = _KEY_END.sub(HIDDEN, _PRIVATE_KEY.sub(HIDDEN, text))
    for pattern in _SECRETS:
        text = pattern.sub(rf"\g<1>{HIDDEN}", text)
    return _RANDOM.sub(HIDDEN, _KEY_LINE.sub(HIDDEN, _TOKENS.sub(HIDDEN, text)))


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
