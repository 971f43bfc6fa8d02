"""The outbox: the script that finishes an operation also adds a message; notices do likewise.

A message is deleted only after it was sent: delivery is at least once. One that this fisk does not understand is
left for another version: it stays in the stream, and is not taken here again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from deploy.core import errors
from deploy.core.log import logger
from deploy.core.signing import Forged, Newer
from deploy.core.values import dataclass
from deploy.engine.left import Left

if TYPE_CHECKING:
    from deploy.redis.connect import State

OUTBOX = "outbox"
GROUP = "announcers"
MOST = 1000  # messages kept, approximately
AGAIN_AFTER = 10.0  # seconds until a message that was taken but not sent is delivered again
PENDING = 100  # messages looked at for one that was taken and not sent

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
        self._left: set[str] = set()  # ids of messages for another version
        self._noted = Left(state, OUTBOX)
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
        """Whether every message was sent that is not left to another version."""
        return bool(await self._state.ask("XLEN", self._key) <= len(self._left))

    async def sent(self, message: Message) -> None:
        """Delete a message that was sent."""
        await self._state.run("sent", (self._key, self._noted.key), GROUP, message.id)

    async def leave(self, message: Message, why: str) -> None:
        """Leave a message for another version of fisk, and note it, for `status`."""
        self._left.add(message.id)
        log.warning("a message is left to another version of fisk", kind=message.kind, id=message.id, why=why)
        await self._noted.note(message.id)

    async def _stale(self, consumer: str) -> Message | None:
        """One that was taken and not sent, perhaps by a process that died."""
        args = (GROUP, consumer, self._again_after, PENDING, *self._left)
        found = await self._state.run("stale", (self._key,), *args)
        return await self._believed(Message(*found)) if found else None

    async def _fresh(self, consumer: str, wait: float) -> Message | None:
        block = max(1, int(wait * 1000))
        answer = await self._state.wait(
            wait,
            "XREADGROUP",
            "GROUP",
            GROUP,
            consumer,
            "COUNT",
            1,
            "BLOCK",
            block,
            "STREAMS",
            self._key,
            ">",
        )
        taken = _message(answer[0][1]) if answer else None
        return await self._believed(taken) if taken else None

    async def _believed(self, taken: Message) -> Message | None:
        """The message, if fisk posted it; one by somebody else is deleted, so that it delays no other."""
        try:
            return replace(taken, about=self._state.signer.opened(taken.about, OUTBOX, taken.kind))
        except Newer as error:
            await self.leave(taken, str(error))
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
