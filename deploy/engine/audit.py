"""The audit log: who did what, from where, allowed by which rule, and how it ended.

An operation's beginning and end are written by the scripts that begin and end it: neither happens unrecorded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from deploy.core.log import logger
from deploy.core.model import Actor, Operation, Origin
from deploy.engine.records import Records
from deploy.redis import codec

if TYPE_CHECKING:
    from deploy.engine.kind import Kinds
    from deploy.redis.connect import State

LONGEST = 50_000  # entries; an operation makes two
UNREADABLE = "an entry that this fisk cannot read"

log = logger("fisk.operations")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `what` is the command as typed; `outcome` is empty for a beginning.

    `at` is the store's time in seconds; `seconds` is the duration, where it has ended.
    """

    at: float
    actor: Actor
    origin: Origin
    what: str
    decided: str = ""
    outcome: str = ""
    operation: str = ""
    seconds: float = 0


class Audit:
    """The audit log; an entry that cannot be read is replaced by a placeholder."""

    def __init__(self, state: State, kinds: Kinds) -> None:
        self._state = state
        self._records = Records(kinds)
        self._key = state.key("record")

    async def write(self, entry: Entry) -> None:
        """Append an entry. Raises errors.StateUnavailable: then the caller does not act."""
        await self._state.ask(
            "XADD", self._key, "MAXLEN", "~", LONGEST, "*", "entry", codec.dump(Entry, entry)
        )

    async def since(self, at: float) -> tuple[Entry, ...]:
        """The entries from that time (the store's, in seconds) on, newest first."""
        lines = await self._state.ask("XREVRANGE", self._key, "+", int(at * 1000))
        began = [fields["began"] for _, fields in lines if "began" in fields]
        known = await self._state.hashes([self._state.key(f"op:{id_}") for id_ in began])
        texts = {id_: record["operation"] for id_, record in zip(began, known, strict=True) if record}
        entries = (self._entry(position, fields, texts) for position, fields in lines)
        return tuple(entry for entry in entries if entry)

    def _entry(self, position: str, fields: dict[str, str], began: dict[str, str]) -> Entry | None:
        at = int(position.partition("-")[0]) / 1000
        try:
            return self._read(at, fields, began)
        except (KeyError, ValueError):
            log.warning("unreadable record", of="audit entry", at=position)
            return Entry(at, Actor("", "somebody"), Origin("terminal"), UNREADABLE, outcome="unreadable")

    def _read(self, at: float, fields: dict[str, str], began: dict[str, str]) -> Entry | None:
        """A beginning is read from its operation; of a pruned one only the end is in the log."""
        if "entry" in fields:
            return codec.load(Entry, fields["entry"])
        if "ended" in fields:
            id_, signer = fields["id"], self._state.signer
            operation = self._records.operation(signer.opened(fields["ended"], id_, "operation"))
            status = self._records.outcome(signer.opened(fields["outcome"], id_, "outcome")).status
            return replace(_of(operation, at), outcome=status, seconds=at - operation.created)
        id_, text = fields["began"], began.get(fields["began"])
        if text is None:
            return None
        return _of(self._records.operation(self._state.signer.opened(text, id_, "operation")), at)


def _of(operation: Operation, at: float) -> Entry:
    asked = (operation.kind, operation.arguments.what, operation.arguments.place)
    what = operation.line or " ".join(part for part in asked if part)
    return Entry(at, operation.actor, operation.origin, what, operation.decided, operation=operation.id)
