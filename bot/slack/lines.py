"""The way of a line into fisk: counted, kept where it changes something, and handled after its ack."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from bot.slack import blocks
from deploy.core import errors

if TYPE_CHECKING:
    from bot.app.metrics import Metrics
    from bot.app.tasks import Tasks
    from bot.slack.answers import Answers, Way
    from bot.slack.handler import Handler
    from bot.slack.inbox_worker import InboxWorker
    from bot.slack.typed_line import TypedLine
    from bot.words.format import Format

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
        stopped: Callable[[], float],
    ) -> None:
        """`stopped`: for how many seconds this process did not run while what it reads now may have waited."""
        self.handler = handler
        self._inbox = inbox
        self._answers = answers
        self.tasks = tasks
        self.fmt = fmt
        self.metrics = metrics
        self._stopped = stopped

    async def accept(self, asked: TypedLine, *, sent_again: bool = False) -> Work | None:
        """What is to be done once it is acknowledged; None where it came before.

        `sent_again`: Slack sends it until it is acknowledged, instead of telling whoever asked that it failed.

        Raises:
            errors.TooManyLines.
            errors.NotTaken, errors.TakesNoWrites: it changes something, and is not in the inbox.
            errors.Overslept: it changes something, and whoever asked for it may have given it up.
        """
        self.handler.admit(asked)
        if not asked.invocation.changes:
            return partial(self.handler.handle, asked)
        if not sent_again and (seconds := self._stopped()):
            raise errors.Overslept(seconds=round(seconds))
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
