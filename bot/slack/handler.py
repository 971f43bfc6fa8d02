"""Handles a typed line: deduplication, groups, access, dispatch, answer. Runs in a task after the ack."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.slack import blocks
from bot.slack.buttons import Buttons
from bot.slack.typed_line import Answer, TypedLine, refuse, tell
from bot.words.texts import reply_text
from commands.dispatch import dispatch
from commands.reply import AskFirst, Reply, Started
from commands.request import Request
from deploy.access.access import Access
from deploy.core import errors
from deploy.core.log import about, logger
from deploy.redis.idempotency import first

if TYPE_CHECKING:
    from bot.app.metrics import Metrics
    from bot.slack.channels import Channels
    from bot.slack.rate import Rate
    from bot.slack.speaker import Speaker
    from bot.words.format import Format
    from deploy.core.actor import Actor
    from deploy.redis.connect import State
    from deploy.world import World

REMEMBERED = 3 * 86_400  # seconds for which a trigger or event id is remembered

log = logger()


class Handler:
    """Handles lines from Slack: commands, buttons and mentions."""

    def __init__(
        self,
        world: World,
        state: State,
        *,
        speaker: Speaker,
        channels: Channels,
        rate: Rate,
        fmt: Format,
        metrics: Metrics,
    ) -> None:
        self._world = world
        self._rate = rate
        self._state = state
        self._speaker = speaker
        self._buttons = Buttons(state, speaker)
        self._channels = channels
        self._fmt = fmt
        self._metrics = metrics

    def lists(self, actor: Actor) -> bool:
        """Whether a role lists somebody by their own id, as it must a bot."""
        return self._world.memory.stores.of(Access).lists(actor)

    async def handle(self, asked: TypedLine) -> None:
        """Run a line once and answer; errors are answered, too."""
        with about(actor=asked.actor.id):
            await self._handle(asked)

    async def _handle(self, asked: TypedLine) -> None:
        try:
            if not await self._first(asked):
                return
            self._rate.take(asked.actor.id, asked.invocation)
            asked = await self._heard(asked)
            async with self._buttons.pressing(asked):
                reply = await self._reply(asked)
            await self._tell(asked, reply)
            self._metrics.line(started=isinstance(reply, Started), refused=reply.refused)
        except errors.FiskError as error:
            await refuse(asked.answer, error, self._fmt, self._metrics)
        except Exception as error:
            log.exception("a line failed", line=asked.line)
            internal = errors.Internal(kind=type(error).__name__)
            await refuse(asked.answer, internal, self._fmt, self._metrics)

    async def _first(self, asked: TypedLine) -> bool:
        """Whether no replica took the line. What only reads is answered, though its key cannot be written."""
        try:
            return await first(self._state, asked.key, REMEMBERED)
        except errors.TakesNoWrites:
            if asked.invocation.changes:
                raise
            return True

    async def _heard(self, asked: TypedLine) -> TypedLine:
        """Make the answer public in an incident channel, with the request above it.

        An error of a confidential line may quote what it could not show, so all of it goes to the asker alone.
        """
        if asked.invocation.confidential:
            return replace(asked, answer=asked.alone)
        if await self._channels.is_incident(asked.origin.channel):
            return replace(asked, answer=self._aloud(asked))
        return asked

    def _aloud(self, asked: TypedLine) -> Answer:
        where = asked.origin
        about = (
            ""
            if where.thread
            else f"{self._fmt.escape(f'@{asked.actor.name}')}: `{self._fmt.escape(asked.line)}`"
        )

        async def answer(content: dict[str, Any]) -> None:
            await self._publicly(asked)(blocks.headed(about, content) if about else content)

        return answer

    def _publicly(self, asked: TypedLine) -> Answer:
        where = asked.origin

        async def answer(content: dict[str, Any]) -> None:
            await self._speaker.post(where.channel, content, thread=where.thread, fallback=asked.actor.id)

        return answer

    async def _reply(self, asked: TypedLine) -> Reply:
        request = Request(asked.invocation, asked.line, asked.actor, asked.origin)
        return await dispatch(request, self._world)

    async def _tell(self, asked: TypedLine, reply: Reply) -> None:
        if isinstance(reply, Started):
            return  # its live message is the answer
        text, offers = reply_text(reply, self._fmt)
        content = blocks.message(text, offers, ask=isinstance(reply, AskFirst))
        await tell(self._way(asked, reply), content)

    def _way(self, asked: TypedLine, reply: Reply) -> Answer:
        if reply.confidential:
            return asked.alone
        return self._publicly(asked) if reply.public else asked.answer
