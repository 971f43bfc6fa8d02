"""The place (channel and ts) of each operation's message: posted once across replicas, kept in the journal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from deploy.redis.idempotency import do_once, insist

if TYPE_CHECKING:
    from bot.slack.speaker import Speaker
    from deploy.core.model import Operation, Origin
    from deploy.engine.journal import Journal

TS = "slack.ts"  # the journal's mark that holds the message's place: "CHANNEL TS"
REMEMBERED = 3 * 86_400  # seconds for which idempotency keys of posts are kept

Place = tuple[str, str]  # channel and ts


class Messages:
    """Every method may raise errors.StateUnavailable, and errors.UnknownOperation for an expired one."""

    def __init__(self, speaker: Speaker, journal: Journal) -> None:
        self._speaker = speaker
        self._journal = journal
        self.posted: Callable[[Origin, str], Awaitable[None]] | None = (
            None  # told of where each one is posted
        )

    async def place(self, operation: str) -> Place | None:
        """Where an operation's message is, if there is one."""
        mark = (await self._journal.load(operation)).marks.get(TS, "")
        channel, _, ts = mark.partition(" ")
        return (channel, ts) if ts else None

    async def post(
        self, operation: Operation, content: dict[str, Any], *, gone: Place | None = None
    ) -> tuple[Place | None, bool]:
        """Post the message if there is none, or the one at `gone` was deleted. Raises errors.SystemFailure, too.

        Returns:
            Its place, and whether it has this content; False: another replica posted it.
        """
        key = f"message:{operation.id}:{gone[1] if gone else ''}"
        post = partial(self._post, operation, content, gone)
        posted = await do_once(self._journal.state, key, REMEMBERED, post)
        return posted or await self.place(operation.id), posted is not None

    async def _post(self, operation: Operation, content: dict[str, Any], gone: Place | None) -> Place | None:
        if await self.place(operation.id) != gone:
            return None  # posted by a replica whose claim has expired
        origin = operation.origin
        place = await self._speaker.post(
            origin.channel, content, thread=origin.thread, fallback=operation.actor.id
        )
        await insist(lambda: self._journal.mark(operation.id, TS, " ".join(place)))
        if self.posted:
            await self.posted(origin, place[0])
        return place
