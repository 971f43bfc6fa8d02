"""A line from Slack, and the way back to whoever typed it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.slack import blocks
from commands.grammar import Invocation
from deploy.asking import Actor, Origin
from deploy.log import Log

if TYPE_CHECKING:
    from bot.metrics import Metrics
    from bot.wording.voice import Voice
    from deploy.errors import FiskError

Answer = Callable[[dict[str, Any]], Awaitable[None]]
log = Log("fisk")


@dataclass(frozen=True, slots=True)
class Asked:
    """Who typed it, where, and how the answer gets back to them alone.

    Attributes:
        key: what Slack calls this very request, so that a redelivery does nothing twice.
        answer: shows a message to the asker only; in a thread, posts it there.
    """

    invocation: Invocation
    line: str
    actor: Actor
    origin: Origin
    key: str
    answer: Answer


async def refuse(answer: Answer, error: FiskError, voice: Voice, metrics: Metrics) -> None:
    """Show a failure to whoever asked; Slack being down as well is only logged."""
    failure = error.failure
    try:
        await answer(blocks.message(voice.failure(failure), failure.offers))
    except Exception as lost:  # noqa: BLE001 (there is nobody left to tell)
        log.warning("an answer was lost", code=failure.code, why=type(lost).__name__)
    metrics.line(error)
