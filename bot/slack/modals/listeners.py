"""Bolt's listeners for forms and shortcuts. What is submitted goes the way of a typed line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from bot.slack import blocks, identify
from bot.slack.answers import Way, by_url
from bot.slack.modals.form import Misfilled
from bot.slack.modals.forms import DEPLOY, WHERE
from bot.slack.modals.modals import Asker
from bot.slack.modals.view import Filled, read
from bot.slack.typed_line import TypedLine
from commands import grammar
from commands.grammar.pasted import commit_in
from deploy.core import errors

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncAck

    from bot.slack.installation import Installation
    from bot.slack.lines import Lines, Work
    from bot.slack.modals.form import Form
    from bot.slack.modals.modals import Modals
    from deploy.core.actor import Actor, Origin

Body = Mapping[str, Any]


class ModalListeners:
    """Each acknowledges first; a submission that changes something is in the inbox before that."""

    def __init__(self, home: Installation, lines: Lines, modals: Modals) -> None:
        self._home = home
        self._lines = lines
        self._modals = modals
        self._fmt = lines.fmt

    async def asked(self, ack: AsyncAck, body: Body, form: Form) -> None:
        """A slash command that opens a form."""
        try:
            actor, origin = identify.of_command(body, self._home.team)
            work = self._opening(form, body, actor, origin)
        except errors.FiskError as error:
            await ack(**blocks.message(self._fmt.failure(error.failure), error.failure.offers))
            return
        await ack()
        self._lines.begin(work)

    async def deploy(self, ack: AsyncAck, body: Body) -> None:
        """The shortcut that is everywhere: fisk answers in direct messages."""
        await self._by_shortcut(ack, body, DEPLOY)

    async def where(self, ack: AsyncAck, body: Body) -> None:
        """The shortcut of a message: the commit that it names, or a form that asks for one."""
        if not (sha := commit_in(identify.text(identify.part(body, "message"), "text"))):
            await self._by_shortcut(ack, body, WHERE)
            return
        try:
            actor, origin = identify.of_shortcut(body, self._home.team)
            origin = replace(origin, request=identify.request(body, "trigger_id"))
            line, alone = f"where {sha}", by_url(body, actor.id, origin)
            asked = TypedLine(grammar.again(line), line, actor, origin, alone, alone, written=True)
            work = await self._lines.accept(asked)
        except errors.FiskError as error:
            work = self._lines.refusing(by_url(body), error)
        await ack()
        self._lines.begin(work)

    async def _by_shortcut(self, ack: AsyncAck, body: Body, form: Form) -> None:
        try:
            actor, origin = identify.of_shortcut(body, self._home.team)
            work = self._opening(form, body, actor, origin)
        except errors.FiskError as error:
            user = identify.text(identify.part(body, "user"), "id")
            work = self._lines.refusing(by_url(body) if body.get("response_url") else Way(user, user), error)
        await ack()
        self._lines.begin(work)

    def _opening(self, form: Form, body: Body, actor: Actor, origin: Origin) -> Work:
        """Raises errors.TooManyLines: a form asks the systems."""
        self._lines.handler.admit_form(actor)
        asker = Asker(actor, origin, by_url(body, actor.id, origin))
        return partial(self._modals.open, form, identify.text(body, "trigger_id"), asker)

    async def changed(self, ack: AsyncAck, body: Body, filled: Filled) -> None:
        """Something was chosen in a form, or Enter was pressed in it."""
        await ack()
        try:
            actor, origin = identify.of_view(body, self._home.team, filled.place)
        except errors.FiskError:  # whoever opened it was known; what they submit is judged again
            return
        asker = Asker(actor, origin, Way(origin.channel, actor.id, origin.thread))
        self._lines.begin(partial(self._modals.change, filled, asker))

    async def submitted(self, ack: AsyncAck, body: Body) -> None:
        """A form was submitted: what it cannot take is said at its field."""
        filled = read(identify.part(body, "view"))
        if filled is None:  # of another version of fisk
            await ack()
            return
        try:
            work = await self._lines.accept(self._line(body, filled))
        except Misfilled as error:
            await ack(response_action="errors", errors={filled.block_of(error.name): error.why})
            return
        except errors.FiskError as error:
            place = filled.block_of("")
            await ack(
                response_action="errors", errors={place: f"{error.failure.sentence} {error.failure.hint}"}
            )
            return
        await ack()
        self._lines.begin(work)

    def _line(self, body: Body, filled: Filled) -> TypedLine:
        """The line that was filled in, known by its view: that is submitted once. Raises Misfilled, errors.Stranger."""
        invocation, line = filled.form.line(filled.state)
        actor, origin = identify.of_view(body, self._home.team, filled.place)
        origin = replace(origin, request=identify.request({"view": filled.id}, "view"))
        above = self._fmt.escape(f"@{actor.name}: `/fisk {self._fmt.literal(line)}`")
        alone = Way(origin.channel, actor.id, origin.thread, above=above)
        return TypedLine(invocation, line, actor, origin, alone, alone, written=True)
