"""What a run was, as the stand-ins saw it, and the store at its end. Values only: the checks are pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

FOREVER = float("inf")
UNTOUCHED = "untouched"  # as a target's outcome: its group says that it was left as it was


@dataclass(frozen=True, slots=True)
class Act:
    """A request that changes something, and that a stand-in took; `at` it arrived, in seconds since the epoch.

    `what` is point or trigger (Coolify), open (a deployment on GitHub), restart or start (BuildKit); `bot` is empty
    where nothing tells which one it was, `operation` where the request does not name one.
    """

    at: float
    what: str
    target: str
    sha: str = ""
    bot: str = ""
    operation: str = ""


@dataclass(frozen=True, slots=True)
class Typed:
    """A line; `acked` where Slack had its acknowledgement in time, `answers` how often its response_url was used."""

    at: float
    user: str
    text: str
    acked: bool
    answers: int = 0

    @property
    def asks(self) -> bool:
        """Whether it changes nothing, so that neither the line nor its answer is kept."""
        return self.text.startswith(("status", "logs"))


@dataclass(frozen=True, slots=True)
class Shown:
    """A message of fisk's; `texts` are its versions, oldest first, `only` the one person who sees it."""

    at: float
    channel: str
    only: str
    texts: tuple[str, ...]
    thread: bool = False

    @property
    def text(self) -> str:
        return self.texts[-1]


@dataclass(frozen=True, slots=True)
class Rollout:
    """A deployment in Coolify's queue: the commit that it was asked for, and what became of it."""

    at: float
    target: str
    commit: str
    status: str


@dataclass(frozen=True, slots=True)
class Run:
    """An operation, or a group's share of one target, as the store has it at the end.

    `ended` is FOREVER while it is open; `runners` are the bots that ran it, each from when; `outcome` is its tag, empty
    while it is open, and `sha` the commit that was asked for, empty where nobody asked for one; `target` is empty where
    it needs none for itself.
    """

    id: str
    kind: str
    user: str
    target: str
    sha: str
    began: float
    ended: float = FOREVER
    outcome: str = ""
    status: str = ""
    runners: tuple[tuple[float, str], ...] = ()

    def covers(self, at: float) -> bool:
        return self.began <= at <= self.ended


@dataclass(frozen=True, slots=True)
class Store:
    """What is left in Redis.

    `stray` are keys that nothing will ever remove, `waiting` targets that follow and have not got the newest commit.
    """

    locks: Mapping[str, str] = field(default_factory=dict)
    leases: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    inbox: int = 0
    outbox: int = 0
    waiting: tuple[str, ...] = ()
    stray: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """One run. `running` and `set_to` say which commit each target runs, and which it would deploy next.

    `set_at_first` is what it would have deployed before the run.

    Attributes:
        commits: in the order in which they were pushed.
        ended: when a bot did, killed or told to, in seconds since the epoch.
        seen: every operation that was ever in the journal, whatever became of the record.
        texts: everything in which a secret could stand, by where it stands.
        secrets: what must stand nowhere, by its name.
    """

    acts: tuple[Act, ...] = ()
    typed: tuple[Typed, ...] = ()
    shown: tuple[Shown, ...] = ()
    rollouts: tuple[Rollout, ...] = ()
    runs: tuple[Run, ...] = ()
    commits: tuple[str, ...] = ()
    running: Mapping[str, str] = field(default_factory=dict)
    set_to: Mapping[str, str] = field(default_factory=dict)
    set_at_first: Mapping[str, str] = field(default_factory=dict)
    ended: tuple[float, ...] = ()
    seen: frozenset[str] = frozenset()
    store: Store = Store()
    texts: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
