"""The engine: runs operations under leases, takes over abandoned ones, and hands over at shutdown."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import Context
from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.cancelling import end
from deploy.core.clock import boottime
from deploy.core.log import about, logger
from deploy.engine.journal import Journal, Lease, Lost
from deploy.engine.op import Op, Suspended
from deploy.engine.outcome_of import outcome_of
from deploy.engine.recovery import Recovery
from deploy.engine.snapshot import named
from deploy.engine.suspension import HANDED_OVER, LAPSED, TAKEN, OtherVersion, cause

if TYPE_CHECKING:
    from deploy.core.model import Operation
    from deploy.core.outcomes import Outcome
    from deploy.engine.kind import Kinds

__all__ = ["Engine", "Op", "Suspended"]

LOOK_EVERY = 1.0  # longest time in seconds between two searches for operations without a worker
LONGEST_BACKOFF = 1.0  # seconds between two attempts in an outage
GRACE = 1.0  # seconds for a suspended run to stop before it is cancelled

log = logger("fisk.operations")


class Engine:
    """Runs operations of the given kinds.

    Args:
        journal: stores them.
        kinds: the kinds that run here; others are left to other replicas.
        runner: a name unique to this process, not reused after a restart.
        world: passed to the operations.
        on_run: called when this process begins or resumes an operation.
        recovery: what it does after a failover.
        authorise: raises an errors.Refusal where nobody may do it; asked as long as the operation has not acted.
    """

    def __init__(
        self,
        journal: Journal,
        kinds: Kinds,
        runner: str,
        world: object = None,
        *,
        on_run: Callable[[Operation], None] | None = None,
        authorise: Callable[[Operation], Awaitable[None]] | None = None,
        recovery: Recovery | None = None,
    ) -> None:
        self._journal = journal
        self.recovery = recovery or Recovery(journal.state)
        self._authorise = authorise
        self._kinds = kinds
        self._world = world
        self._runner = runner
        self._on_run = on_run
        self._runs: dict[str, tuple[Op, asyncio.Task[None]]] = {}
        self._doubtful: dict[str, Operation] = {}
        self._renewal: asyncio.Task[None] | None = None
        self._renew_now = asyncio.Event()
        self._heard = ""
        self._claiming = asyncio.Lock()
        self.draining = False

    async def submit(self, operation: Operation) -> None:
        """Begin an operation here; it runs in a background task.

        Raises:
            BlockedBy, HeldBy, errors.ReplicasMissing: as Journal.start.
            errors.Draining: fisk is shutting down.
            errors.NotCompared: what it is about was not compared since a failover.
            errors.StateUnavailable: it cannot be written.
        """
        if self.draining:
            raise errors.Draining(line=operation.line)
        await self.recovery.require_open(operation)
        asked, opening = boottime(), self._kinds.opening(operation)
        try:
            lease = await self._journal.start(operation, runner=self._runner, opening=opening)
        except (errors.StateUnavailable, asyncio.CancelledError):
            if not operation.origin.request:  # else it is submitted again, since its line is in the inbox
                self._doubtful[operation.id] = operation  # it may be written: withdraw it, never run it
            raise
        if lease is not None and operation.id not in self._runs:
            self._run(Op(self._journal, operation, lease, asked, opening))

    async def run_one(self, operation: str) -> bool:
        """Claim one operation and run it to its end; False where it could not be claimed."""
        asked = boottime()
        lease = await self._journal.take(operation, self._runner, tuple(self._kinds))
        if lease is None:
            return False
        await asyncio.wait([await self._resume(lease, asked)])
        return True

    async def work(self) -> None:
        """Take over operations without a worker, until drained. Survives outages and unexpected errors."""
        pause = 0.0
        while not self.draining:
            try:
                if pause:
                    await self._journal.state.revive()
                await self._look()
                pause = 0.0
            except Exception as error:
                pause = min(LONGEST_BACKOFF, pause * 2 or 0.1)
                if isinstance(error, errors.StateUnavailable):
                    log.warning("state unavailable", error=str(error), again_in=pause)
                else:
                    log.exception("looking for work failed", again_in=pause)
                await asyncio.sleep(pause)

    async def drain(self, seconds: float) -> None:
        """Begin nothing new; let what acts finish within `seconds`, then hand the rest over to other replicas."""
        self.draining = True
        async with self._claiming:  # none is claimed from here on
            pass
        for op, _ in self._runs.values():
            if self._kinds[op.operation.kind].waits:
                op.suspend(HANDED_OVER)
        await self._settle(seconds)
        for op, _ in self._runs.values():
            op.suspend(HANDED_OVER)
        await self._settle(GRACE)
        for _, task in self._runs.values():
            task.cancel()
        await self._settle(GRACE)
        with suppress(errors.StateUnavailable):
            await self._withdraw_doubtful()
        await self.recovery.stop()
        if self._renewal:
            await end([self._renewal])

    @property
    def running(self) -> frozenset[str]:
        """The ids of the operations that run here."""
        return frozenset(self._runs)

    async def idle(self) -> None:
        """Wait until nothing runs here."""
        await self._settle(None)

    async def _settle(self, seconds: float | None) -> None:
        tasks = [task for _, task in self._runs.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)

    # --- looking for work

    async def _look(self) -> None:
        await self._withdraw_doubtful()
        await self._journal.release()
        await self._watch_memory()
        while not self.draining and await self._claim():
            pass
        pause = await self._journal.next_due(LOOK_EVERY)
        self._heard, news = await self._journal.listen(self._heard, pause)
        if any(what == "cancel" and operation in self._runs for what, operation in news):
            self._renew_now.set()

    async def _claim(self) -> bool:
        asked = boottime()
        async with self._claiming:
            lease = await self._journal.claim(self._runner, kinds=tuple(self._kinds), but=self._runs)
            if lease:
                await self._take_over(lease, asked)
        return lease is not None

    async def _take_over(self, lease: Lease, asked: float) -> None:
        try:
            await self._resume(lease, asked)
        except errors.UnknownOperation as error:
            log.warning("not taken over", operation=lease.operation, error=str(error))

    async def _resume(self, lease: Lease, asked: float) -> asyncio.Task[None]:
        snapshot = await self._journal.resumed(lease)
        op = Op(self._journal, snapshot.operation, lease, asked)
        op.remember(snapshot)
        return self._run(op)

    async def _withdraw_doubtful(self) -> None:
        """Withdraw operations that were refused in an outage, but may have been written before the answer was lost."""
        for operation in tuple(self._doubtful.values()):
            opening = self._kinds.opening(operation)
            no_answer = errors.StateUnavailable(where="no answer")
            await self._journal.withdraw(operation, self._runner, no_answer, opening)
            del self._doubtful[operation.id]

    async def _watch_memory(self) -> None:
        """After a failover, which may lose writes, renew this process's leases before anything new begins.

        A script is replicated atomically, so an operation and its locks are kept or lost together.
        """
        if await self.recovery.watch([op.operation for op, _ in self._runs.values()]):
            await self._renew()

    # --- running

    def _run(self, op: Op) -> asyncio.Task[None]:
        if self.draining:  # it was being submitted
            op.suspend(HANDED_OVER)
        task = asyncio.create_task(self._run_story(op), name=f"operation {op.operation.id}")
        self._runs[op.operation.id] = op, task
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(
                self._keep_leases(), context=Context()
            )  # of all, not of this one
        self._announce(op.operation)
        return task

    def _announce(self, operation: Operation) -> None:
        """Call `on_run`; whatever task it begins logs what the operation is."""
        try:
            with about(**named(operation)):
                if self._on_run:
                    self._on_run(operation)
        except Exception:
            log.exception("view failed", **named(operation))

    async def _run_story(self, op: Op) -> None:
        with about(**named(op.operation)):
            await self._run_about(op)

    async def _run_about(self, op: Op) -> None:
        # logged after the story has sent the write of its first step
        asyncio.get_running_loop().call_soon(self._say, op, "running")
        try:
            outcome = await outcome_of(op, self._story(op), self._kinds)
            await op.settle()
            await self._journal.finish(op.lease, op.operation, outcome, op.begun)
            self._say(op, "finished", outcome=outcome.tag)
        except (Suspended, Lost, errors.StateUnavailable) as reason:
            self._say(op, "suspended", reason=str(reason))
            self._journal.state.counts.suspended(cause(reason))
            self.recovery.stopped[op.operation.id] = op.operation
            await self._let_go(op, leave=isinstance(reason, OtherVersion))
        except asyncio.CancelledError:
            await self._let_go(op)
            raise
        finally:
            del self._runs[op.operation.id]

    def _say(self, op: Op, what: str, **facts: str) -> None:
        log.info(what, fence=op.lease.fence, runner=self._runner, **facts)

    async def _story(self, op: Op) -> Outcome:
        await self._judge(op)
        return await self._kinds[op.operation.kind].story(self._world, op)

    async def _judge(self, op: Op) -> None:
        """What has acted is finished or put back, whatever the rules say by now."""
        if self._authorise and not self._kinds[op.operation.kind].has_acted(op.begun):
            op.check()
            await self._authorise(op.operation)

    async def _let_go(self, op: Op, *, leave: bool = False) -> None:
        await op.settle()
        await self._journal.let_go(op.lease, leave=leave)

    # --- leases

    async def _keep_leases(self) -> None:
        while self._runs:
            try:
                async with asyncio.timeout(self._journal.lease / 3):
                    await self._renew_now.wait()
            except TimeoutError:
                pass
            self._renew_now.clear()
            with suppress(errors.StateUnavailable):
                await self._renew()
            for op, _ in self._runs.values():
                if op.lapsed:
                    op.cut_off(LAPSED)

    async def _renew(self) -> None:
        ops = [op for op, _ in self._runs.values()]
        asked = boottime()
        answers = await self._journal.renew([op.lease for op in ops]) if ops else []
        for op, answer in zip(ops, answers, strict=True):
            if isinstance(answer, Lost):
                op.cut_off(TAKEN)
                continue
            op.renewed(asked)
            if answer:
                op.cancel(answer)
