"""An operation's events folded into the state that views show. Pure, and the same for every view."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from deploy.core.events import (
    CancelAsked,
    Event,
    Finished,
    Progress,
    SetAside,
    StepFailed,
    StepFinished,
    StepStarted,
    TakenOver,
)
from deploy.core.model import Actor, Failure, Offer
from deploy.core.outcomes import Outcome
from deploy.core.parts import own_name
from deploy.core.values import dataclass

if TYPE_CHECKING:
    from deploy.engine.kind import Kind

State = Literal["under way", "done", "failed"]


@dataclass(frozen=True, slots=True)
class StepView:
    """A step as it is shown; `note` is its result's text."""

    name: str
    state: State
    started: float
    finished: float = 0
    note: str = ""
    error: Failure | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """The state of an operation by its events so far.

    `subject` is the commit as resolved; `runs` counts how often a runner took it up; `offers` belong to `progress`.
    """

    steps: tuple[StepView, ...] = ()
    subject: str = ""
    progress: str = ""
    cancelled_by: Actor | None = None
    outcome: Outcome | None = None
    finished: float = 0
    runs: int = 0
    offers: tuple[Offer, ...] = ()

    def after(self, event: Event) -> Timeline:  # noqa: PLR0911 (one arm for each event)
        """This timeline with one more event."""
        match event:
            case StepStarted():
                begun = self._with(StepView(event.step, "under way", event.at))
                return replace(begun, progress="", offers=())
            case StepFinished():
                done = self._with(self._step(event.step, "done", event.at, note=event.note))
                return replace(done, subject=event.subject or self.subject)
            case StepFailed():
                return self._with(self._step(event.step, "failed", event.at, error=event.error))
            case Progress():
                return self._reported(event)
            case CancelAsked():
                return replace(self, cancelled_by=event.by)
            case TakenOver():
                return replace(self, runs=self.runs + 1)
            case SetAside():
                return replace(self, progress="set aside, until a person says how to go on", offers=())
            case Finished():
                return replace(self, outcome=event.outcome, finished=event.at)

    def _reported(self, event: Progress) -> Timeline:
        """What the newest step says of itself, or one that goes on beside it."""
        older = next((step for step in self.steps[:-1] if step.name == event.step), None)
        if older and older.state == "under way":
            return self._with(replace(older, note=event.text))
        return replace(self, progress=event.text, offers=event.offers)

    @property
    def at(self) -> str:
        """The step that is under way; empty where none is."""
        return next((step.name for step in reversed(self.steps) if step.state == "under way"), "")

    def _step(
        self, name: str, state: State, at: float, *, note: str = "", error: Failure | None = None
    ) -> StepView:
        begun = next((step.started for step in self.steps if step.name == name), at)
        return StepView(name, state, begun, at, note, error)

    def _with(self, step: StepView) -> Timeline:
        """The steps with one more; a step that is run again keeps its position."""
        if any(each.name == step.name for each in self.steps):
            return replace(self, steps=tuple(step if each.name == step.name else each for each in self.steps))
        return replace(self, steps=(*self.steps, step))

    def shown(self, kind: Kind | None) -> tuple[StepView, ...]:
        """The steps so far, without its kind's quiet ones that succeeded."""
        quiet = kind.quiet if kind else frozenset()
        return tuple(
            step for step in self.steps if own_name(step.name) not in quiet or step.state == "failed"
        )

    def to_come(self, planned: Iterable[str]) -> tuple[str, ...]:
        """Those of the planned steps that have not begun; none after a failure."""
        if self.outcome or any(step.state == "failed" for step in self.steps):
            return ()
        return self.not_begun(planned)

    def not_begun(self, planned: Iterable[str]) -> tuple[str, ...]:
        begun = {step.name for step in self.steps}
        return tuple(name for name in planned if name not in begun)


def fold(events: Iterable[Event]) -> Timeline:
    """The timeline of a whole stream of events."""
    timeline = Timeline()
    for event in events:
        timeline = timeline.after(event)
    return timeline
