"""The audit log: who did what, from where, allowed by which rule, and how it ended.

An operation's beginning and end are written by the scripts that begin and end it: neither happens unrecorded. What was
refused stands apart from what was done, so that nobody can push deeds out of the log by asking for what they may not.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from deploy.core.log import logger
from deploy.core.model import Actor, Operation, Origin
from deploy.core.outcomes import Abandoned
from deploy.core.values import dataclass
from deploy.redis import codec

if TYPE_CHECKING:
    from deploy.core.outcomes import Outcome
    from deploy.redis.chain import Chain, Chained
    from deploy.redis.connect import State

UNREADABLE = "an entry that this fisk cannot read"

log = logger("fisk.operations")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `what` is the command as typed; `outcome` is empty for a beginning.

    Attributes:
        at: when, in seconds by the store's clock.
        decided: the rule that allowed or refused it.
        operation: its id, where it is about one.
        seconds: how long the operation took, where it has ended.
        reason: as the actor gave it.
        approved: who else approved it.
        did: the steps of the operation that acted, each with the system that it changed.
    """

    at: float
    actor: Actor
    origin: Origin
    what: str
    decided: str = ""
    outcome: str = ""
    operation: str = ""
    seconds: float = 0
    reason: str = ""
    approved: tuple[Actor, ...] = ()
    did: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry, and its place in the record."""

    seq: int
    entry: Entry


class Audit:
    """The audit log; an entry that cannot be read, or is not fisk's own, is replaced by a placeholder."""

    def __init__(self, state: State) -> None:
        self.chains = state.deeds, state.refusals
        self._deeds, self._refusals = self.chains

    async def write(self, entry: Entry) -> None:
        """Append a deed. Raises errors.StateUnavailable: then the caller does not act."""
        await self._deeds.write(dump(entry))

    async def refused(self, entry: Entry) -> None:
        """Append what was not allowed. Raises errors.StateUnavailable."""
        await self._refusals.write(dump(entry))

    async def since(self, at: float) -> tuple[Entry, ...]:
        """The deeds from that time (the store's, in seconds) on, newest first."""
        return tuple(each.entry for each in await self.deeds(at))

    async def deeds(self, at: float) -> tuple[Recorded, ...]:
        """The same with their places."""
        return await _entries(self._deeds, at)

    async def refusals(self, at: float) -> tuple[Recorded, ...]:
        """What was not allowed, likewise."""
        return await _entries(self._refusals, at)


async def _entries(chain: Chain, at: float) -> tuple[Recorded, ...]:
    return tuple(read(position, found) for position, found in await chain.since(at))


def read(position: str, found: Chained | None) -> Recorded:
    """An entry as it stands in the chain, or a placeholder."""
    if found is not None:
        try:
            return Recorded(found.link.seq, codec.load(Entry, found.content))
        except ValueError:
            pass  # from another version
    log.warning("unreadable record", of="audit entry", at=position, forged=found is None)
    at = int(position.partition("-")[0]) / 1000
    nobody = Entry(at, Actor("", "somebody"), Origin("terminal"), UNREADABLE, outcome="unreadable")
    return Recorded(found.link.seq if found else 0, nobody)


def dump(entry: Entry) -> str:
    return codec.dump(Entry, entry)


def beginning(operation: Operation) -> Entry:
    """The entry of an operation's beginning."""
    asked = (operation.kind, operation.arguments.what, operation.arguments.place)
    what = operation.line or " ".join(part for part in asked if part)
    return Entry(
        operation.created,
        operation.actor,
        operation.origin,
        what,
        operation.decided,
        operation=operation.id,
        reason=f"break-glass: {operation.break_glass}" if operation.break_glass else operation.reason,
        approved=tuple(each.actor for each in operation.approved),
    )


def ending(operation: Operation, at: float, outcome: Outcome, did: tuple[str, ...] = ()) -> Entry:
    """The entry of its end at a time of the store's; where somebody took it away, with who and why."""
    entry = beginning(operation)
    if isinstance(outcome, Abandoned):
        entry = replace(entry, reason=f"{taken_away_by(outcome.by)}{outcome.reason}")
    seconds = max(0.0, at - operation.created)
    return replace(entry, at=at, outcome=outcome.status, seconds=seconds, did=did)


def taken_away_by(actor: Actor) -> str:
    """What the reason begins with where somebody took an operation away."""
    return f"taken away by {actor.id}: "


class Reckoned:
    """The store's clock without asking it each time, since an end is written in one round trip."""

    FRESH = 60.0  # seconds for which this host's clock is believed to run as the store's does

    def __init__(self, state: State) -> None:
        self._state = state
        self._asked = float("-inf")
        self._ahead = 0.0

    async def now(self) -> float:
        """In seconds since the epoch. Raises errors.StateUnavailable."""
        if time.monotonic() - self._asked > self.FRESH:
            self._ahead = await self._state.now() - time.time()
            self._asked = time.monotonic()
        return time.time() + self._ahead
