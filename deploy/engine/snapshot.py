"""The journaled state of an operation at one moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field
from typing import TYPE_CHECKING, Literal, cast

from pydantic import SerializeAsAny

from deploy.core.log import logger
from deploy.core.model import Actor, Opaque, Operation, Origin, Resource
from deploy.core.outcomes import Outcome
from deploy.core.signing import Forged
from deploy.core.values import dataclass
from deploy.redis import codec

if TYPE_CHECKING:
    from deploy.core.signing import Signer
    from deploy.engine.records import Records

Standing = Literal["waiting", "running", "done", "failed", "refused", "cancelled"]
OPEN: frozenset[str] = frozenset({"waiting", "running"})
STEP = "step:"
FAIL = "fail:"
MARK = "mark:"
ANSWER = "answer:"
EVENT = "event"  # what an event is signed for, which stands in a stream and not in the hash
SIGNED = frozenset(
    {"operation", "step", "progress", "outcome", "cancel", "aside"}
)  # the others are a script's own

log = logger("fisk.operations")


@dataclass(frozen=True, slots=True)
class Answer:
    """Another person's yes or no to an operation; `at` is the store's time in seconds, `reason` that of a no."""

    actor: Actor
    at: float
    yes: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`seen` is the last heartbeat and `finished` the end (0 until then), both in seconds by the store's clock.

    Attributes:
        step: the last step that began.
        progress: the last progress report.
        runner: the worker that runs it; empty while none does.
        results: each finished step's result as JSON.
        failures: each failed step's error, as engine/failures.py serialises it.
        marks: data of views, such as the live message's ts.
        cancel: who requested cancellation, if anybody did.
        answers: what other people said to it, by their ids.
        aside: why nobody runs it until a person says so, as engine/claims.py calls it; empty where it is not set aside.
        known: whether there is a record of it; without one only its lock is known.
    """

    operation: Operation
    state: Standing
    step: str = ""
    progress: str = ""
    runner: str = ""
    fence: int = 0
    seen: float = 0
    finished: float = 0
    outcome: SerializeAsAny[Outcome] | None = None
    results: dict[str, str] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)
    cancel: Actor | None = None
    answers: dict[str, Answer] = field(default_factory=dict)
    aside: str = ""
    known: bool = True

    @property
    def open(self) -> bool:
        return self.state in OPEN


def read(stored: dict[str, str], operation: str, records: Records, signer: Signer) -> Snapshot:
    """Parse the fields of an operation's hash. Raises KeyError and ValueError where they are invalid.

    Raises:
        Forged: some content of it was not signed as this field of this operation.
    """
    record = verified(stored, operation, signer)
    outcome, cancel = record.get("outcome"), record.get("cancel")
    ended = records.outcome(outcome) if outcome else None
    return Snapshot(
        operation=records.operation(record["operation"]),
        state=_state(record["state"], ended),
        step=record.get("step", ""),
        progress=record.get("progress", ""),
        runner=record.get("runner", ""),
        fence=int(record["fence"]),
        seen=int(record["seen"]) / 1000,
        finished=int(record.get("finished", 0)) / 1000,
        outcome=ended,
        results=_under(STEP, record),
        failures=_under(FAIL, record),
        marks=_under(MARK, record),
        cancel=codec.load(Actor, cancel) if cancel else None,
        aside=record.get("aside", ""),
        answers={who: codec.load(Answer, text) for who, text in _under(ANSWER, record).items()},
    )


def verified(stored: dict[str, str], operation: str, signer: Signer) -> dict[str, str]:
    """The fields of an operation's hash without their signatures. Raises Forged."""
    return {
        field: signer.opened(text, operation, field) if text and _signed(field) else text
        for field, text in stored.items()
    }


def _signed(field: str) -> bool:
    return field in SIGNED or field.startswith((STEP, FAIL, MARK, ANSWER))


def _state(stored: str, outcome: Outcome | None) -> Standing:
    """What is signed decides whether an operation is over, not the field beside it, which a script writes."""
    if outcome:
        return outcome.status
    if stored in OPEN:
        return cast("Standing", stored)
    raise Forged("an operation that is over has an outcome")


def readable(
    found: Iterable[tuple[str, dict[str, str]]], records: Records, signer: Signer
) -> Iterator[Snapshot]:
    """The operations, by their ids, that exist and that this fisk can read and believe; others are skipped."""
    for id_, record in found:
        try:
            snapshot = read(record, id_, records, signer)
        except (KeyError, ValueError) as error:
            if record:
                log.warning("unreadable record", of="operation", id=id_, forged=isinstance(error, Forged))
            continue
        yield snapshot


def lost(operation: str, *resources: Resource) -> Snapshot:
    """A placeholder for an operation that holds a lock but has no record."""
    nobody = Operation(
        id=operation,
        kind="unknown",
        actor=Actor(id="", name="somebody"),
        origin=Origin("terminal"),
        arguments=Opaque(),
        resources=resources,
        created=0,
    )
    return Snapshot(nobody, "running", known=False)


def _under(prefix: str, record: dict[str, str]) -> dict[str, str]:
    return {name.removeprefix(prefix): value for name, value in record.items() if name.startswith(prefix)}


def named(operation: Operation) -> dict[str, str]:
    """What each log line about an operation says of it."""
    return {"operation": operation.id, "kind": operation.kind, "actor": operation.actor.id}


def begun(snapshot: Snapshot) -> frozenset[str]:
    """The steps that it began."""
    return frozenset({*snapshot.results, *snapshot.failures, snapshot.step})
