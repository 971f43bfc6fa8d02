"""The live message: one per operation, edited as it progresses, found again after a crash.

The outcome is sent by bot/slack/outbox_worker.py; this module only shows progress.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from contextlib import suppress
from typing import TYPE_CHECKING

from bot.app.tasks import Tasks
from bot.slack import blocks
from bot.slack.budget import Priority
from bot.slack.freshness import as_of
from bot.slack.messages import Messages, Place
from bot.slack.plan import plan, planned
from bot.words.access import marks, question
from bot.words.news import end_text
from bot.words.offers import stop
from bot.words.progress import headline, step_lines
from bot.words.registry import log as log_of
from bot.words.texts import outcome_offers
from bot.words.timeline import Timeline, fold
from deploy.access.arguments import ApprovalArguments
from deploy.core import errors
from deploy.core.cancelling import end
from deploy.core.clock import boottime
from deploy.core.log import logger

if TYPE_CHECKING:
    from bot.slack.speaker import Speaker
    from bot.words.format import Format
    from deploy.core.events import Event
    from deploy.core.model import Operation
    from deploy.core.outcomes import Outcome
    from deploy.engine.journal import Journal

FIRST_EDITS = 2  # the asker is likely to be watching
ANSWERED_WITHIN = 3.0  # seconds that a stopping bot waits for Slack to answer an edit
AGAIN_AFTER = 2.0  # seconds until a failed post or edit is tried again

log = logger()


def under_way(operation: Operation, timeline: Timeline, now: float, fmt: Format) -> dict[str, object]:
    """The message while the operation runs."""
    if isinstance(operation.arguments, ApprovalArguments):
        return blocks.message(*question(operation, operation.arguments, timeline, fmt))
    head = headline(operation, timeline, now, fmt)
    offers = (*timeline.offers, stop(operation, step=timeline.at), log_of(operation))
    whole = blocks.message("\n".join([head, *step_lines(operation, timeline, fmt)]), offers)
    return planned(blocks.message(head, offers), plan(operation, timeline, fmt), whole)


def over(
    operation: Operation, outcome: Outcome, fmt: Format, timeline: Timeline | None = None
) -> dict[str, object]:
    """The same message once the operation has ended: the outcome, and below it the steps, where they are given."""
    signed = f"_{operation.id} · {fmt.person(operation.actor)}{marks(operation, fmt)}_"
    text = f"{end_text(outcome, operation, fmt)}\n{signed}"
    content = blocks.message(text, outcome_offers(outcome, operation))
    return planned(content, plan(operation, timeline, fmt), content) if timeline else content


class Live:
    """Updates the live messages of the operations that this process runs."""

    def __init__(self, speaker: Speaker, journal: Journal, fmt: Format) -> None:
        self.messages = Messages(speaker, journal)
        self._speaker = speaker
        self._journal = journal
        self._fmt = fmt
        self._followers = Tasks()
        self._drawn: dict[str, tuple[_Drawing, asyncio.Task[None]]] = {}

    def draws(self, operation: Operation) -> None:
        """Start updating an operation's live message, if it came from Slack."""
        if operation.origin.kind == "slack" and operation.id not in self._drawn:
            drawing = _Drawing(operation)
            task = asyncio.create_task(self._draw(drawing), name=f"live message of {operation.id}")
            self._drawn[operation.id] = drawing, task
            task.add_done_callback(lambda _: self._drawn.pop(operation.id, None))

    async def settled(self, operation: str) -> None:
        """Wait until its live message gets no more edits, so that the outcome is the last one."""
        if drawn := self._drawn.get(operation):
            await asyncio.wait({drawn[1]})

    async def stop(self) -> None:
        """End them all. An edit that is on its way may arrive after the outcome, which then is shown again."""
        drawn = tuple(self._drawn.values())
        late = [drawing for drawing, _ in drawn if drawing.overtaken or not drawing.idle.is_set()]
        for drawing in late:
            with suppress(TimeoutError):
                await asyncio.wait_for(drawing.idle.wait(), ANSWERED_WITHIN)
        await end([task for _, task in drawn])
        await self._followers.stop()
        for drawing in late:
            with suppress(errors.UnknownOperation):
                await self._took(drawing, self._say_if_ended(drawing))

    async def _say_if_ended(self, drawing: _Drawing) -> None:
        snapshot = await self._journal.load(drawing.operation.id)
        if snapshot.outcome is not None:
            timeline = fold(await self._journal.events(drawing.operation.id))
            await self._tell(drawing, self._over(drawing.operation, snapshot.outcome, timeline))

    async def _draw(self, drawing: _Drawing) -> None:
        follower = self._followers.spawn(self._follow(drawing), f"follower of {drawing.operation.id}")
        try:
            with suppress(errors.UnknownOperation):
                await self._edit(drawing)
                await self._say_the_end(drawing)
        finally:
            drawing.lose()
            follower.cancel()

    async def _follow(self, drawing: _Drawing) -> None:
        """Read events until the end; then always release `settled`, whatever happened."""
        try:
            with suppress(errors.UnknownOperation):
                await self._hear(drawing)
        finally:
            drawing.lose()

    async def _hear(self, drawing: _Drawing) -> None:
        seen = "0"
        while not drawing.over:
            try:
                async for position, event in self._journal.follow(drawing.operation.id, seen):
                    seen = position
                    drawing.see(event)
            except errors.StateUnavailable:
                await asyncio.sleep(AGAIN_AFTER)

    async def _edit(self, drawing: _Drawing) -> None:
        """Post or find the message, and edit it after changes; intermediate states are skipped."""
        edits = 0
        while not drawing.over:
            priority = Priority.ANSWER if edits < FIRST_EDITS else Priority.PROGRESS
            if await self._took(drawing, self._show(drawing, priority)):
                edits += 1
                await drawing.changed.wait()
            else:
                await asyncio.sleep(AGAIN_AFTER)

    async def _took(self, drawing: _Drawing, showing: Awaitable[None]) -> bool:
        """Whether it was shown or refused for good; False: retry. A failing view never fails an operation."""
        try:
            await showing
        except (errors.SystemFailure, errors.StateUnavailable) as failure:
            log.warning("live message not shown", operation=drawing.operation.id, code=failure.code)
            return isinstance(failure, errors.NotThere | errors.Rejected)
        return True

    async def _show(self, drawing: _Drawing, priority: Priority) -> None:
        drawing.place = drawing.place or await self.messages.place(drawing.operation.id)
        if drawing.place and not await self._edit_slot(drawing, priority):
            return
        looked = boottime()
        if drawing.over or (drawing.place and not await self._may_edit(drawing)):
            return
        drawing.overtaken = (
            True  # unless it is known to have arrived before the end, whenever that is heard of
        )
        drawing.idle.clear()
        try:
            await self._send(drawing, self._content(drawing), looked)
        except (errors.NotThere, errors.Rejected):
            drawing.overtaken = False
            raise
        finally:
            drawing.idle.set()
        drawing.overtaken = not (await self._journal.load(drawing.operation.id)).open

    async def _send(self, drawing: _Drawing, content: dict[str, object], looked: float) -> None:
        if drawing.place:
            with as_of(looked):
                await self._speaker.update(*drawing.place, content)
            return
        drawing.place, shown = await self.messages.post(drawing.operation, content)
        if drawing.place and not shown:
            drawing.changed.set()

    async def _say_the_end(self, drawing: _Drawing) -> None:
        """Show the outcome again if an edit may have arrived after the end, which another replica had told by then."""
        outcome = drawing.timeline.outcome
        if not drawing.overtaken or outcome is None:
            return
        content = self._over(drawing.operation, outcome, drawing.timeline)
        while not await self._took(drawing, self._tell(drawing, content)):  # noqa: ASYNC110 (Slack tells only when asked)
            await asyncio.sleep(AGAIN_AFTER)

    def _over(self, operation: Operation, outcome: Outcome, timeline: Timeline) -> dict[str, object]:
        return over(
            operation, outcome, self._fmt.at(operation.origin.channel, operation.origin.thread), timeline
        )

    async def _tell(self, drawing: _Drawing, content: dict[str, object]) -> None:
        if place := await self.messages.place(drawing.operation.id):
            await self._speaker.edit(*place, content, Priority.FINAL)

    async def _may_edit(self, drawing: _Drawing) -> bool:
        """False if the operation has ended, perhaps while this process was suspended."""
        if not (await self._journal.load(drawing.operation.id)).open:
            await drawing.ended.wait()
        return not drawing.over

    async def _edit_slot(self, drawing: _Drawing, priority: Priority) -> bool:
        """Wait for an edit slot of the budget; False if the operation ends before."""
        slot, ended = (
            asyncio.ensure_future(each) for each in (self._speaker.slot(priority), drawing.ended.wait())
        )
        try:
            await asyncio.wait({slot, ended}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            slot.cancel()
            ended.cancel()
        return not drawing.over

    def _content(self, drawing: _Drawing) -> dict[str, object]:
        drawing.changed.clear()
        fmt = self._fmt.within(drawing.operation.origin.thread)
        return under_way(drawing.operation, drawing.timeline, time.time(), fmt)


class _Drawing:
    """The state of one live message.

    `ended`: no more edits follow. `idle`: no post or edit is in flight. `overtaken`: the last one may have arrived
    after the outcome.
    """

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.timeline = Timeline()
        self.place: Place | None = None
        self.changed = asyncio.Event()
        self.ended = asyncio.Event()
        self.idle = asyncio.Event()
        self.idle.set()
        self.overtaken = False

    def see(self, event: Event) -> None:
        self.timeline = self.timeline.after(event)
        self.changed.set()
        if self.timeline.outcome is not None:
            self.ended.set()

    def lose(self) -> None:
        """Stop: the operation's record has expired, or its follower has ended."""
        self.changed.set()
        self.ended.set()

    @property
    def over(self) -> bool:
        return self.ended.is_set()
