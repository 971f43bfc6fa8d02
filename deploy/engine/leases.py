"""Leases: the right to run an operation, with a fence: a worker whose lease was taken over can write nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.events import Event, Progress, StepFailed, StepFinished, StepStarted
from deploy.core.model import Actor
from deploy.core.values import dataclass
from deploy.engine.snapshot import EVENT
from deploy.redis import codec

if TYPE_CHECKING:
    from deploy.engine.records import Records
    from deploy.redis.connect import State


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to run an operation, until it expires or another worker gets a newer fence."""

    operation: str
    fence: int
    runner: str


class Lost(Exception):
    """The fence is not the newest: this worker may no longer write to the operation."""


class Leases:
    """The worker's side of the journal; `lease` is the time to expiry, in seconds."""

    def __init__(self, state: State, records: Records, *, lease: float, keep_days: int) -> None:
        self.state = state
        self.records = records
        self.lease = lease
        self.keep_days = keep_days
        self._lease_ms = int(lease * 1000)
        self._op = state.key("op:")
        self._leases, self._fence, self._wake = state.key("leases"), state.key("fence"), state.key("wake")

    async def begin(self, lease: Lease, step: str) -> Actor | None:
        """Write a step's intent. Returns who requested cancellation, if anybody did. Raises Lost."""
        return await self._write(lease, "step", step, StepStarted(step, 0))

    async def checkpoint(self, lease: Lease, result: str, event: StepFinished) -> Actor | None:
        """Write a step's result (JSON) and its event. Returns who requested cancellation, if anybody. Raises Lost."""
        return await self._write(lease, f"step:{event.step}", result, event)

    async def checkpoint_failure(self, lease: Lease, frozen: str, event: StepFailed) -> Actor | None:
        """Write a step's failure, so that a resumed run raises it again. Raises Lost."""
        return await self._write(lease, f"fail:{event.step}", frozen, event)

    async def _write(self, lease: Lease, field: str, value: str, event: Event) -> Actor | None:
        """It renews the lease, so it is confirmed: what the next master does not have is no right to act."""
        id_, key = lease.operation, self._op + lease.operation
        keys = (key, key + ":events", self._leases)
        args = (
            id_,
            lease.fence,
            self._lease_ms,
            field,
            self.signed(id_, field, value),
            self.told(id_, event),
        )
        answer = await self.state.run_confirmed("write", keys, *args)
        if answer == 0:
            raise Lost(id_)
        return self._canceller(id_, answer)

    async def emit(self, lease: Lease, event: Event) -> None:
        """Append an event for followers. Raises Lost."""
        key, text = self._op + lease.operation, self.told(lease.operation, event)
        said = event.text if isinstance(event, Progress) else ""
        progress = self.signed(lease.operation, "progress", said)
        if not await self.state.run("emit", (key, key + ":events"), lease.fence, text, progress):
            raise Lost(lease.operation)

    async def renew(self, leases: Sequence[Lease]) -> list[Lost | Actor | None]:
        """Renew several leases at once: for each Lost, or who requested cancellation, or None."""
        keys = (self._leases, *(self._op + lease.operation for lease in leases))
        args = [part for lease in leases for part in (lease.operation, lease.fence)]
        answers = await self.state.run_confirmed("renew", keys, self._lease_ms, *args)
        return [self._renewed(lease, answer) for lease, answer in zip(leases, answers, strict=True)]

    async def hand_over(self, lease: Lease, aside: str = "") -> None:
        """Release the lease, so that any worker can claim the operation at once. Raises Lost.

        `aside`: why this one leaves it to others.
        """
        keys = (self._op + lease.operation, self._leases, self._wake)
        why = self.signed(lease.operation, "aside", aside)
        if not await self.state.run("hand_over", keys, lease.operation, lease.fence, why):
            raise Lost(lease.operation)

    async def listen(self, after: str, seconds: float) -> tuple[str, list[tuple[str, str]]]:
        """Notifications (submitted, cancel, handed_over; each with its operation) since `after`.

        Waits at most `seconds` for one. An empty `after` means from now on. Returns the next `after` too.
        """
        after = after or await self._newest_wake()
        block = max(1, int(seconds * 1000))
        answer = await self.state.wait(
            seconds, "XREAD", "COUNT", 100, "BLOCK", block, "STREAMS", self._wake, after
        )
        entries = answer[0][1] if answer else []
        news = [item for _, fields in entries for item in fields.items()]
        return entries[-1][0] if entries else after, news

    async def _newest_wake(self) -> str:
        newest = await self.state.ask("XREVRANGE", self._wake, "+", "-", "COUNT", 1)
        return str(newest[0][0]) if newest else "0"

    # --- signatures

    def signed(self, operation: str, field: str, content: str) -> str:
        """A content for this field of this operation; empty where there is none."""
        return self.state.signer.sign(content, operation, field) if content else ""

    def told(self, operation: str, event: Event) -> str:
        """An event of this operation, for its followers."""
        return self.state.signer.sign(codec.dump(type(event), event), operation, EVENT)

    def _renewed(self, lease: Lease, answer: str | int) -> Lost | Actor | None:
        return Lost(lease.operation) if answer == 0 else self._canceller(lease.operation, str(answer))

    def _canceller(self, operation: str, text: str) -> Actor | None:
        """Who requested cancellation; a request that fisk itself did not write counts for nothing."""
        return (
            codec.believed(Actor, text, "cancellation", self.state.signer, operation, "cancel")
            if text
            else None
        )

    def _unknown(self, operation: str) -> errors.UnknownOperation:
        return errors.UnknownOperation(operation=operation, days=self.keep_days)
