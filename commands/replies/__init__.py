"""What commands answer, as values. bot/wording/said puts each into words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from deploy.events import Event
from deploy.gates import GateReport
from deploy.model import Commit, Failure, Hold, Offer, Operation, Release, Target
from deploy.outcomes import Outcome
from deploy.state.journal import Snapshot


class Reply:
    """What every answer is; each has its words in bot/wording/said.

    `public`: everybody in the channel sees it.
    """

    __slots__ = ()
    public: ClassVar[bool] = False

    @property
    def refused(self) -> bool:
        """Whether what was asked for was not begun."""
        return False

    @property
    def failed(self) -> bool:
        """Whether what it tells is bad news, which a terminal's exit status says too."""
        return False


@dataclass(frozen=True, slots=True)
class HelpText(Reply):
    """Pairs of usage and explanation."""

    lines: tuple[tuple[str, str], ...]
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Started(Reply):
    """An operation has begun; its own messages tell the rest."""

    operation: Operation


@dataclass(frozen=True, slots=True)
class StartedAll(Reply):
    """Several operations were asked for at once: those that have begun, and why the others have not."""

    operations: tuple[Operation, ...]
    not_begun: tuple[Failure, ...] = ()

    @property
    def refused(self) -> bool:
        return not self.operations


@dataclass(frozen=True, slots=True)
class Judged(Reply):
    """What the gates say, with nothing begun."""

    target: Target
    commit: Commit
    report: GateReport
    offers: tuple[Offer, ...]

    @property
    def refused(self) -> bool:
        return bool(self.report.refusals)


@dataclass(frozen=True, slots=True)
class LocksTable(Reply):
    """Holds by people, and unfinished operations with their locks; `now` is the memory's clock.

    A lock for an operation that nobody has a record of is among them as one that is not `known`.
    """

    holds: tuple[Hold, ...]
    running: tuple[Snapshot, ...]
    now: float


@dataclass(frozen=True, slots=True)
class HistoryTable(Reply):
    operations: tuple[Snapshot, ...]
    releases: tuple[Release, ...]
    target: str
    now: float


@dataclass(frozen=True, slots=True)
class OperationStory(Reply):
    """An operation and all that it told, oldest first."""

    snapshot: Snapshot
    events: tuple[Event, ...]
    now: float


@dataclass(frozen=True, slots=True)
class Frozen(Reply):
    """A person now holds a target."""

    hold: Hold
    public: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Thawed(Reply):
    """A hold was lifted."""

    hold: Hold
    public: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Cancelling(Reply):
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class TakenAway(Reply):
    """An operation lost its locks by force."""

    operation: str
    target: str
    outcome: Outcome | None
    public: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class AskFirst(Reply):
    """A question that a button answers; nothing was done yet."""

    question: str
    offer: Offer
