"""The events of a running operation. They carry no text for people: bot/words renders them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, SerializeAsAny

from deploy.core.model import Actor, Failure, Offer
from deploy.core.outcomes import Outcome
from deploy.core.values import dataclass


@dataclass(frozen=True, slots=True)
class StepStarted:
    """The intent is journaled; the step's function runs next."""

    step: str
    at: float
    event: Literal["step_started"] = "step_started"


@dataclass(frozen=True, slots=True)
class StepFinished:
    """`note` summarises the step's result; `subject` is the operation's commit as this step resolved it."""

    step: str
    at: float
    note: str = ""
    subject: str = ""
    event: Literal["step_finished"] = "step_finished"


@dataclass(frozen=True, slots=True)
class StepFailed:
    """The step's function raised; the operation's story decides what follows."""

    step: str
    at: float
    error: Failure
    event: Literal["step_failed"] = "step_failed"


@dataclass(frozen=True, slots=True)
class Progress:
    """A line about the step under way, from the system at work; `eta` in seconds, 0 where unknown.

    `offers`: what somebody may do about it, as long as nothing newer is said.
    """

    step: str
    at: float
    text: str
    eta: float = 0
    offers: tuple[Offer, ...] = ()
    event: Literal["progress"] = "progress"


@dataclass(frozen=True, slots=True)
class CancelAsked:
    by: Actor
    at: float
    event: Literal["cancel_asked"] = "cancel_asked"


@dataclass(frozen=True, slots=True)
class TakenOver:
    """A worker began or resumed the operation under a new fence."""

    runner: str
    at: float
    fence: int
    event: Literal["taken_over"] = "taken_over"


@dataclass(frozen=True, slots=True)
class SetAside:
    """No worker claims it until a person says so; `why` is how engine/claims.py calls the reason."""

    why: str
    at: float
    event: Literal["set_aside"] = "set_aside"


@dataclass(frozen=True, slots=True)
class Finished:
    at: float
    outcome: SerializeAsAny[Outcome]
    event: Literal["finished"] = "finished"


# Events while it runs; each kind of operation has its own outcomes for the end.
Unfinished = Annotated[
    StepStarted | StepFinished | StepFailed | Progress | CancelAsked | TakenOver | SetAside,
    Discriminator("event"),
]
Event = StepStarted | StepFinished | StepFailed | Progress | CancelAsked | TakenOver | SetAside | Finished
