"""How operations that a terminal follows are shown: as lines, or as JSON. bot/cli/live.py draws them instead."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self, TextIO

from bot.cli.as_json import as_json
from bot.cli.main import listed, show
from bot.words.format import TERMINAL
from bot.words.news import end_text
from bot.words.progress import step_line
from bot.words.texts import outcome_offers
from deploy.core.events import Event, Progress, StepFailed, StepFinished
from deploy.core.parts import own_name
from deploy.kinds import KINDS

if TYPE_CHECKING:
    from bot.words.timeline import Timeline
    from deploy.core.model import Operation
    from deploy.core.outcomes import Outcome


NO_SCREEN = {"", "dumb", "unknown"}


class View:
    """Shows nothing, as where one JSON object at the end says it all."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    def say(self, text: str) -> None:
        """Something beside the operations."""

    def begin(self, operation: Operation) -> None:
        """An operation is followed from now on."""

    def tell(self, operation: Operation, timeline: Timeline, event: Event) -> None:
        """An event of it; `timeline` includes it."""

    def leave(self, operation: Operation) -> None:
        """It is not followed any further."""

    def end(self, operation: Operation, outcome: Outcome) -> None:
        """It is over."""


class Lines(View):
    """A line for each thing that happens. `show` prints one or more; `named`: each names its operation."""

    def __init__(self, show: Callable[[str], object], *, named: bool = False) -> None:
        self._show, self._named = show, named
        self._shown: dict[str, str] = {}

    def say(self, text: str) -> None:
        if text:
            self._show(text)

    def begin(self, operation: Operation) -> None:
        self._show(f"{operation.id}: {operation.line}")

    def tell(self, operation: Operation, timeline: Timeline, event: Event) -> None:
        match event:
            case Progress(text=text) if text != self._shown.get(operation.id):
                self._shown[operation.id] = text
                self._of(operation, f"  … {TERMINAL.escape(text)}")
            case StepFinished(step=name) | StepFailed(step=name) if not _quiet(operation, name):
                step = next(each for each in timeline.steps if each.name == name)
                self._of(operation, step_line(step, timeline, TERMINAL))

    def end(self, operation: Operation, outcome: Outcome) -> None:
        self._of(operation, ending(operation, outcome))

    def _of(self, operation: Operation, text: str) -> None:
        lines = text.split("\n")
        self._show("\n".join(f"{operation.id}  {line}" for line in lines) if self._named else text)


def ending(operation: Operation, outcome: Outcome) -> str:
    """How it ended, and what can be done next."""
    offers = listed(outcome_offers(outcome, operation))
    return "\n".join(part for part in (end_text(outcome, operation, TERMINAL), offers) if part)


def _quiet(operation: Operation, step: str) -> bool:
    kind = KINDS.get(operation.kind)
    return kind is not None and own_name(step) in kind.quiet


class Objects(View):
    """One JSON object a line: each operation as it is first seen, then each of its events; the last has its outcome."""

    def __init__(self, show: Callable[[Any], object]) -> None:
        self._show = show

    def begin(self, operation: Operation) -> None:
        seen = {
            "event": "under_way",
            "operation": operation.id,
            "kind": operation.kind,
            "line": operation.line,
        }
        self._show({**seen, "actor": operation.actor.id, "created": operation.created})

    def tell(self, operation: Operation, timeline: Timeline, event: Event) -> None:  # noqa: ARG002
        self._show({"operation": operation.id, **as_json(event)})


def at_terminal(show: Callable[[str], object] = show, *, named: bool = False) -> View:
    """What people read: drawn in place where standard output can do that, else as Lines has it."""
    if is_screen(sys.stdout):
        from bot.cli.live import Screen  # noqa: PLC0415 (rich takes its time, and a pipe needs none of it)

        return Screen()
    return Lines(show, named=named)


def is_screen(stream: TextIO) -> bool:
    """Whether a stream is a terminal on which a line can be drawn again."""
    return stream.isatty() and os.environ.get("TERM", "") not in NO_SCREEN
