"""The journal, read: what is under way, and how an operation goes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.events import Event, Finished
from deploy.core.log import logger
from deploy.engine.claims import Claims
from deploy.engine.snapshot import EVENT, Snapshot, lost, readable

if TYPE_CHECKING:
    from deploy.core.model import Resource

BLOCK = 5  # seconds of one blocking read of a follower
TAKEN_OVER = '{"event":"taken_over"'

log = logger("fisk.operations")


class Reader(Claims):
    """Looking at operations; what cannot be read or believed is left out, and named by `aside`."""

    async def now(self) -> float:
        """The server's clock, in seconds since the epoch."""
        return await self.state.now()

    async def holder(self, operation: str, *resources: Resource) -> Snapshot:
        """The operation that has a lock, even one without a record: ambiguity fails closed."""
        try:
            return await self.load(operation)
        except errors.UnknownOperation:
            return lost(operation, *resources)

    async def running(self) -> tuple[Snapshot, ...]:
        """All unfinished operations, waiting ones included, oldest first."""
        ids = await self.state.ask("ZRANGE", self._leases, 0, -1)
        records = await self.state.hashes([self._op + id_ for id_ in ids])
        found = readable(zip(ids, records, strict=True), self.records, self.state.signer)
        return tuple(sorted(found, key=lambda snapshot: snapshot.operation.created))

    async def events(self, operation: str) -> tuple[Event, ...]:
        """All its events so far, oldest first."""
        entries = await self.state.ask("XRANGE", self._op + operation + ":events", "-", "+")
        events = (self._event(operation, position, fields["event"]) for position, fields in entries)
        return tuple(event for event in events if event)

    async def follow(self, operation: str, after: str = "0") -> AsyncIterator[tuple[str, Event]]:
        """Its events from `after` on, with their ids; the last one is Finished.

        Raises errors.StateUnavailable in an outage: follow again after the last id seen.
        """
        await self.load(operation)
        key = self._op + operation + ":events"
        while True:
            read = ("XREAD", "COUNT", 100, "BLOCK", BLOCK * 1000, "STREAMS", key, after)
            answer = await self.state.wait(BLOCK, *read)
            if not answer:
                await self.load(operation)  # it may have been pruned meanwhile
            for position, fields in answer[0][1] if answer else ():
                after = position
                event = self._event(operation, position, fields["event"])
                if event is None:
                    await self.load(operation)  # raises where this version cannot read the end
                    continue
                if isinstance(event, Finished):
                    await self.state.confirmed()  # an end that was told is never untold
                yield position, event
                if isinstance(event, Finished):
                    return

    def _event(self, operation: str, position: str, text: str) -> Event | None:
        """An event with its time, from its stream id; None for one that this fisk cannot read, or does not believe.

        Who took it over is a script's own event, which nobody can sign there; it decides nothing.
        """
        try:
            own = text.startswith(TAKEN_OVER)
            event = self.records.event(text if own else self.state.signer.opened(text, operation, EVENT))
        except (KeyError, ValueError):
            log.warning("unreadable record", of="event", at=position)
            return None
        return replace(event, at=int(position.partition("-")[0]) / 1000)
