"""What a typed line is answered: groups, access, dispatch, words. Runs in a task after the ack."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.slack import blocks
from bot.slack.answers import Way
from bot.slack.buttons import Buttons
from bot.slack.files import filed, pictured
from bot.slack.names import named
from bot.slack.typed_line import Said, TypedLine
from bot.words.texts import reply_file, reply_picture, reply_text
from commands.access import offered
from commands.again import UNDECIDED, dispatch_again, led_to
from commands.dispatch import dispatch
from commands.reply import AskFirst, Reply, Started
from commands.request import Request
from deploy.access.access import Access
from deploy.core import errors
from deploy.core.log import about, logger
from deploy.redis.idempotency import first

if TYPE_CHECKING:
    from bot.app.metrics import Metrics
    from bot.pictures.png import Drawing
    from bot.slack.answers import Answers
    from bot.slack.channels import Channels
    from bot.slack.elsewhere import Elsewhere
    from bot.slack.rate import Rate
    from bot.slack.speaker import Speaker
    from bot.words.format import Format
    from deploy.core.actor import Actor, Offer
    from deploy.redis.connect import State
    from deploy.world import World

FORM_COSTS = 3  # looks, as `builds` does
REMEMBERED = 3 * 86_400  # seconds for which a trigger or event id is remembered

log = logger()


class Handler:
    """Runs lines from Slack: commands, buttons and mentions."""

    def __init__(
        self,
        world: World,
        state: State,
        *,
        speaker: Speaker,
        answers: Answers,
        elsewhere: Elsewhere,
        channels: Channels,
        rate: Rate,
        drawing: Drawing,
        fmt: Format,
        metrics: Metrics,
    ) -> None:
        self._world = world
        self._drawing = drawing
        self._rate = rate
        self._state = state
        self._answers = answers
        self._elsewhere = elsewhere
        self._speaker = speaker
        self._buttons = Buttons(state, speaker)
        self._channels = channels
        self._fmt = fmt
        self._metrics = metrics

    def lists(self, actor: Actor) -> bool:
        """Whether a role lists somebody by their own id, as it must a bot."""
        return self._world.memory.stores.of(Access).lists(actor)

    def admit(self, asked: TypedLine) -> None:
        """Count a line. Raises errors.TooManyLines."""
        self._rate.take(asked.actor.id, asked.invocation)

    def admit_form(self, actor: Actor) -> None:
        """Count a form, which looks at several systems. Raises errors.TooManyLines."""
        self._rate.take_look(actor.id, FORM_COSTS)

    async def handle(self, asked: TypedLine) -> None:
        """Answer a line that changes nothing, once across replicas, as far as their memory takes its key."""
        with about(actor=asked.actor.id):
            heard = await self.heard(asked)
            try:
                said = await self.said(heard) if await self._first(asked) else None
            except UNDECIDED as error:
                said = await self.refused(heard, error)
            if said:
                await self._answers.give(said.way, said.content)

    async def _first(self, asked: TypedLine) -> bool:
        try:
            return await first(self._state, asked.key, REMEMBERED)
        except errors.TakesNoWrites:
            return True

    async def heard(self, asked: TypedLine) -> TypedLine:
        """Give people their names, and make the answer public in an incident channel, with the request above it.

        An error of a confidential line may quote what it could not show, so all of it goes to the asker alone.
        """
        asked = await named(asked, self._world.memory.stores.of(Access))
        if asked.invocation.confidential:
            return replace(asked, answer=asked.alone)
        if await self._channels.is_incident(asked.origin.channel):
            return replace(asked, answer=self._aloud(asked))
        return asked

    def _aloud(self, asked: TypedLine) -> Way:
        who, line = self._fmt.escape(f"@{asked.actor.name}"), self._fmt.typed(asked.line)
        return replace(self._publicly(asked), above="" if asked.origin.thread else f"{who}: {line}")

    @staticmethod
    def _publicly(asked: TypedLine) -> Way:
        channel, thread, alone = asked.origin.channel, asked.origin.thread, asked.alone
        return Way(
            channel, asked.actor.id, thread, public=True, url=alone.url, until=alone.until, above=alone.above
        )

    async def said(self, heard: TypedLine, *, since: float = 0, tries: int = 1) -> Said | None:
        """Run a line; errors are answers, too. None where the message of what it began is the answer.

        `since`, `tries`: when it came, in seconds by the store's clock, and which try this is.

        Raises:
            errors.StateUnavailable, errors.Draining: it is to be handled again.
        """
        self._elsewhere.asked(heard)
        try:
            async with self._buttons.pressing(heard):
                reply = await self._reply(heard, since, tries)
        except UNDECIDED:
            raise
        except errors.FiskError as error:
            return await self.refused(heard, error)
        except Exception as error:
            log.exception("a line failed", line=heard.line)
            return await self._faulted(heard, since, errors.Internal(kind=type(error).__name__))
        self._metrics.line(started=isinstance(reply, Started), refused=reply.refused)
        return await self._worded(heard, reply)

    async def refused(self, heard: TypedLine, error: errors.FiskError) -> Said:
        self._metrics.line(error)
        failure, fmt = error.failure, self._fmt.within(heard.answer.thread)
        offers, why = await self._pressable(heard, heard.answer, failure.offers)
        others = [fmt.escape(f"For the next step somebody else is needed: {'; '.join(why)}.")] if why else []
        return Said(heard.answer, blocks.message("\n".join([fmt.failure(failure), *others]), offers))

    async def _pressable(
        self, asked: TypedLine, way: Way, offers: tuple[Offer, ...]
    ) -> tuple[tuple[Offer, ...], tuple[str, ...]]:
        """What whoever reads it alone may press, and why not the rest; what everybody reads is for everybody."""
        if way.public:
            return offers, ()
        return await offered(offers, asked.actor, asked.origin, self._world)

    async def _faulted(self, heard: TypedLine, since: float, error: errors.Internal) -> Said | None:
        """What was done all the same is not told as an error."""
        found = await led_to(_request(heard), self._world, since) if heard.invocation.changes else None
        return await (self._worded(heard, found) if found else self.refused(heard, error))

    async def _reply(self, asked: TypedLine, since: float, tries: int) -> Reply:
        if tries > 1:
            return await dispatch_again(_request(asked), self._world, since=since, tries=tries)
        return await dispatch(_request(asked), self._world)

    async def _worded(self, asked: TypedLine, reply: Reply) -> Said | None:
        if isinstance(reply, Started):
            return self._as_typed(asked)
        way = self._way(asked, reply)
        fmt = self._fmt.within(way.thread)
        text, made = reply_text(reply, fmt)
        offers, _ = await self._pressable(asked, way, made)
        if file := reply_file(reply):
            return Said(way, await filed(self._speaker, way, file, (text, offers), fmt))
        if picture := reply_picture(reply):
            shown = await pictured(self._speaker, self._drawing, way, picture, (text, offers), fmt)
            return Said(way, shown)
        return Said(way, blocks.message(text, offers, keep=reply.keep if isinstance(reply, AskFirst) else ""))

    @staticmethod
    def _as_typed(asked: TypedLine) -> Said | None:
        """What was filled in is told as the line that one could have typed; what was typed needs nobody to say so."""
        above = asked.alone.above
        return Said(replace(asked.alone, above=""), blocks.message(above)) if above else None

    def _way(self, asked: TypedLine, reply: Reply) -> Way:
        if reply.confidential:
            return asked.alone
        return self._publicly(asked) if reply.public else asked.answer


def _request(asked: TypedLine) -> Request:
    return Request(asked.invocation, asked.line, asked.actor, asked.origin)
