"""What a command answers, as values. bot/wording puts them into words."""

from __future__ import annotations

from dataclasses import dataclass

from deploy.events import Event, Outcome
from deploy.gates import GateReport
from deploy.model import Commit, Hold, Offer, Operation, Release, Target
from deploy.state.journal import Snapshot


@dataclass(frozen=True, slots=True)
class HelpText:
    """Pairs of usage and explanation."""

    lines: tuple[tuple[str, str], ...]
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Started:
    """An operation has begun; its own messages tell the rest."""

    operation: Operation


@dataclass(frozen=True, slots=True)
class Judged:
    """What the gates say, with nothing begun."""

    target: Target
    commit: Commit
    report: GateReport


@dataclass(frozen=True, slots=True)
class LocksTable:
    """Holds by people, and unfinished operations with their locks; `now` is the memory's clock."""

    holds: tuple[Hold, ...]
    running: tuple[Snapshot, ...]
    now: float


@dataclass(frozen=True, slots=True)
class HistoryTable:
    operations: tuple[Snapshot, ...]
    releases: tuple[Release, ...]
    target: str
    now: float


@dataclass(frozen=True, slots=True)
class OperationStory:
    """An operation and all that it told, oldest first."""

    snapshot: Snapshot
    events: tuple[Event, ...]
    now: float


@dataclass(frozen=True, slots=True)
class Frozen:
    """A person now holds a target."""

    hold: Hold


@dataclass(frozen=True, slots=True)
class Thawed:
    """A hold was lifted."""

    hold: Hold


@dataclass(frozen=True, slots=True)
class Cancelling:
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class TakenAway:
    """An operation lost its locks by force."""

    operation: str
    target: str
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class AskFirst:
    """A question that a button answers; nothing was done yet."""

    question: str
    offer: Offer


Reply = (
    HelpText
    | Started
    | Judged
    | LocksTable
    | HistoryTable
    | OperationStory
    | Frozen
    | Thawed
    | Cancelling
    | TakenAway
    | AskFirst
)
