"""Bolt's listeners. Each acknowledges and hands the work to a task; help is in the ack itself.

What changes something is written into the inbox before that, within a second: it is not lost with this process.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.slack import blocks, identify
from bot.slack.answers import Way, by_url
from bot.slack.buttons import Pressed
from bot.slack.installation import Installation, Known
from bot.slack.modals.forms import DEPLOY, WHERE, form_of
from bot.slack.modals.view import PREFIX, read
from bot.slack.typed_line import TypedLine
from bot.words.format import Format
from bot.words.help import help_text
from commands import grammar
from commands.grammar.typed import normalise
from deploy.core import errors
from deploy.core.log import logger

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.slack.channels import Channels
    from bot.slack.home import HomeTab
    from bot.slack.lines import Lines, Work
    from bot.slack.modals.listeners import ModalListeners
    from bot.slack.speaker import Speaker
    from deploy.core.actor import Actor

log = logger()

_EVERY = re.compile(r".*")
FORM = re.compile(re.escape(PREFIX))


def build(client: AsyncWebClient, installation: Installation, listeners: Listeners) -> AsyncApp:
    """An AsyncApp with every listener registered, so that no payload stays without an ack."""
    app = AsyncApp(
        # Bolt would search the call stack's source files for one. It sets the level of the logger
        # of this name at each payload, so it must not be fisk's own.
        name="slack_bolt.fisk",
        client=client,
        signing_secret="unused: bot/app/http.py has verified what Bolt gets",  # noqa: S106 (none)
        authorize=Known(installation, client.token),
        process_before_response=True,  # listeners ack first; otherwise Bolt polls for the ack
        # Middleware that would only delay the ack: a second verification, a check that Slack has dropped,
        # bots (fisk refuses them by itself), functions of workflows.
        request_verification_enabled=False,
        ssl_check_enabled=False,
        ignoring_self_events_enabled=False,
        attaching_function_token_enabled=False,
        logger=logging.getLogger("slack_bolt"),
    )
    app.command(_EVERY)(listeners.command)
    app.action(_EVERY)(listeners.action)
    app.event("app_mention")(listeners.mention)
    app.event("member_joined_channel")(listeners.joined)
    app.event("app_home_opened")(listeners.opened)
    app.event(_EVERY)(listeners.ignore)
    app.shortcut(DEPLOY.name)(listeners.modals.deploy)
    app.shortcut(WHERE.name)(listeners.modals.where)
    app.shortcut(_EVERY)(listeners.ignore)
    app.view(FORM)(listeners.modals.submitted)
    app.view(_EVERY)(listeners.ignore)
    app.view_closed(_EVERY)(listeners.ignore)
    app.options(_EVERY)(listeners.ignore)
    app.error(listeners.failed)
    return app


class Listeners:
    """Bolt's listeners. In incident channels help is posted for everybody."""

    def __init__(
        self,
        installation: Installation,
        lines: Lines,
        modals: ModalListeners,
        speaker: Speaker,
        channels: Channels,
        home: HomeTab,
    ) -> None:
        self._installation = installation
        self._lines = lines
        self.modals = modals
        self._speaker = speaker
        self._channels = channels
        self._home = home
        self._tasks = lines.tasks
        self._fmt = lines.fmt
        self._metrics = lines.metrics

    async def command(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """A slash command: help, misspelt lines and what the inbox does not take are answered in the ack itself.

        A verb by itself, where it needs more, opens a form.
        """
        text = _unescape(str(body.get("text", "")))
        if form := form_of(text):
            await self.modals.asked(ack, body, form)
            return
        try:
            invocation = grammar.parse(text)
            if isinstance(invocation, grammar.Help):
                await ack(**_help(invocation), **self._aloud(body))
                self._metrics.line()
                return
            actor, origin = identify.of_command(body, self._installation.team)
            origin = replace(origin, request=identify.request(body, "trigger_id"))
            alone = by_url(body, actor.id, origin)
            work = await self._lines.accept(
                TypedLine(invocation, normalise(text), actor, origin, alone, alone)
            )
        except errors.Overslept as error:  # Slack waits for no ack any more
            work = self._lines.refusing(by_url(body), error)
        except errors.FiskError as error:
            await ack(**blocks.message(self._fmt.failure(error.failure), error.failure.offers))
            self._metrics.line(error)
            return
        await ack()
        self._lines.begin(work)

    async def action(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """A button: its value is the line to run, as the user who pressed it. In a form: something was changed."""
        if form := read(identify.part(body, "view")):
            await self.modals.changed(ack, body, form)
            return
        if identify.text(body["actions"][0], "action_id") == blocks.KEEP:
            await ack()
            self._lines.begin(partial(self._leave, body))
            return
        line, alone = identify.text(body["actions"][0], "value"), None
        try:
            actor, origin = identify.of_action(body, self._installation.team)
            alone = by_url(body, actor.id, origin)
            origin = replace(origin, request=identify.request(body, "trigger_id"))
            pressed, invocation = Pressed.of(body), grammar.again(line)
            asked = TypedLine(invocation, line, actor, origin, alone, alone, pressed, written=True)
            work = await self._lines.accept(asked)
        except errors.FiskError as error:
            work = self._lines.refusing(alone or by_url(body), error)
        await ack()
        self._lines.begin(work)

    async def _leave(self, body: Mapping[str, Any]) -> None:
        """The answer no: the question goes away; one for all to read keeps who said so."""
        try:
            actor, _ = identify.of_action(body, self._installation.team)
            left = identify.text(identify.part(body["actions"][0], "text"), "text")
            said = f"{self._fmt.person(actor)}: {self._fmt.escape(left)}"
            message = Pressed.shown(body)
            content = blocks.without_buttons(message, said) if message else None
            await self._speaker.replace(identify.text(body, "response_url"), content)
        except (errors.Stranger, errors.SystemFailure) as failure:
            log.warning("a question stays where it is", code=failure.code)

    async def mention(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """`@fisk status` anywhere, threads included: answered in the thread."""
        event = body["event"]
        line = _unescape(str(event.get("text", "")))
        channel, user, thread = (identify.text(event, name) for name in ("channel", "user", "thread_ts"))
        openly = Way(channel, user, thread or identify.text(event, "ts"), public=True)
        work: Work | None = None
        try:
            actor, origin = identify.of_mention(body, self._installation.team)
            if not identify.is_bots(body) or self._expected(actor):
                origin = replace(origin, request=identify.request(body, "event_id"))
                # In the thread only where it has begun: Slack shows nobody an ephemeral message in one that has not.
                alone = Way(channel, actor.id, thread)
                invocation = grammar.parse(line)
                asked = TypedLine(invocation, normalise(line), actor, origin, openly, alone)
                work = await self._lines.accept(asked, sent_again=True)
        except errors.Stranger:
            pass
        except errors.FiskError as error:
            work = self._lines.refusing(openly, error)
        await ack()
        self._lines.begin(work)

    def _expected(self, bot: Actor) -> bool:
        """Whether a role lists a bot. Another one is not answered: that invites a conversation between bots."""
        return bot.id != self._installation.user and self._lines.handler.lists(bot)

    async def joined(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Somebody joined a channel that fisk is in. Whoever invited fisk hears it where it will be silent."""
        await ack()
        self._tasks.spawn(self._joined(body["event"]), "joined")

    async def _joined(self, event: Mapping[str, Any]) -> None:
        channel, inviter = str(event.get("channel", "")), str(event.get("inviter") or "")
        fisk = str(event.get("user", "")) == self._installation.user
        why_not = await self._channels.joined(channel, inviter, fisk=fisk)
        if why_not and inviter:
            content = blocks.message(self._fmt.failure(why_not.failure))
            await self._speaker.whisper(channel, inviter, content)

    async def opened(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Somebody opened the Home tab; another workspace's people see nothing there."""
        await ack()
        with suppress(errors.Stranger):
            reader = identify.of_home(body, self._installation.team)
            if identify.text(body["event"], "tab") == "home":
                self._tasks.spawn(self._home.opened(reader), "home tab")

    async def ignore(self, ack: AsyncAck) -> None:
        """Acknowledge a payload and do nothing."""
        await ack()

    async def failed(self, error: Exception, body: Mapping[str, Any]) -> None:
        """Log a listener's exception; Bolt answers Slack."""
        logging.getLogger("fisk").error("listener failed on %s", body.get("type"), exc_info=error)

    def _aloud(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Make an ack public in an incident channel, as far as is known: an ack asks nobody."""
        known = self._channels.known(str(body.get("channel_id", "")))
        return {"response_type": "in_channel"} if known else {}


@lru_cache(maxsize=64)
def _help(invocation: grammar.Help) -> Mapping[str, Any]:
    lines = grammar.help_lines(invocation.topic)
    return blocks.message(help_text(lines, invocation.topic, Format(slack=True)))


def _unescape(text: str) -> str:
    """Undo Slack's escaping in commands and messages; output is escaped again."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
