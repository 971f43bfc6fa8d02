"""An operation's events folded into what a view draws. Pure, and the same for every view."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from deploy.core.events import (
    CancelAsked,
    Event,
    Finished,
    Progress,
    StepFailed,
    StepFinished,
    StepStarted,
    TakenOver,
)
from deploy.core.model import Actor, Failure
from deploy.core.outcomes import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable


State = Literal["under way", "done", "failed"]

# The steps that a person wants to see coming; those that only keep the books stay out of sight.
PLANNED = {
    "deploy": ("resolve", "gates", "point", "trigger", "watch", "prove"),
    "rollback": ("resolve", "gates", "point", "trigger", "watch", "prove"),
    "wait": ("resolve", "wait for the build", "wait for the target"),
    "build rerun": ("ask GitHub", "see it there"),
    "build cancel": ("ask GitHub", "see it there"),
    "build start": ("ask GitHub", "see it there"),
    "env copy": ("plan", "copy previews", "copy production", "remove", "read back"),
    "env undo": ("plan", "copy previews", "copy production", "remove", "read back"),
    "buildkit restart": ("restart", "ready"),
    "buildkit recreate": ("builds", "set aside", "make", "ready"),
    "runner restart": ("job", "restart", "active", "online"),
}
QUIET = frozenset({"find", "clear away", "remember", "tell GitHub", "close on GitHub", "record", "assess"})


@dataclass(frozen=True, slots=True)
class StepView:
    """A step as it is drawn; `result` is its journaled JSON once it is done."""

    name: str
    state: State
    started: float
    finished: float = 0
    result: str = ""
    error: Failure | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything seen of an operation so far. `runs` counts how often a runner took it up."""

    steps: tuple[StepView, ...] = ()
    progress: str = ""
    cancelled_by: Actor | None = None
    outcome: Outcome | None = None
    finished: float = 0
    runs: int = 0

    def after(self, event: Event) -> Timeline:  # noqa: PLR0911 (one arm for each event)
        """This timeline with one more event."""
        match event:
            case StepStarted():
                return replace(self._with(StepView(event.step, "under way", event.at)), progress="")
            case StepFinished():
                return self._with(self._step(event.step, "done", event.at, result=event.result))
            case StepFailed():
                return self._with(self._step(event.step, "failed", event.at, error=event.error))
            case Progress():
                return replace(self, progress=event.text)
            case CancelAsked():
                return replace(self, cancelled_by=event.by)
            case TakenOver():
                return replace(self, runs=self.runs + 1)
            case Finished():
                return replace(self, outcome=event.outcome, finished=event.at)

    def _step(
        self, name: str, state: State, at: float, *, result: str = "", error: Failure | None = None
    ) -> StepView:
        begun = next((step.started for step in self.steps if step.name == name), at)
        return StepView(name, state, begun, at, result, error)

    def _with(self, step: StepView) -> Timeline:
        """A step run again stands where it stood."""
        if any(each.name == step.name for each in self.steps):
            return replace(self, steps=tuple(step if each.name == step.name else each for each in self.steps))
        return replace(self, steps=(*self.steps, step))

    @property
    def shown(self) -> tuple[StepView, ...]:
        return tuple(step for step in self.steps if step.name not in QUIET or step.state == "failed")

    def to_come(self, kind: str) -> tuple[str, ...]:
        """The planned steps that have not begun; none once something failed."""
        if self.outcome or any(step.state == "failed" for step in self.steps):
            return ()
        begun = {step.name for step in self.steps}
        return tuple(name for name in PLANNED.get(kind, ()) if name not in begun)


def fold(events: Iterable[Event]) -> Timeline:
    """The timeline of a whole stream of events."""
    timeline = Timeline()
    for event in events:
        timeline = timeline.after(event)
    return timeline
