"""`fisk watch` and `fisk op ID --follow`: look on, and neither run nor stop anything."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from bot.app.tasks import Tasks
from bot.cli.events import events
from bot.cli.follow import away
from bot.cli.main import show, show_json
from bot.cli.views import Objects, at_terminal
from bot.words.format import TERMINAL
from bot.words.locks import set_aside
from bot.words.timeline import Timeline
from deploy.core import errors
from deploy.core.cancelling import end
from deploy.core.events import SetAside
from deploy.engine.claims import Aside

if TYPE_CHECKING:
    from bot.cli.main import Options
    from bot.cli.views import View
    from deploy.core.model import Operation
    from deploy.core.outcomes import Outcome
    from deploy.engine.journal import Journal

Result = TypeVar("Result")

AWAY = "watch"  # whom an outage is told, beside the operations
LOOK_EVERY = 1.0  # seconds between two looks for what has begun since


class Watcher:
    """Follows operations until they are over, or whoever looks on leaves: by Ctrl-C, or because nobody reads on.

    `several`: whether more than one may be followed, so that each line names its own.
    """

    def __init__(self, journal: Journal, options: Options, *, several: bool = False) -> None:
        self._journal = journal
        self._left = asyncio.Event()
        self._followed: set[str] = set()
        self._tasks = Tasks()
        self._view = Objects(self._show_json) if options.as_json else at_terminal(self._show, named=several)

    async def one(self, operation: Operation) -> Outcome | None:
        """Its outcome, or that of what it waited for; None where it is not over yet."""
        async with self._view as view:
            return await self._unless_left(self._to_its_end(operation, view))

    async def all(self, beside: str) -> None:
        """Everything under way, and all that begins meanwhile; `beside` is said first."""
        async with self._view as view:
            view.say(beside)
            await self._unless_left(self._look(view))
            await self._tasks.stop()

    async def _unless_left(self, work: Coroutine[Any, Any, Result]) -> Result | None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._left.set)
        working, leaving = asyncio.create_task(work), asyncio.create_task(self._left.wait())
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        await end({working, leaving})
        return None if working.cancelled() else working.result()

    async def _look(self, view: View) -> None:
        while True:
            for operation in await self._new():
                self._followed.add(operation.id)
                self._tasks.spawn(self._follow(operation, view), f"watching {operation.id}")
            await asyncio.sleep(LOOK_EVERY)

    async def _new(self) -> list[Operation]:
        try:
            running = await self._journal.running()
        except errors.StateUnavailable as outage:
            self._away_once(outage)
            return []
        return [each.operation for each in running if each.operation.id not in self._followed]

    def _away_once(self, outage: errors.StateUnavailable) -> None:
        if AWAY not in self._followed:
            self._followed.add(AWAY)
            away(AWAY, outage)

    async def _to_its_end(self, operation: Operation, view: View) -> Outcome | None:
        outcome = await self._follow(operation, view)
        if begun := getattr(outcome, "begun", ""):
            return await self._to_its_end((await self._journal.load(begun)).operation, view)
        return outcome

    async def _follow(self, operation: Operation, view: View) -> Outcome | None:
        view.begin(operation)
        timeline = Timeline()
        try:
            async for event in events(self._journal, operation.id, partial(away, operation.id)):
                timeline = timeline.after(event)
                view.tell(operation, timeline, event)
                if isinstance(event, SetAside):
                    view.say(set_aside(Aside(operation.id, event.why), TERMINAL))
        finally:
            view.end(operation, timeline.outcome) if timeline.outcome else view.leave(operation)
        return timeline.outcome

    def _show(self, text: str) -> None:
        if not show(text):
            self._left.set()

    def _show_json(self, value: Any) -> None:
        if not show_json(value):
            self._left.set()
