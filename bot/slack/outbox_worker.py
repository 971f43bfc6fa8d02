"""The outbox's worker: sends its messages to Slack, retrying until Slack takes them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from bot.app.tasks import Tasks
from bot.slack import blocks
from bot.slack.budget import Priority
from bot.slack.incidents import MESSAGE as BEGAN
from bot.slack.live import Live, over
from bot.slack.messages import REMEMBERED, Place
from bot.words.news import first_line
from bot.words.progress import step_lines
from bot.words.texts import release_notes
from bot.words.timeline import Timeline, fold
from deploy.core import errors
from deploy.core.log import about, logger
from deploy.engine.snapshot import named
from deploy.notices.store import MESSAGE as BUILD
from deploy.redis import codec
from deploy.redis.idempotency import do_once

if TYPE_CHECKING:
    from bot.app.metrics import Metrics
    from bot.slack.incidents import Incidents
    from bot.slack.speaker import Speaker
    from bot.words.format import Format
    from deploy.core.model import Operation
    from deploy.core.outcomes import Outcome
    from deploy.engine.journal import Journal, Snapshot
    from deploy.engine.outbox import Message, Outbox

WAIT = 1.0  # seconds that one read of the outbox blocks
LOOK_EVERY = 0.05  # seconds between checks of the outbox
PAUSE = 2.0  # seconds after a failure
AT_ONCE = 16  # messages of each kind in delivery
OPERATION, ENDED = "operation", "ended"  # kinds of messages: an end, where it was asked for, and elsewhere
OF_OPERATIONS = frozenset({OPERATION, ENDED, BEGAN})  # kinds of messages that are about one
TOLD = "told"  # the kind of message that answers a line for everybody: its channel, its request, the answer closed

Tell = Callable[[str], Awaitable[None]]
log = logger()


class Announcer:
    """Takes messages from the outbox, and removes each after it was delivered."""

    def __init__(
        self,
        outbox: Outbox,
        journal: Journal,
        speaker: Speaker,
        live: Live,
        incidents: Incidents,
        *,
        fmt: Format,
        metrics: Metrics,
        consumer: str,
    ) -> None:
        self._outbox = outbox
        self._journal = journal
        self._speaker = speaker
        self._live = live
        self._incidents = incidents
        self._fmt = fmt
        self._metrics = metrics
        self._consumer = consumer
        self._deliveries = Tasks()
        self._under_way: set[str] = set()
        self._queues: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._turns: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(AT_ONCE))
        self._tell: dict[str, Tell] = {OPERATION: self._announce, ENDED: self._tell_elsewhere}

    def tells(self, kind: str, tell: Tell) -> None:
        """Register the sender of a kind of message; `tell` is called again if it raises a SystemFailure."""
        self._tell[kind] = tell

    async def idle(self) -> None:
        """Wait until the outbox is empty."""
        while not await self._outbox.empty():  # noqa: ASYNC110 (another replica may empty it)
            await asyncio.sleep(LOOK_EVERY)

    async def work(self) -> None:
        """Deliver messages until cancelled; what Slack does not take is retried until it does."""
        try:
            while True:
                try:
                    await self._take()
                except errors.StateUnavailable:
                    await asyncio.sleep(PAUSE)
        finally:
            await self._deliveries.stop()

    async def _take(self) -> None:
        message = await self._outbox.take(self._consumer, WAIT)
        if message and message.id not in self._under_way:  # a slow one is redelivered, to this consumer too
            self._under_way.add(message.id)
            self._deliveries.spawn(self._in_order(message), f"message {message.kind}")

    async def _in_order(self, message: Message) -> None:
        """Deliver in order within a queue; queues are independent, so that one that waits delays no other, and so are
        kinds, however many of one have to wait.
        """
        queue = self._queues.setdefault(queue_of(message), asyncio.Lock())
        try:
            async with queue, self._turns[message.kind]:
                await self._deliver(message)
        except errors.StateUnavailable:
            log.warning("a message is left for later", kind=message.kind, about=_subject(message))
        finally:
            self._under_way.discard(message.id)

    async def _deliver(self, message: Message) -> None:
        """Send a message; each log line names the operation that it is about, and who asked for that."""
        with about(**await self._facts(message)):
            await self._send(message)

    async def _facts(self, message: Message) -> dict[str, str]:
        if message.kind not in OF_OPERATIONS:
            return {}
        try:
            return named((await self._journal.load(message.about)).operation)
        except errors.UnknownOperation:
            return {}

    async def _send(self, message: Message) -> None:
        """Retry while Slack is down; the message stays in the outbox until it is sent or refused."""
        if message.kind not in self._tell:
            await self._outbox.leave(message, "nobody here sends this kind")
            return
        while True:
            try:
                await self._tell[message.kind](message.about)
            except (errors.OtherVersion, codec.Unreadable) as other:
                await self._outbox.leave(message, str(other))
                return
            except (errors.NotThere, errors.Rejected, errors.UnknownOperation) as failure:
                _given_up(_subject(message), failure)
            except errors.SystemFailure as failure:
                log.warning("announcement waits", about=_subject(message), code=failure.code)
                await asyncio.sleep(PAUSE if failure.retry_after is None else failure.retry_after)
                continue
            except errors.StateUnavailable:
                raise
            except Exception:
                log.exception("an announcement met a fault", kind=message.kind, about=_subject(message))
            await self._outbox.sent(message)
            return

    async def _announce(self, operation: str) -> None:
        """Tell the end where it was asked for; other channels take a post a second each, and may have to wait."""
        await self._live.settled(operation)
        snapshot = await self._journal.load(operation)
        if snapshot.outcome is None:
            return
        if snapshot.operation.origin.kind == "slack":
            await self._tell_home(snapshot, snapshot.outcome)
        await self._outbox.post(ENDED, operation)
        kind, outcome = snapshot.operation.kind, snapshot.outcome
        self._metrics.operations.labels(kind, snapshot.state, outcome.tag).inc()

    async def _tell_elsewhere(self, operation: str) -> None:
        snapshot = await self._journal.load(operation)
        if snapshot.outcome is not None:
            await self._incidents.ended(snapshot, snapshot.outcome)

    async def _tell_home(self, snapshot: Snapshot, outcome: Outcome) -> None:
        """Show the outcome where it was asked for, once, however often its details are tried: edits are 50 a minute.
        If Slack refuses it for good, go on with other channels.
        """
        id_ = snapshot.operation.id
        timeline = fold(await self._journal.events(id_))
        show = partial(self._final, snapshot.operation, outcome, timeline)
        try:
            shown = await do_once(self._journal.state, f"final:{id_}", REMEMBERED, show)
            if place := shown or await self._live.messages.place(id_):
                await self._details(snapshot, timeline, place)
        except (errors.NotThere, errors.Rejected) as failure:
            _given_up(id_, failure)

    async def _final(self, operation: Operation, outcome: Outcome, timeline: Timeline) -> Place | None:
        """Edit the live message into the outcome; post it if there is none, as after an outage of Slack."""
        fmt = self._fmt.at(operation.origin.channel, operation.origin.thread)
        content = over(operation, outcome, fmt, timeline)
        messages = self._live.messages
        place = await messages.place(operation.id)
        if place and await self._edited(place, content):
            return place
        place, shown = await messages.post(operation, content, gone=place)
        if place and not shown:
            await self._edited(place, content)
        return place

    async def _edited(self, place: Place, content: dict[str, object]) -> bool:
        """Edit a message; False if it was deleted."""
        try:
            await self._speaker.edit(*place, content, Priority.FINAL)
        except errors.NotThere:
            return False
        return True

    async def _details(self, snapshot: Snapshot, timeline: Timeline, place: Place) -> None:
        """Tell whoever asked, once, in the message's thread, since an edit notifies nobody; what the message does not
        show of how it went follows.
        """
        operation, (channel, ts) = snapshot.operation, place
        thread = (operation.origin.thread if channel == operation.origin.channel else "") or ts
        fmt, steps = self._fmt.at(channel, thread), not await self._speaker.draws_plans()
        content = blocks.message(details(snapshot, timeline, fmt, steps=steps))
        post = partial(self._speaker.post, channel, content, thread=thread)
        await do_once(self._journal.state, f"details:{operation.id}", REMEMBERED, post)


def _given_up(about: str, failure: errors.FiskError) -> None:
    log.error("announcement given up", about=about, code=failure.code, why=str(failure))


def queue_of(message: Message) -> str:
    """The queue whose messages are sent in order: one per kind, or per operation, build or channel for what is about
    one: what a build needs may take seconds, and no other build's news waits for that.
    """
    one_each = message.kind in {OPERATION, BUILD, TOLD}
    return f"{message.kind} {_subject(message)}" if one_each else message.kind


def _subject(message: Message) -> str:
    """What it is about, without what is to be said of it: the attempts of a build are one build."""
    parted = {BUILD: ".", TOLD: " "}.get(message.kind)
    return message.about.partition(parted)[0] if parted else message.about


def details(snapshot: Snapshot, timeline: Timeline, fmt: Format, *, steps: bool) -> str:
    """Who asked and how it ended, the steps where no plan shows them, and the release notes, as text."""
    operation, outcome = snapshot.operation, snapshot.outcome
    told = f"{fmt.person(operation.asked_by)}, {first_line(outcome, operation, fmt)}" if outcome else ""
    brought = release_notes(outcome, fmt) if outcome else ""
    lines = step_lines(operation, timeline, fmt) if steps else []
    parts = told, "\n".join(lines), brought
    return "\n\n".join(part for part in parts if part)
