"""The way of a line into fisk: counted, kept where it changes something, and handled after its ack."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from bot.slack import blocks

if TYPE_CHECKING:
    from bot.app.metrics import Metrics
    from bot.app.tasks import Tasks
    from bot.slack.answers import Answers, Way
    from bot.slack.handler import Handler
    from bot.slack.inbox_worker import InboxWorker
    from bot.slack.typed_line import TypedLine
    from bot.words.format import Format
    from deploy.core import errors

Work = Callable[[], Awaitable[object]]


class Lines:
    """For all listeners: whatever was typed, pressed or filled in goes this way."""

    def __init__(
        self,
        handler: Handler,
        inbox: InboxWorker,
        answers: Answers,
        *,
        tasks: Tasks,
        fmt: Format,
        metrics: Metrics,
    ) -> None:
        self.handler = handler
        self._inbox = inbox
        self._answers = answers
        self.tasks = tasks
        self.fmt = fmt
        self.metrics = metrics

    async def accept(self, asked: TypedLine) -> Work | None:
        """What is to be done once it is acknowledged; None where it came before.

        Raises:
            errors.TooManyLines.
            errors.NotTaken, errors.TakesNoWrites: it changes something, and is not in the inbox.
        """
        self.handler.admit(asked)
        if not asked.invocation.changes:
            return partial(self.handler.handle, asked)
        line = await self._inbox.receive(asked)
        return partial(self._inbox.handle, line, asked) if line else None

    def begin(self, work: Work | None) -> None:
        """Let it be done after the ack."""
        if work:
            self.tasks.spawn(_after_the_ack(work), "line")

    def refusing(self, way: Way, error: errors.FiskError) -> Work:
        """What tells somebody of an error that no ack can."""
        self.metrics.line(error)
        failure = error.failure
        content = blocks.message(self.fmt.within(way.thread).failure(failure), failure.offers)
        return partial(self._answers.give, way, content)


async def _after_the_ack(work: Work) -> None:
    await asyncio.sleep(0)  # let the event loop write the ack first
    await work()
