"""The audit trail: who did what, from where, let through by which rule, and how it ended.

An operation's beginning and end are written by the scripts that begin and end it, so neither happens unrecorded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from deploy.events import Outcome
from deploy.model import Actor, Operation, Origin
from deploy.state import codec

if TYPE_CHECKING:
    from deploy.state.connect import State

LONGEST = 50_000  # entries; an operation makes two
OUTCOME = cast("type[Outcome]", Outcome)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of it. `what` is the command as asked; `outcome` is empty for what only began.

    `at` is in server seconds; `seconds` is how long it took, where it has ended.
    """

    at: float
    actor: Actor
    origin: Origin
    what: str
    decided: str = ""
    outcome: str = ""
    operation: str = ""
    seconds: float = 0


class Record:
    def __init__(self, state: State) -> None:
        self._state = state
        self._key = state.key("record")

    async def write(self, entry: Entry) -> None:
        """Write it down. Raises errors.StateUnavailable: then the caller does not act."""
        await self._state.ask("XADD", self._key, "MAXLEN", "~", LONGEST, "*", "entry", codec.dump(Entry, entry))

    async def latest(self, limit: int = 50) -> tuple[Entry, ...]:
        """The newest entries, newest first."""
        lines = await self._state.ask("XREVRANGE", self._key, "+", "-", "COUNT", limit)
        return tuple(_read(position, fields) for position, fields in lines)


def _read(position: str, fields: dict[str, str]) -> Entry:
    if "entry" in fields:
        return codec.load(Entry, fields["entry"])
    operation = codec.load(Operation, fields.get("began") or fields["ended"])
    at = int(position.partition("-")[0]) / 1000
    ended = codec.load(OUTCOME, fields["outcome"]).status if "outcome" in fields else ""
    return Entry(
        at=at,
        actor=operation.actor,
        origin=operation.origin,
        what=" ".join((operation.kind, *operation.arguments.values())),
        decided=operation.decided,
        outcome=ended,
        operation=operation.id,
        seconds=at - operation.created if ended else 0,
    )
