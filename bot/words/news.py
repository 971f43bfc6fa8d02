"""The first words of an operation's end: of what the news is, and how it ended."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.words.registry import outcome_text

if TYPE_CHECKING:
    from bot.words.format import Format
    from deploy.core.model import Operation
    from deploy.core.outcomes import Outcome, Status

MARKS: dict[Status, str] = {"done": "✓", "failed": "✗", "refused": "!", "cancelled": "!"}
NOT_STARTED = "Not started: "  # the beginning of what refuses before anything was begun
OPEN = re.compile(r"[(“\[]")
CLOSED = re.compile(r"[)”\]]")


def end_text(outcome: Outcome, operation: Operation, fmt: Format) -> str:
    """The whole outcome below its mark, as in `✓ app runs 3f2a1b9`."""
    return f"{MARKS[outcome.status]} {outcome_text(outcome, operation, fmt)}"


def first_line(outcome: Outcome, operation: Operation, fmt: Format) -> str:
    """The news alone, without its mark."""
    return outcome_text(outcome, operation, fmt).partition("\n")[0]


def subject(operation: Operation) -> str:
    """What an operation is about: `app`, `BuildKit on vps01`, `build of 9c41d07`."""
    asked = operation.arguments
    if operation.kind.startswith("buildkit"):
        return f"BuildKit on {asked.place}"
    if operation.kind.startswith("build"):
        return build_of(asked.what) if asked.what else "a build"
    return asked.place or operation.kind


def build_of(sha: str) -> str:
    return f"build of {sha}"


def about(subject: str, sentence: str) -> str:
    """A sentence below its subject, which is not said twice."""
    named = re.search(rf"(?<![\w-]){re.escape(subject)}(?![\w-])", sentence.partition(": ")[0])
    return sentence if named else f"{subject}: {sentence}"


def parted(sentence: str) -> tuple[str, str]:
    """What happened and why, of `e02d8aa failed its health check: /api/health answered 503.`; neither ends in a dot."""
    what, _, why = sentence.partition(": ")
    if _unfinished(what):
        return sentence.rstrip("."), ""
    return what.rstrip("."), why.rstrip(".")


def _unfinished(text: str) -> bool:
    """Whether a quotation, a parenthesis or code begins in it and does not end."""
    return text.count("`") % 2 == 1 or len(OPEN.findall(text)) != len(CLOSED.findall(text))


def because(why: str) -> str:
    """The reason of `parted` as a sentence; empty where there is none."""
    return f"Why: {why}." if why else ""


def lines(*parts: str) -> str:
    """Those parts that are not empty, each on its own line."""
    return "\n".join(part for part in parts if part)


def sentences(*parts: str) -> str:
    """The same on one line."""
    return " ".join(part for part in parts if part)
