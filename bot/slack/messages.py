"""Where each operation's message is: posted once, by whichever replica, and found again by its ts."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from deploy.redis.idempotency import do_once, insist

if TYPE_CHECKING:
    from bot.slack.speaker import Speaker
    from deploy.core.model import Operation
    from deploy.engine.journal import Journal

TS = "slack.ts"  # the mark under which the message's place is kept: "CHANNEL TS"
REMEMBERED = 3 * 86_400  # seconds for which it is known what was said where

Place = tuple[str, str]  # channel and ts


class Messages:
    """Every method may raise errors.StateUnavailable, and errors.UnknownOperation where it is forgotten."""

    def __init__(self, speaker: Speaker, journal: Journal) -> None:
        self._speaker = speaker
        self._journal = journal

    async def place(self, operation: str) -> Place | None:
        """Where an operation's message is, if there is one."""
        mark = (await self._journal.load(operation)).marks.get(TS, "")
        channel, _, ts = mark.partition(" ")
        return (channel, ts) if ts else None

    async def post(
        self, operation: Operation, content: dict[str, Any], *, gone: Place | None = None
    ) -> tuple[Place | None, bool]:
        """Post it, where there is none yet or the one at `gone` was deleted. Raises errors.SystemFailure, too.

        Returns:
            Its place, and whether it says this; else somebody else has posted one meanwhile.
        """
        key = f"message:{operation.id}:{gone[1] if gone else ''}"
        post = partial(self._post, operation, content, gone)
        posted = await do_once(self._journal.state, key, REMEMBERED, post)
        return posted or await self.place(operation.id), posted is not None

    async def _post(self, operation: Operation, content: dict[str, Any], gone: Place | None) -> Place | None:
        if await self.place(operation.id) != gone:
            return None  # by somebody whose claim has lapsed
        origin = operation.origin
        place = await self._speaker.post(
            origin.channel, content, thread=origin.thread, fallback=operation.actor.id
        )
        await insist(lambda: self._journal.mark(operation.id, TS, " ".join(place)))
        return place
