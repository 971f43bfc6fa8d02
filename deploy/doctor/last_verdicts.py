"""Stores each rule's verdict of the last check, so that only changes are announced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.doctor.changes import News, compare
from deploy.doctor.verdicts import Examination, Verdict
from deploy.engine.outbox import message
from deploy.redis import codec

if TYPE_CHECKING:
    from deploy.redis.connect import State

MESSAGE = "doctor"  # the outbox's kind of message with News in it
Verdicts = dict[str, Verdict]


class LastVerdicts:
    """One for all replicas. Every method may raise errors.StateUnavailable."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._key, self._outbox = state.key("doctor"), state.key("outbox")
        self._due = state.key("once:doctor")

    async def due(self) -> bool:
        """Whether the next check is due."""
        return not await self._state.ask("EXISTS", self._due)

    async def keep(self, seen: Examination, seconds: float) -> News | None:
        """Store a check's verdicts and its message atomically; the next check is due after the given seconds.

        Returns:
            The message as added to the outbox; None where nothing changed, or another check came in between.
        """
        text = str(await self._state.ask("GET", self._key) or "")
        before = codec.readable(Verdicts, text, "doctor's verdicts") if text else {}
        changes = compare(before or {}, seen.findings)
        news = News(seen.at, changes) if changes else None
        after = codec.dump(Verdicts, {each.id: each.verdict for each in seen.findings})
        told = message(self._state, MESSAGE, codec.dump(News, news)) if news else ""
        stored = await self._state.run("last_verdicts", (self._key, self._outbox), text, after, told)
        await self._state.ask("SET", self._due, "1", "EX", max(1, int(seconds)))
        return news if stored else None
