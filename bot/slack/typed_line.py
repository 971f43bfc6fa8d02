"""A line typed in Slack, and how to answer it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.slack import blocks
from bot.slack.buttons import Pressed
from commands.grammar import Invocation
from deploy.core import errors
from deploy.core.actor import Actor, Origin
from deploy.core.log import logger

if TYPE_CHECKING:
    from bot.app.metrics import Metrics
    from bot.words.format import Format

TRIES = 3  # that wait for Retry-After, before the last one

Answer = Callable[[dict[str, Any]], Awaitable[None]]
log = logger()


@dataclass(frozen=True, slots=True)
class TypedLine:
    """A parsed line, who typed it and where, and how to answer.

    Attributes:
        key: Slack's id of the request, used as idempotency key.
        answer: shows a message to the asker only; in a thread, posts it there.
        alone: shows a message to the asker only, in a thread too.
        pressed: the button that it is the line of; None where it was typed.
    """

    invocation: Invocation
    line: str
    actor: Actor
    origin: Origin
    key: str
    answer: Answer
    alone: Answer
    pressed: Pressed | None = None


async def tell(answer: Answer, content: dict[str, Any]) -> None:
    """Answer, retrying when rate-limited: Slack takes about one message a second in a channel."""
    for _ in range(TRIES):
        try:
            return await answer(content)
        except errors.RateLimited as limited:
            await asyncio.sleep(limited.retry_after)
    return await answer(content)


async def refuse(answer: Answer, error: errors.FiskError, fmt: Format, metrics: Metrics) -> None:
    """Answer with an error; if Slack fails too, that is only logged."""
    failure = error.failure
    try:
        await tell(answer, blocks.message(fmt.failure(failure), failure.offers))
    except Exception as lost:  # noqa: BLE001 (there is nobody left to tell)
        metrics.answers_lost.inc()
        log.warning("an answer was lost", code=failure.code, why=type(lost).__name__)
    metrics.line(error)
