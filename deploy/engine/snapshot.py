"""An operation as the journal has it at one moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, cast

from deploy.core.model import Actor, Operation, Origin
from deploy.core.outcomes import Outcome
from deploy.redis import codec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Standing = Literal["waiting", "running", "done", "failed", "refused", "cancelled"]
OPEN: frozenset[str] = frozenset({"waiting", "running"})
STEP = "step:"
FAIL = "fail:"
MARK = "mark:"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`seen` is the last sign of life and `finished` the end (0 until then), both in server seconds.

    Attributes:
        step: the newest step that began.
        progress: the newest line of progress.
        runner: who runs it; empty while nobody does.
        results: each finished step's result as JSON.
        failures: each failed step's error, as the engine froze it.
        marks: the views' own notes, such as the live message's ts.
        cancel: who asked to stop it, if anybody did.
        known: whether there is a record of it; without one, all that is known is what it locks.
    """

    operation: Operation
    state: Standing
    step: str = ""
    progress: str = ""
    runner: str = ""
    fence: int = 0
    seen: float = 0
    finished: float = 0
    outcome: Outcome | None = None
    results: dict[str, str] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)
    cancel: Actor | None = None
    known: bool = True

    @property
    def open(self) -> bool:
        return self.state in OPEN


def read(record: dict[str, str]) -> Snapshot:
    """A snapshot from the fields of an operation's hash."""
    outcome, cancel = record.get("outcome"), record.get("cancel")
    return Snapshot(
        operation=codec.load(Operation, record["operation"]),
        state=cast("Standing", record["state"]),
        step=record.get("step", ""),
        progress=record.get("progress", ""),
        runner=record.get("runner", ""),
        fence=int(record["fence"]),
        seen=int(record["seen"]) / 1000,
        finished=int(record.get("finished", 0)) / 1000,
        outcome=codec.load(cast("type[Outcome]", Outcome), outcome) if outcome else None,
        results=_under(STEP, record),
        failures=_under(FAIL, record),
        marks=_under(MARK, record),
        cancel=codec.load(Actor, cancel) if cancel else None,
    )


def readable(records: Iterable[dict[str, str]]) -> Iterator[Snapshot]:
    """Those that there are, and that this fisk can read: a newer one, or somebody else, may have written others."""
    for record in records:
        try:
            snapshot = read(record)
        except (KeyError, ValueError):
            continue
        yield snapshot


def lost(operation: str, *resources: str) -> Snapshot:
    """What can be said of an operation that holds a lock though nobody has its record: it still holds it."""
    nobody = Operation(
        id=operation,
        kind="unknown",
        actor=Actor(id="", name="somebody"),
        origin=Origin("terminal"),
        arguments={},
        resources=resources,
        created=0,
    )
    return Snapshot(nobody, "running", known=False)


def _under(prefix: str, record: dict[str, str]) -> dict[str, str]:
    return {name.removeprefix(prefix): value for name, value in record.items() if name.startswith(prefix)}
