"""The API for stories: memoised steps under a fence, progress reports, and cancellable pauses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, TypeVar

from deploy.core import errors
from deploy.core.acting import Suspended, acting_by
from deploy.core.cancelling import end
from deploy.core.clock import boottime
from deploy.core.events import Progress, StepFailed, StepFinished
from deploy.core.log import logger
from deploy.core.parts import PART
from deploy.engine.failures import freeze, thaw, told
from deploy.engine.journal import Journal, Lease, Lost, Snapshot
from deploy.engine.suspension import LAPSED, TAKEN, readable
from deploy.redis import codec

if TYPE_CHECKING:
    from deploy.core.model import Actor, Arguments, Offer, Operation

__all__ = ["Op", "Suspended"]

T = TypeVar("T")
A = TypeVar("A", bound="Arguments")
RIGHT = 0.9  # of the lease: the rest is for a next master whose clock is ahead of the last one's
_PART: ContextVar[str] = ContextVar("the part of the story that runs", default="")
REPORT_EVERY = 0.2  # seconds between two reports that are written to Redis


log = logger("fisk.operations")


class Op:
    """One run of one operation, created by the engine and used by the story."""

    def __init__(
        self, journal: Journal, operation: Operation, lease: Lease, renewed: float, opening: str = ""
    ) -> None:
        self.operation = operation
        self.lease = lease
        self._journal = journal
        self._renewed = renewed
        self._results: dict[str, str] = {}
        self._failures: dict[str, str] = {}
        self._step = ""
        self._at: dict[str, str] = {}  # the step of each part of the story
        self._opening = opening  # its intent was written with the start
        self._was_at = ""
        self.resumed = False  # whether an earlier run may have done something of this already
        self._cancel: Actor | None = None
        self._why = ""
        self._right: asyncio.Timeout | None = None
        self._over = False
        self._undoing = 0
        self._halted = asyncio.Event()  # suspended
        self._stirred = asyncio.Event()  # suspended, or asked to cancel
        self._report: Progress | None = None
        self._reporting: asyncio.Task[None] | None = None

    # --- for stories

    def arguments(self, kind: type[A]) -> A:
        """The operation's arguments, of the type of its kind."""
        arguments = self.operation.arguments
        if isinstance(arguments, kind):
            return arguments
        raise TypeError(f"{self.operation.kind} has no {kind.__name__}")

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """What the story does within is a part of it, whose steps are called `NAME: STEP`. Parts may run at once."""
        token = _PART.set(name + PART)
        try:
            yield
        finally:
            _PART.reset(token)

    async def step(self, name: str, kind: type[T], run: Callable[[], Awaitable[T]]) -> T:
        """Run a named step once, and journal its result (a `kind`) for resumed runs.

        The intent is written before, the result after. After a crash in between, `run` runs again:
        it must first check whether the effect is already there. What `run` raises is journaled likewise.

        Raises:
            Suspended: this process has no right to go on, now.
            errors.CancelRequested: somebody asked to stop, and the story is not undoing.
        """
        name = _PART.get() + name
        with readable(f"the result of {name}"):
            if name in self._results:
                return codec.load(kind, self._results[name])
            if name in self._failures:
                raise thaw(self._failures[name])
        await self._begin(name)
        try:
            with readable(f"what {name} needs"):
                result = await self._timed(name, run)
        except errors.StateUnavailable as error:
            raise Suspended(str(error)) from error
        except errors.FiskError as error:
            await self._fail(name, error)
            raise
        except Exception as error:
            # Stories compensate for this failure too, so it must be a FiskError.
            log.exception("internal", step=name)
            await self._fail(name, error)
            raise errors.Internal(kind=type(error).__name__) from error
        await self._checkpoint(name, codec.dump(kind, result), result)
        return result

    async def _timed(self, name: str, run: Callable[[], Awaitable[T]]) -> T:
        started = boottime()
        try:
            return await run()
        finally:
            self._journal.state.counts.step(self.operation.kind, name, boottime() - started)

    async def report(self, text: str, eta: float = 0, offers: tuple[Offer, ...] = ()) -> None:
        """Report progress of the current step; `eta` in seconds. The newest wins; never fails the operation.

        `offers`: what somebody may do about it.
        """
        self._report = Progress(self._at.get(_PART.get(), ""), 0, _PART.get() + text, eta, offers)
        if self._reporting is None or self._reporting.done():
            self._reporting = asyncio.create_task(self._keep_reporting())

    async def pause(self, seconds: float) -> None:
        """Sleep, until a cancellation or suspension ends it.

        Raises:
            Suspended: this process has no right to go on, now.
            errors.CancelRequested: somebody asked to stop, and the story is not undoing.
        """
        self.check()
        stirred = self._halted if self._undoing else self._stirred
        try:
            async with asyncio.timeout(seconds):
                await stirred.wait()
        except TimeoutError:
            pass
        self.check()

    def was_at(self, step: str) -> bool:
        """Whether an earlier run stopped at this step, so that its effect may be there already."""
        return _PART.get() + step == self._was_at

    def check(self) -> None:
        """Raise what `pause` would, without sleeping."""
        if not self._why and self.lapsed:
            self.suspend(LAPSED)
        if self._why:
            raise Suspended(self._why)
        if self._cancel and not self._undoing:
            raise errors.CancelRequested(by=self._cancel.name or self._cancel.id)

    @contextmanager
    def undoing(self) -> Iterator[None]:
        """While the story compensates, a cancellation does not stop it."""
        self._undoing += 1
        try:
            yield
        finally:
            self._undoing -= 1

    @property
    def cancelled_by(self) -> Actor | None:
        return self._cancel

    # --- for the engine

    @property
    def begun(self) -> frozenset[str]:
        """The steps that this run or an earlier one began."""
        return frozenset({*self._results, *self._failures, self._step, self._was_at})

    def remember(self, snapshot: Snapshot) -> None:
        """Load the results that earlier runs journaled."""
        self._results = dict(snapshot.results)
        self._failures = dict(snapshot.failures)
        self._was_at = snapshot.step
        self.resumed = True
        if snapshot.cancel:
            self.cancel(snapshot.cancel)

    def cancel(self, actor: Actor) -> None:
        self._cancel = self._cancel or actor
        self._stirred.set()

    def suspend(self, reason: str) -> None:
        """Stop the run at its next step, pause or check."""
        self._why = self._why or reason
        self._halted.set()
        self._stirred.set()

    @asynccontextmanager
    async def right_to_run(self) -> AsyncIterator[None]:
        """The context that the story runs in, so that it can be cancelled. Raises Suspended where it was."""
        try:
            async with asyncio.timeout(None) as right:
                self._right = right
                with acting_by(self.insist):
                    yield
        except TimeoutError:
            if not right.expired():
                raise
            raise Suspended(self._why) from None
        finally:
            self._over = True  # whatever it left behind in a thread or a task acts no more
            self._right = None

    def cut_off(self, reason: str) -> None:
        """Cancel the run in the middle of a step, which may act repeatedly without a check in between."""
        self.suspend(reason)
        self._over = True
        if self._right is not None and self._right.when() is None:
            self._right.reschedule(asyncio.get_running_loop().time())

    def insist(self) -> None:
        """Raise Suspended where this run may change nothing outside any more. Callable in any thread."""
        if self._over or self.lapsed:
            raise Suspended(self._why or LAPSED)

    @property
    def lapsed(self) -> bool:
        return boottime() - self._renewed > self._journal.lease * RIGHT

    def renewed(self, at: float) -> None:
        """The lease was renewed by a request sent at this time of `boottime`."""
        self._renewed = max(self._renewed, at)

    async def settle(self) -> None:
        """Write the last report and end background tasks."""
        task, self._reporting = self._reporting, None
        if task is not None:
            await end([task])
        await self._tell_report()

    # --- under the fence

    async def _begin(self, name: str) -> None:
        self.check()
        opening, self._opening = self._opening, ""
        if name != opening:
            await self._write(self._journal.begin, self.lease, name)
        self._step = self._at[_PART.get()] = name
        self.check()

    async def _checkpoint(self, name: str, text: str, result: object) -> None:
        await self.settle()
        event = StepFinished(name, 0, getattr(result, "note", ""), getattr(result, "subject", ""))
        await self._write(self._journal.checkpoint, self.lease, text, event)
        self._results[name] = text

    async def _fail(self, name: str, error: Exception) -> None:
        self.insist()  # what failed because this process slept, such as a time limit, has not failed
        await self.settle()
        frozen = freeze(error)
        event = StepFailed(name, 0, told(error).failure)
        await self._write(self._journal.checkpoint_failure, self.lease, frozen, event)
        self._failures[name] = frozen

    async def _write(self, write: Callable[..., Awaitable[Actor | None]], *args: object) -> None:
        """Write to the journal, which renews the lease; a failed write suspends the run."""
        asked = boottime()
        try:
            cancel = await write(*args)
        except (Lost, errors.StateUnavailable) as error:
            self.suspend(TAKEN if isinstance(error, Lost) else str(error))
            raise Suspended(self._why) from error
        self.renewed(asked)
        if cancel:
            self.cancel(cancel)

    async def _keep_reporting(self) -> None:
        while self._report is not None:
            await self._tell_report()
            await asyncio.sleep(REPORT_EVERY)

    async def _tell_report(self) -> None:
        report, self._report = self._report, None
        if report is None:
            return
        try:
            await self._journal.emit(self.lease, report)
        except errors.StateUnavailable:
            pass  # only a progress line is lost; the step's own writes detect the outage
        except Lost:
            self.cut_off(TAKEN)
