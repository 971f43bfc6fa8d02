"""The inbox's worker: what changes something is in the inbox before its ack, and handled until it is answered.

Whoever received a line handles it; one that another bot left behind is taken up by whoever looks first.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from bot.slack.answers import TRIED_FOR, Uses
from bot.slack.messages import REMEMBERED
from bot.slack.outbox_worker import TOLD
from bot.slack.typed_line import Said, TypedLine, restored, stored
from deploy.core import errors
from deploy.core.log import about, logger
from deploy.core.signing import Forged, Newer
from deploy.engine.inbox import TakenOver
from deploy.redis import codec
from deploy.redis.idempotency import do_once

if TYPE_CHECKING:
    from bot.app.tasks import Tasks
    from bot.slack.answers import Answers
    from bot.slack.handler import Handler
    from bot.slack.outbox_worker import Announcer
    from deploy.engine.inbox import Inbox, Taken
    from deploy.redis.connect import State

LOOK_EVERY = 1.0  # seconds between two looks for what others left behind

log = logger()


class InboxWorker:
    """Handles lines of the inbox, each in one of `tasks`."""

    def __init__(self, state: State, inbox: Inbox, handler: Handler, answers: Answers, tasks: Tasks) -> None:
        self._state = state
        self._inbox = inbox
        self._handler = handler
        self._answers = answers
        self._tasks = tasks
        self._under_way: set[str] = set()

    async def receive(self, asked: TypedLine) -> Taken | None:
        """Write down what was typed; None where it came before. Raises errors.NotTaken and errors.TakesNoWrites."""
        return await self._inbox.put(asked.key, stored(asked))

    async def work(self) -> None:
        """Take up what others left behind, until cancelled."""
        while True:
            with suppress(errors.StateUnavailable):
                while line := await self._inbox.take():
                    await self._take_up(line)
            await asyncio.sleep(LOOK_EVERY)

    async def _take_up(self, line: Taken) -> None:
        if line.id in self._under_way:
            return
        try:
            asked = restored(line.text)
        except (ValueError, errors.NotUnderstood) as why:
            await self._inbox.leave_to_another(line, type(why).__name__)
            return
        log.info("a line is taken up", id=line.id, tries=line.tries, answered=bool(line.answer))
        self._tasks.spawn(self.handle(line, asked), "line")

    async def handle(self, line: Taken, asked: TypedLine) -> None:
        """Run a line, unless it was, and answer it; what cannot be decided now is left for later, or for another."""
        self._under_way.add(line.id)
        try:
            with about(actor=asked.actor.id):
                async with self._inbox.kept(line):
                    await self._handle(line, asked)
        except TakenOver:
            log.info("another bot answers a line", id=line.id)
        except errors.StateUnavailable as failure:
            log.warning("a line is left for later", id=line.id, code=failure.code)
        except (errors.Draining, asyncio.CancelledError) as stopped:
            await self._leave(line)
            if isinstance(stopped, asyncio.CancelledError):
                raise
        finally:
            self._under_way.discard(line.id)

    async def _leave(self, line: Taken) -> None:
        with suppress(errors.StateUnavailable):
            await self._inbox.leave(line)

    async def _handle(self, line: Taken, asked: TypedLine) -> None:
        if line.answer:
            await self._send(line, codec.load(Said, line.answer))
            return
        heard = await self._handler.heard(asked)
        said = await self._handler.said(heard, since=line.at, tries=line.tries)
        if said is None:
            await self._inbox.done(line)
        elif said.way.public:
            told = self._inbox.closed(codec.dump(Said, said), line.key)
            await self._inbox.handed_on(line, TOLD, f"{said.way.channel} {line.key} {told}")
        else:
            await self._answer(line, replace(said, at=await self._inbox.now()))

    async def _answer(self, line: Taken, said: Said) -> None:
        if noted := await self._inbox.answered(line, codec.dump(Said, said)):
            await self._send(noted, said, counted=True)

    async def _send(self, line: Taken, said: Said, *, counted: bool = False) -> None:
        uses = _Shared(self._inbox, line, counted=counted)
        left = said.at + TRIED_FOR - await self._inbox.now()
        await self._answers.give(said.way, said.content, uses, seconds=left)
        await self._inbox.done(line)

    # --- what everybody is told

    def listens(self, announcer: Announcer) -> None:
        """Register for the outbox's messages that answer lines."""
        announcer.tells(TOLD, self.tell)

    async def tell(self, message: str) -> None:
        """Post an answer for everybody, once across replicas. Raises errors.SystemFailure."""
        _, key, told = message.split(" ", 2)
        said = self._read(told, key)
        await do_once(
            self._state, f"told:{key}", REMEMBERED, partial(self._answers.post, said.way, said.content)
        )

    def _read(self, told: str, key: str) -> Said:
        """What was closed, since it holds the request's response_url. Raises codec.Unreadable for another version's."""
        try:
            return codec.load(Said, self._inbox.opened(told, key))
        except (Forged, Newer, errors.WrongKey) as error:
            raise codec.Unreadable(str(error)) from None


class _Shared(Uses):
    """The uses of a line's response_url by all replicas. `counted`: the first one, as the answer was noted."""

    def __init__(self, inbox: Inbox, line: Taken, *, counted: bool) -> None:
        super().__init__()
        self._inbox = inbox
        self._line = line
        self._counted = counted

    async def count(self, times: int = 1) -> int:
        if self._counted:
            self._counted = False
            return self._line.sent
        return await self._inbox.sending(self._line, times)
