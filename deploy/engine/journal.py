"""The journal of operations: what is under way, by whom, at which step, and how it ended.

Every change is one Lua script over declared keys (lua/), at the server's time. A worker holds a lease with
a fence; its writes are refused once another worker has a newer fence. An operation's locks have no TTL:
they end with the operation, whichever replica finishes it.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from deploy.core import errors
from deploy.core.events import CancelAsked, Finished, StepStarted
from deploy.core.freeze import Freezes
from deploy.core.log import logger
from deploy.core.model import Actor, Operation, Origin, Resource
from deploy.core.outcomes import Abandoned, Outcome, Refused
from deploy.engine.audit import Entry, Reckoned, beginning, dump, ending
from deploy.engine.leases import Lease, Lost
from deploy.engine.locks import HOLD, TERMINAL, BlockedBy, HeldBy, not_frozen, read_hold
from deploy.engine.outbox import message
from deploy.engine.reader import Reader
from deploy.engine.records import Records
from deploy.engine.snapshot import (
    ANSWER,
    MARK,
    Answer,
    Snapshot,
    begun,
)
from deploy.redis import codec

if TYPE_CHECKING:
    from deploy.engine.kind import Kinds
    from deploy.redis.connect import State

__all__ = ["Journal", "Lease", "Lost", "Snapshot"]

DAY = 86_400_000  # milliseconds
TIDY_EVERY = 50  # finished operations, of this process
Steps = Collection[str]
log = logger("fisk.operations")

ATTEMPTS = 3  # attempts to read the holder of a lock that is being released


class Journal(Reader):
    """Operations in Redis.

    Args:
        state: the connection.
        kinds: the kinds of operations that this process knows.
        lease: seconds without a renewal after which another worker may take over.
        keep_days: how long finished operations and the audit log are kept.
        keep_operations: how many finished operations are kept.
        freezes: when nothing may begin.
    """

    def __init__(
        self,
        state: State,
        kinds: Kinds,
        *,
        lease: float = 5.0,
        keep_days: int = 90,
        keep_operations: int = 10_000,
        freezes: Freezes | None = None,
    ) -> None:
        super().__init__(state, Records(kinds), lease=lease, keep_days=keep_days)
        self._keep_operations, self.freezes = keep_operations, freezes or Freezes()
        self._keep_ms = keep_days * DAY
        self._finished = itertools.count()
        self._clock = Reckoned(state)
        self._locks, self._history = state.key("locks"), state.key("history")
        self._start_keys = (
            state.epoch.key,
            self._locks,
            state.key("holds"),
            self._leases,
            self._fence,
            self._wake,
        )
        self._finish_keys = (self._locks, self._leases, self._fence, self._history, state.key("outbox"))

    # --- beginning and ending

    async def start(self, operation: Operation, *, runner: str = "", opening: str = "") -> Lease | None:
        """Take the operation's locks and write it, atomically; without a runner, any worker may claim it.

        `opening` is its first step, where the worker begins it at once: its intent is written as well.

        Raises:
            BlockedBy: another operation has one of the locks, or another worker runs this one already.
            HeldBy: a person, even the actor, or a freeze of fisk.toml holds one of the resources.
            errors.MemoryEmptied: nothing begins until somebody accepts that.
            errors.ReplicasMissing: too few replicas have it in time; it was withdrawn.
            errors.MaybeBegun: so few that it is not known whether it was withdrawn.
            errors.StateUnavailable: unknown whether it was written; the caller must treat it as not begun.
        """
        await not_frozen(operation, self.freezes, self._clock)
        for _ in range(ATTEMPTS):
            answer = await self._start_in_epoch(operation, runner, opening if runner else "")
            if isinstance(answer, int):
                return Lease(operation.id, answer, runner) if runner else None
            kind, detail, *hold = answer
            if kind == "held":
                raise HeldBy(read_hold(Resource.parse(detail), hold[0], self.state.signer))
            holder = await self.holder(detail, *operation.resources[:1])
            if (holder.open and holder.known) or detail == operation.id:
                break
        raise BlockedBy(holder)

    async def _start_in_epoch(self, operation: Operation, runner: str, opening: str) -> Any:
        """Start it, unless the memory was emptied; another replica may have accepted that."""
        if (answer := await self._start(operation, runner, opening)) != ["emptied"]:
            return answer
        await self.state.epoch.check()
        if (answer := await self._start(operation, runner, opening)) != ["emptied"]:
            return answer
        raise errors.MemoryEmptied(where=self.state.shown)

    async def _start(self, operation: Operation, runner: str, opening: str) -> Any:
        key = self._op + operation.id
        keys = (*self._start_keys, key, key + ":events")
        id_, text = operation.id, self.records.dump_operation(operation)
        args = (
            id_, self.signed(id_, "operation", text), runner, self._lease_ms, self.signed(id_, "step", opening),
            self.told(id_, StepStarted(opening, 0)) if opening else "", HOLD if HOLD in operation.passes else "",
            self.state.epoch.text,
            *map(str, operation.resources),
        )  # fmt: skip
        try:
            return await self.state.deeds.append("start", keys, dump(beginning(operation)), *args)
        except errors.Unconfirmed as error:
            missing = errors.ReplicasMissing(**error.facts)
            await self._take_back(operation, runner, missing, opening)
            raise missing from None

    async def _take_back(
        self, operation: Operation, runner: str, missing: errors.ReplicasMissing, opening: str
    ) -> None:
        """Withdraw a start that does not count. Raises errors.MaybeBegun where that does not count, either."""
        try:
            await self.withdraw(operation, runner, missing, opening)
        except errors.StateUnavailable as outage:
            raise errors.MaybeBegun(operation=operation.id, where=outage.where) from None

    async def withdraw(
        self, operation: Operation, runner: str, error: errors.FiskError, opening: str = ""
    ) -> None:
        """Undo a start, unless a later step has begun or another worker runs it; the audit log says why."""
        key = self._op + operation.id
        keys = (self._locks, self._leases, key, key + ":events")
        entry = dump(ending(operation, await self._clock.now(), Refused(error.failure)))
        args = (operation.id, runner, opening, self.signed(operation.id, "step", opening))
        await self.state.deeds.append("withdraw", keys, entry, *args, *map(str, operation.resources))

    async def finish(self, lease: Lease, operation: Operation, outcome: Outcome, begun: Steps = ()) -> None:
        """Write the outcome, release the locks and post to the outbox, atomically and idempotently. Raises Lost.

        `begun` are the steps that it began, for the audit log.
        """
        if not await self._finish(operation, str(lease.fence), outcome, begun):
            raise Lost(operation.id)
        if next(self._finished) % TIDY_EVERY == 0:
            with suppress(errors.StateUnavailable):  # it is finished; the next one prunes
                await self._tidy()

    async def _finish(self, operation: Operation, fence: str, outcome: Outcome, begun: Steps) -> int:
        id_, key, text = operation.id, self._op + operation.id, self.records.dump_outcome(outcome)
        did = self.records.kinds.did(operation, begun)
        answer: int = await self.state.deeds.append(
            "finish",
            (*self._finish_keys, key, key + ":events"),
            dump(ending(operation, await self._clock.now(), outcome, did)),
            id_, fence, outcome.status, self.signed(id_, "outcome", text), self.told(id_, Finished(0, outcome)),
            message(self.state, "operation", id_), self._keep_ms, *map(str, operation.resources),
        )  # fmt: skip
        return answer

    async def _tidy(self) -> None:
        """Prune by age and by number; Python reads the ids first, since a script must declare its keys."""
        for chain in (self.state.deeds, self.state.refusals):
            await chain.trim(await self._clock.now() - self._keep_ms / 1000)
        beyond = await self.state.run("tidy", (self._history,), self._keep_ms, self._keep_operations)
        if beyond:
            keys = [self._op + id_ + part for id_ in beyond for part in ("", ":events")]
            await self.state.run("forget", (self._history, *keys), *beyond)

    # --- by people

    async def cancel(self, operation: str, actor: Actor, origin: Origin = TERMINAL) -> None:
        """Request cancellation, with an audit entry; the worker is notified at once.

        Raises:
            errors.UnknownOperation: there is no record of it.
            errors.NotCancellable: it is over.
        """
        key = self._op + operation
        entry = Entry(await self.state.now(), actor, origin, f"cancel {operation}", operation=operation)
        keys, by = (key, key + ":events", self._wake), codec.dump(Actor, actor)
        args = operation, self.signed(operation, "cancel", by), self.told(operation, CancelAsked(actor, 0))
        state = await self.state.deeds.append("cancel", keys, dump(entry), *args)
        if state is None:
            raise self._unknown(operation)
        if state not in {"waiting", "running"}:
            raise errors.NotCancellable(operation=operation, state=state)

    async def answer(self, operation: str, answer: Answer, entry: Entry) -> bool:
        """Write another person's yes or no, with its audit entry; False where they said something before.

        Raises:
            errors.UnknownOperation: there is no record of it.
            errors.NotCancellable: it is over.
        """
        keys, field = (self._op + operation, self._wake), ANSWER + answer.actor.id
        text = self.signed(operation, field, codec.dump(Answer, answer))
        state = await self.state.deeds.append("answer", keys, dump(entry), operation, field, text)
        if state is None:
            raise self._unknown(operation)
        if state not in {"waiting", "running", "answered"}:
            raise errors.NotCancellable(operation=operation, state=state)
        return bool(state != "answered")

    async def abandon(
        self, operation: str, actor: Actor, reason: str, origin: Origin = TERMINAL
    ) -> Abandoned:
        """Take its locks away by force, with an audit entry; its worker, if any, is fenced off.

        Raises:
            errors.UnknownOperation: there is no record of it, nor does it hold a lock.
            errors.NotCancellable: it is over.
        """
        snapshot = await self.holder(operation)
        outcome = Abandoned(actor, reason, snapshot.step)
        if not snapshot.known:
            now = await self.state.now()
            await self._unlock(Entry(now, actor, origin, reason, outcome="lifted", operation=operation))
        elif not await self._finish(snapshot.operation, "", outcome, begun(snapshot)):
            raise errors.NotCancellable(operation=operation, state=(await self.load(operation)).state)
        return outcome

    async def _unlock(self, entry: Entry) -> None:
        locked = await self.state.ask("HGETALL", self._locks)
        resources = [resource for resource, holder in locked.items() if holder == entry.operation]
        if not resources and await self.state.ask("ZSCORE", self._leases, entry.operation) is None:
            raise self._unknown(entry.operation)
        key = self._op + entry.operation
        keys = (self._locks, self._leases, self._fence, key, key + ":events")
        await self.state.deeds.append("unlock", keys, dump(entry), entry.operation, self._keep_ms, *resources)

    async def mark(self, operation: str, name: str, value: str) -> None:
        """Store a view's data, such as the live message's ts. Raises errors.UnknownOperation."""
        text = self.signed(operation, f"{MARK}{name}", value)
        if not await self.state.run("mark", (self._op + operation,), name, text):
            raise self._unknown(operation)
