"""Serialises operations, outcomes and events for the journal: JSON, by the types that each kind declares.

Unknown kinds, and arguments in an unknown form, stay opaque: shown, never run.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Discriminator

from deploy.core.bounded_json import loads
from deploy.core.events import Event, Finished, Unfinished
from deploy.core.model import Arguments, Opaque, Operation
from deploy.core.outcomes import ENDS, Outcome
from deploy.redis import codec

if TYPE_CHECKING:
    from deploy.engine.kind import Kinds


class Records:
    """Reading raises ValueError or KeyError for an invalid record."""

    def __init__(self, kinds: Kinds) -> None:
        self.kinds = kinds
        outcomes = dict.fromkeys((*ENDS, *(each for kind in kinds.values() for each in kind.outcomes)))
        any_of_them: Any = Annotated[reduce(or_, outcomes), Discriminator("outcome")]
        self._outcome = any_of_them

    # --- operations

    @staticmethod
    def dump_operation(operation: Operation) -> str:
        return codec.dump(Operation, operation)

    def operation(self, text: str) -> Operation:
        fields = _object(text)
        operation: Operation = codec.validate(Operation, {**fields, "arguments": Arguments()})
        return replace(operation, arguments=self._arguments(operation.kind, fields["arguments"]))

    def _arguments(self, kind: str, fields: Any) -> Arguments:
        if kind in self.kinds:
            try:
                arguments: Arguments = codec.validate(self.kinds[kind].arguments, fields)
            except codec.Unreadable:
                pass  # from another version
            else:
                return arguments
        return Opaque(json.dumps(fields))

    # --- outcomes

    @staticmethod
    def dump_outcome(outcome: Outcome) -> str:
        return codec.dump(type(outcome), outcome)

    def outcome(self, text: str) -> Outcome:
        outcome: Outcome = codec.load(self._outcome, text)
        return outcome

    # --- events

    def event(self, text: str) -> Event:
        """Parse an event without its time, which is in the stream id."""
        fields = _object(text)
        if fields["event"] == "finished":
            return Finished(0, codec.validate(self._outcome, fields["outcome"]))
        event: Event = codec.validate(Unfinished, fields)
        return event


def _object(text: str) -> dict[str, Any]:
    try:
        fields = loads(text)
    except ValueError:
        raise codec.Unreadable("no JSON") from None
    if isinstance(fields, dict):
        return fields
    raise codec.Unreadable("a record is an object")
