"""The outbox: the script that finishes an operation also adds a message; notices do likewise.

A message is deleted only after it was sent: delivery is at least once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from deploy.core import errors
from deploy.core.log import logger
from deploy.core.signing import Forged

if TYPE_CHECKING:
    from deploy.redis.connect import State

OUTBOX = "outbox"
GROUP = "announcers"
MOST = 1000  # messages kept, approximately
AGAIN_AFTER = 10.0  # seconds until a message that was taken but not sent is delivered again


log = logger("fisk.operations")


@dataclass(frozen=True, slots=True)
class Message:
    """`id` is the stream's; `kind` selects the handler; `about` is data for it, such as an operation's id."""

    id: str
    kind: str
    about: str


class Outbox:
    """`again_after`: seconds until a message that was taken but not sent is delivered again."""

    def __init__(self, state: State, *, again_after: float = AGAIN_AFTER) -> None:
        self._state = state
        self._key = state.key("outbox")
        self._again_after = int(again_after * 1000)

    async def take(self, consumer: str, wait: float) -> Message | None:
        """Take the next message, waiting at most `wait` seconds (under 10).

        What it tells of lasts, whichever server takes over: an end that was told is never untold.
        Raises errors.StateUnavailable.
        """
        message = await self._taken(consumer, wait)
        if message:
            await self._state.confirmed()
        return message

    async def _taken(self, consumer: str, wait: float) -> Message | None:
        try:
            return await self._stale(consumer) or await self._fresh(consumer, wait)
        except errors.StateUnavailable as error:
            if not _group_missing(error):
                raise
        await self._found()
        return await self._fresh(consumer, wait)

    async def post(self, kind: str, about: str) -> None:
        """Add a message. Raises errors.StateUnavailable."""
        text = message(self._state, kind, about)
        await self._state.ask("XADD", self._key, "MAXLEN", "~", MOST, "*", kind, text)

    async def empty(self) -> bool:
        """Whether every message was sent."""
        return not await self._state.ask("XLEN", self._key)

    async def sent(self, message: Message) -> None:
        """Delete a message that was sent."""
        await self._state.run("sent", (self._key,), GROUP, message.id)

    async def _stale(self, consumer: str) -> Message | None:
        answer = await self._state.ask(
            "XAUTOCLAIM", self._key, GROUP, consumer, self._again_after, "0", "COUNT", 1
        )
        return await self._believed(answer[1])

    async def _fresh(self, consumer: str, wait: float) -> Message | None:
        block = max(1, int(wait * 1000))
        answer = await self._state.wait(
            "XREADGROUP", "GROUP", GROUP, consumer, "COUNT", 1, "BLOCK", block, "STREAMS", self._key, ">"
        )
        return await self._believed(answer[0][1]) if answer else None

    async def _believed(self, entries: list[Any]) -> Message | None:
        """The message, if fisk posted it; one by somebody else is deleted, so that it delays no other."""
        taken = _message(entries)
        if taken is None:
            return None
        try:
            return replace(taken, about=self._state.signer.opened(taken.about, OUTBOX, taken.kind))
        except Forged:
            log.warning("forged record", of="outbox", kind=taken.kind, id=taken.id)
            await self.sent(taken)
            return None

    async def _found(self) -> None:
        try:
            await self._state.ask("XGROUP", "CREATE", self._key, GROUP, "0", "MKSTREAM")
        except errors.StateUnavailable as error:
            if "BUSYGROUP" not in str(error.__cause__):  # another replica was first
                raise


def message(state: State, kind: str, about: str) -> str:
    """The text of a message about something, as a script adds it to the outbox."""
    return state.signer.sign(about, OUTBOX, kind)


def _message(entries: list[Any]) -> Message | None:
    for position, fields in entries:
        if fields:
            (kind, about), *_ = fields.items()
            return Message(position, kind, about)
    return None


def _group_missing(error: errors.StateUnavailable) -> bool:
    return "NOGROUP" in str(error.__cause__)
