"""Buttons that change something are pressed once: a second press is told what the first one did.

After it was pressed, or was overtaken by what happened since it was drawn, a button is taken out of its message.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from bot.slack.blocks import KEEP
from bot.slack.budget import Priority
from bot.slack.identify import part, text
from commands.grammar.access import Approve, Reject
from commands.grammar.history import Cancel
from deploy.access.errors import PressedBefore
from deploy.core import errors
from deploy.core.log import logger
from deploy.core.values import dataclass
from deploy.deploys.overtaken import Overtaken
from deploy.redis.mutex import renewed

if TYPE_CHECKING:
    from bot.slack.speaker import Speaker
    from bot.slack.typed_line import TypedLine
    from deploy.redis.connect import State

REMEMBERED = 3 * 86_400  # seconds
CLAIMED = 5  # seconds until a press may be repeated whose bot died under it
FOR_SEVERAL = (Approve, Reject)  # each person answers once, which the operation itself knows

log = logger()


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button in a message. `message` is as Slack sent it; empty for one that only its reader sees."""

    channel: str
    ts: str
    line: str
    message: Mapping[str, Any]

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Pressed | None:
        """The button of a payload; None where Slack does not say in which message it is."""
        container, message = part(body, "container"), part(body, "message")
        channel = text(part(body, "channel"), "id") or text(container, "channel_id")
        ts = text(message, "ts") or text(container, "message_ts")
        line = text(body["actions"][0], "value")
        return cls(channel, ts, line, cls.shown(body)) if channel and ts else None

    @staticmethod
    def shown(body: Mapping[str, Any]) -> Mapping[str, Any]:
        """The message of a payload; empty for one that only its reader sees."""
        message = part(body, "message")
        alone = part(body, "container").get("is_ephemeral") or message.get("is_ephemeral")
        return {} if alone else _encodable(message)

    @property
    def key(self) -> str:
        digest = hashlib.sha256(self.line.encode()).hexdigest()[:16]
        return f"pressed:{self.channel}:{self.ts}:{digest}"

    def without(self) -> dict[str, Any]:
        """The message without this button."""
        blocks = [_without(block, self.line) for block in self.message["blocks"]]
        return {"text": text(self.message, "text"), "blocks": [block for block in blocks if block]}


class Buttons:
    """Every replica's presses are known to all."""

    def __init__(self, state: State, speaker: Speaker) -> None:
        self._state = state
        self._speaker = speaker

    @asynccontextmanager
    async def pressing(self, asked: TypedLine) -> AsyncIterator[None]:
        """Press it; it may be pressed again where what it does was refused or failed. Raises PressedBefore."""
        pressed = asked.pressed
        if pressed is None or not asked.invocation.changes or isinstance(asked.invocation, FOR_SEVERAL):
            yield
            return
        press = _Press(self._state, self._state.key(f"once:{pressed.key}"), asked)
        if not await press.take():
            raise PressedBefore(who=await press.presser() or "Somebody")
        try:
            async with renewed(press.take, CLAIMED):
                yield
        except Overtaken:
            await press.keep()
            await self._take_out(pressed)
            raise
        except BaseException:
            await press.give_back()
            raise
        await press.keep()
        if not isinstance(asked.invocation, Cancel):  # the operation's message is about to be drawn anew
            await self._take_out(pressed)

    async def _take_out(self, pressed: Pressed) -> None:
        """Only how the message looks; a second press is refused in any case."""
        if not isinstance(pressed.message.get("blocks"), list):
            return
        try:
            await self._speaker.edit(pressed.channel, pressed.ts, pressed.without(), Priority.ANSWER)
        except errors.SystemFailure as failure:
            log.warning("a button stays in its message", code=failure.code)


class _Press:
    """Somebody's claim on a button, which expires soon after the bot died under it."""

    def __init__(self, state: State, key: str, asked: TypedLine) -> None:
        self._state = state
        self._key = key
        self._mine = f"{asked.key} {asked.actor.name or asked.actor.id}"

    async def take(self, seconds: int = CLAIMED) -> bool:
        """Claim or renew it; False where another press has it."""
        return bool(await self._state.run("mutex", (self._key,), self._mine, seconds * 1000))

    async def keep(self) -> None:
        """For good. Where Redis does not take the note, what was begun is told all the same: it has its locks."""
        with suppress(errors.StateUnavailable):
            await self.take(REMEMBERED)

    async def give_back(self) -> None:
        with suppress(errors.StateUnavailable):
            await self._state.run("give_back", (self._key,), self._mine)

    async def presser(self) -> str:
        return str(await self._state.ask("GET", self._key) or "").partition(" ")[2]


def _encodable(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """Half a surrogate pair, which JSON can have, is in no text that can be stored."""
    whole: Mapping[str, Any] = json.loads(json.dumps(message, ensure_ascii=False).encode(errors="replace"))
    return whole


def _without(block: Mapping[str, Any], line: str) -> dict[str, Any]:
    """A block without the button of that line; nothing where it was the last one."""
    if block.get("type") != "actions":
        return dict(block)
    elements = [
        each
        for each in block.get("elements") or ()
        if each.get("value") != line
        and each.get("action_id") != KEEP  # a question that was answered with yes
    ]
    return {**block, "elements": elements} if elements else {}
