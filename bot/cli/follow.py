"""Follows operations until they end, and runs them in this process if no bot does."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from bot.app.tasks import Tasks
from bot.cli.events import events
from bot.cli.main import warn
from bot.words.access import question
from bot.words.format import TERMINAL
from bot.words.timeline import Timeline
from deploy.access.arguments import ApprovalArguments
from deploy.core import errors
from deploy.core.cancelling import end
from deploy.core.events import Event, SetAside, TakenOver
from deploy.core.model import Actor, Operation
from deploy.core.outcomes import Outcome
from deploy.core.values import dataclass
from deploy.engine.claims import Aside

if TYPE_CHECKING:
    from bot.app.wiring import Parts
    from bot.cli.views import View

CLAIMED_WITHIN = 1.0  # seconds in which a running bot takes an operation that was submitted
LOOK_EVERY = 1.0  # seconds between checks whether its runner has died
STOPPING = "Stopping it and putting back what it changed; once more leaves it for a bot to finish."
OUT_OF_REACH = "It cannot be stopped while fisk's memory does not answer."


@dataclass(frozen=True, slots=True)
class End:
    """How an operation ended; outcome None: the terminal stopped following it before."""

    operation: Operation
    outcome: Outcome | None


class Follower:
    """Follows the operations that one line has begun.

    Args:
        parts: everything opened.
        actor: who follows, and may interrupt.
        view: shows how they go.
        operations: all that has begun; an interrupt means them all.
    """

    def __init__(self, parts: Parts, actor: Actor, view: View, operations: tuple[Operation, ...]) -> None:
        self._parts = parts
        self._journal = parts.world.memory.journal
        self._actor = actor
        self._view = view
        self._open = [operation.id for operation in operations]
        self._interrupts = 0
        self._left = asyncio.Event()
        self._tasks = Tasks()
        self._listen()

    async def end_of(self, operation: Operation) -> End:
        """Follow an operation until it ends or the user leaves. Raises errors.UnknownOperation."""
        self._view.begin(operation)
        if isinstance(operation.arguments, ApprovalArguments):
            text, _ = question(operation, operation.arguments, Timeline(), TERMINAL)
            self._view.say(f"{text}\nThey press in Slack, or type: fisk approve {operation.id}")
        outcome = await self._outcome(operation)
        if begun := getattr(outcome, "begun", ""):
            self._view.leave(operation)
            return await self.end_of(await self._next(operation, begun))
        if outcome is None:
            self._view.leave(operation)
            warn(await self._where_it_is(operation.id))
        else:
            self._view.end(operation, outcome)
        self._open.remove(operation.id)
        return End(operation, outcome)

    async def _next(self, waited: Operation, begun: str) -> Operation:
        self._open[self._open.index(waited.id)] = begun
        return (await self._journal.load(begun)).operation

    async def _outcome(self, operation: Operation) -> Outcome | None:
        running = asyncio.create_task(self._run(operation.id))
        watching = asyncio.create_task(self._watch(operation))
        leaving = asyncio.create_task(self._left.wait())
        try:
            await asyncio.wait({watching, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await end({running, leaving})
            await (self._parts.engine.drain(0) if self._left.is_set() else self._parts.engine.idle())
        if watching.done():
            return watching.result()
        await end({watching})
        return None

    # --- running it

    async def _run(self, operation: str) -> None:
        """Run the operation here unless a bot claims it; retry while it has not ended: this process may have
        been suspended, Valkey may have been down, or a bot may have died.
        """
        await asyncio.sleep(CLAIMED_WITHIN)
        while True:
            try:
                await self._parts.engine.run_one(operation)
            except errors.FiskError:
                with suppress(errors.FiskError):
                    await self._parts.state.revive()
            await asyncio.sleep(LOOK_EVERY)

    # --- watching it

    async def _watch(self, operation: Operation) -> Outcome | None:
        timeline = Timeline()
        async for event in events(self._journal, operation.id, partial(away, operation.id)):
            timeline = timeline.after(event)
            self._view.tell(operation, timeline, event)
            self._heed(event, timeline.runs)
        return timeline.outcome

    def _heed(self, event: Event, runs: int) -> None:
        match event:
            case TakenOver():
                self._tell_runner(event, runs)
            case SetAside():
                self._left.set()  # it does not end before a person says so

    def _tell_runner(self, event: TakenOver, runs: int) -> None:
        if event.runner == self._parts.runner:
            nobody = "No bot took it, so it runs" if runs == 1 else "Nobody ran it any more, so it goes on"
            self._view.say(f"{nobody} here.")
        elif runs > 1:
            self._view.say("Another runner took it over.")

    # --- being interrupted

    def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, lambda: self._tasks.spawn(self._interrupted(), "interrupt"))
        # closing the window is no request to stop an operation
        loop.add_signal_handler(signal.SIGHUP, lambda: None)

    async def _interrupted(self) -> None:
        """First interrupt: cancel what runs here. Second, or if a bot runs it: stop following."""
        self._interrupts += 1
        if not self._open:
            return
        if self._interrupts > 1 or not await self._is_ours(self._open[0]):
            self._left.set()
            return
        warn(STOPPING)
        try:
            await self._cancel_all()
        except errors.StateUnavailable:
            warn(OUT_OF_REACH)

    async def _cancel_all(self) -> None:
        for operation in self._open:
            with suppress(errors.NotCancellable, errors.UnknownOperation):
                await self._journal.cancel(operation, self._actor)

    async def _is_ours(self, operation: str) -> bool:
        """Whether the operation runs here, or has no runner at all."""
        if operation in self._parts.engine.running:
            return True
        with suppress(errors.FiskError):
            return (await self._journal.load(operation)).runner in {"", self._parts.runner}
        return False

    async def _where_it_is(self, operation: str) -> str:
        look = f"`fisk op {operation}` shows it, `fisk cancel {operation}` stops it"
        try:
            snapshot = await self._journal.load(operation)
        except errors.FiskError:
            return (
                f"How far {operation} is cannot be said while fisk's memory does not answer. Later, {look}."
            )
        if not snapshot.open:
            return f"{operation} is over meanwhile. `fisk op {operation}` shows how it ended."
        if snapshot.aside:
            aside = Aside(operation, snapshot.aside).because
            return f"{operation} is set aside, since {aside}. `fisk op {operation} retry` goes on with it."
        if snapshot.runner:
            return f"{operation} goes on without this terminal. {look}."
        step = f"at step {snapshot.step}" if snapshot.step else "before its first step"
        return f"{operation} is left {step}, with its locks, until a bot goes on with it. {look}."


def away(operation: str, outage: errors.StateUnavailable) -> None:
    """Say once that the memory is away, while an operation is followed."""
    warn(
        f"fisk's memory does not answer ({outage.where}). {operation} goes on once it does, and this terminal"
        " with it; Ctrl-C leaves."
    )
