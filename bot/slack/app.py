"""Bolt's listeners. Each acknowledges first and hands the work to a task; help is in the ack itself."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize

from bot.slack import blocks, identify
from bot.slack.buttons import Pressed
from bot.slack.typed_line import Answer, TypedLine, refuse
from bot.words.format import Format
from bot.words.help import help_text
from commands import grammar
from commands.grammar.typed import normalise
from deploy.core import errors
from deploy.core.actor import Actor, Origin

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.app.metrics import Metrics
    from bot.app.tasks import Tasks
    from bot.slack.channels import Channels
    from bot.slack.handler import Handler
    from bot.slack.speaker import Speaker

_EVERY = re.compile(r".*")
_MENTION = re.compile(r"^\s*(?:<@[A-Z0-9]+(?:\|[^<>]*)?>\s*)+")


class Home:
    """The workspace's id and the bot's user id. Until Slack has sent them, nobody is a member."""

    def __init__(self, team: str = "", user: str = "") -> None:
        self.team = team
        self.user = user


class Known(AsyncAuthorize):
    """Bolt's authorization without a request: Bolt's default would fail the first command in an outage."""

    def __init__(self, home: Home, token: str | None) -> None:
        self._home = home
        self._token = token
        self._result = self._made()

    async def __call__(self, **_: Any) -> AuthorizeResult:
        if self._result.team_id != self._home.team:
            self._result = self._made()
        return self._result

    def _made(self) -> AuthorizeResult:
        team, user = self._home.team, self._home.user
        return AuthorizeResult(
            enterprise_id=None, team_id=team, bot_token=self._token, bot_user_id=user, bot_id=user
        )


def build(client: AsyncWebClient, home: Home, listeners: Listeners) -> AsyncApp:
    """An AsyncApp with every listener registered, so that no payload stays without an ack."""
    app = AsyncApp(
        # Bolt would search the call stack's source files for one. It sets the level of the logger
        # of this name at each payload, so it must not be fisk's own.
        name="slack_bolt.fisk",
        client=client,
        signing_secret="unused: bot/app/http.py has verified what Bolt gets",  # noqa: S106 (none)
        authorize=Known(home, client.token),
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
    app.event(_EVERY)(listeners.ignore)
    app.shortcut(_EVERY)(listeners.ignore)
    app.view(_EVERY)(listeners.ignore)
    app.options(_EVERY)(listeners.ignore)
    app.error(listeners.failed)
    return app


class Listeners:
    """Bolt's listeners. In incident channels help is posted for everybody."""

    def __init__(
        self,
        home: Home,
        handler: Handler,
        speaker: Speaker,
        *,
        channels: Channels,
        tasks: Tasks,
        fmt: Format,
        metrics: Metrics,
    ) -> None:
        self._home = home
        self._handler = handler
        self._speaker = speaker
        self._channels = channels
        self._tasks = tasks
        self._fmt = fmt
        self._metrics = metrics

    async def command(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """A slash command: help and misspelt lines are answered in the ack itself."""
        text = _unescape(str(body.get("text", "")))
        try:
            invocation = grammar.parse(text)
            if isinstance(invocation, grammar.Help):
                await ack(**_help(invocation), **self._aloud(body))
                self._metrics.line()
                return
            actor, origin = identify.of_command(body, self._home.team)
            key = identify.request(body, "trigger_id")
        except errors.FiskError as error:
            await ack(**blocks.message(self._fmt.failure(error.failure)))
            self._metrics.line(error)
            return
        await ack()
        answer = self._only_to(body)
        self._begin(lambda: TypedLine(invocation, normalise(text), actor, origin, key, answer, answer))

    async def action(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """A button: its value is the line to run, as the user who pressed it."""
        await ack()
        action = body["actions"][0]
        line = str(action.get("value", ""))
        answer = self._only_to(body)
        try:
            actor, origin = identify.of_action(body, self._home.team)
            key = identify.request(body, "trigger_id")
            invocation = grammar.again(line)
        except errors.FiskError as error:
            self._tasks.spawn(self._refuse(answer, error), "refusal")
            return
        pressed = Pressed.of(body)
        self._begin(lambda: TypedLine(invocation, line, actor, origin, key, answer, answer, pressed))

    async def mention(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """`@fisk status` anywhere, threads included: answered in the thread."""
        await ack()
        event = body["event"]
        line = _unescape(_MENTION.sub("", str(event.get("text", ""))))
        origin = Origin(
            "slack", str(event.get("channel", "")), str(event.get("thread_ts") or event.get("ts", ""))
        )
        answer = self._in_thread(origin)
        try:
            actor, origin = identify.of_mention(body, self._home.team)
            if identify.is_bots(body) and not self._expected(actor):
                return
            key = identify.request(body, "event_id")
            invocation = grammar.parse(line)
        except errors.Stranger:
            return
        except errors.FiskError as error:
            self._tasks.spawn(self._refuse(answer, error), "refusal")
            return
        alone = self._whispering(event, actor.id)
        self._begin(lambda: TypedLine(invocation, normalise(line), actor, origin, key, answer, alone))

    def _expected(self, bot: Actor) -> bool:
        """Whether a role lists a bot. Another one is not answered: that invites a conversation between bots."""
        return bot.id != self._home.user and self._handler.lists(bot)

    async def joined(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Somebody joined a channel that fisk is in. Whoever invited fisk hears it where it will be silent."""
        await ack()
        self._tasks.spawn(self._joined(body["event"]), "joined")

    async def _joined(self, event: Mapping[str, Any]) -> None:
        channel, inviter = str(event.get("channel", "")), str(event.get("inviter") or "")
        fisk = str(event.get("user", "")) == self._home.user
        why_not = await self._channels.joined(channel, inviter, fisk=fisk)
        if why_not and inviter:
            content = blocks.message(self._fmt.failure(why_not.failure))
            await self._speaker.whisper(channel, inviter, content)

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

    def _begin(self, asking: Callable[[], TypedLine]) -> None:
        self._tasks.spawn(self._handle(asking), "line")

    async def _handle(self, asking: Callable[[], TypedLine]) -> None:
        await asyncio.sleep(0)  # let the event loop write the ack first
        await self._handler.handle(asking())

    async def _refuse(self, answer: Answer, error: errors.FiskError) -> None:
        await refuse(answer, error, self._fmt, self._metrics)

    def _only_to(self, body: Mapping[str, Any]) -> Answer:
        async def answer(content: dict[str, Any]) -> None:
            await self._speaker.answer(str(body["response_url"]), content)

        return answer

    def _in_thread(self, origin: Origin) -> Answer:
        async def answer(content: dict[str, Any]) -> None:
            await self._speaker.post(origin.channel, content, thread=origin.thread)

        return answer

    def _whispering(self, event: Mapping[str, Any], user: str) -> Answer:
        """In the thread only where it has begun: Slack shows nobody an ephemeral message in one that has not."""
        channel, thread = str(event.get("channel", "")), str(event.get("thread_ts") or "")

        async def answer(content: dict[str, Any]) -> None:
            await self._speaker.whisper(channel, user, content, thread=thread)

        return answer


@lru_cache(maxsize=64)
def _help(invocation: grammar.Help) -> Mapping[str, Any]:
    lines = grammar.help_lines(invocation.topic)
    return blocks.message(help_text(lines, invocation.topic, Format(slack=True)))


def _unescape(text: str) -> str:
    """Undo Slack's escaping in commands and messages; output is escaped again."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
