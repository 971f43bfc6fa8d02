"""Sends users' actions to the app: commands, mentions, presses, submitted modals."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

from sandbox.slack import modals, mrkdwn, payloads
from sandbox.slack.arguments import Arguments
from sandbox.slack.cast import FISK, SHORTCUTS, SLACKBOT, Channel, User
from sandbox.slack.errors import SlackError
from sandbox.slack.receipt import Receipt, Retry, reason_for

if TYPE_CHECKING:
    from sandbox.slack.message import Json, Message
    from sandbox.slack.response_urls import Origin, ResponseUrls
    from sandbox.slack.signed_http import SignedHttp
    from sandbox.slack.socket_mode import SocketMode
    from sandbox.slack.views import View
    from sandbox.slack.workspace import Workspace


Before = Callable[[], Awaitable[None]]
"""Awaited before anything that a person types, says or presses."""


class Courier(Protocol):
    """Socket Mode or signed HTTP."""

    async def deliver(self, kind: str, payload: Json, retry: Retry | None = None) -> Receipt: ...


class Inbound:
    """Converts a user's actions into payloads, and shows what the ack contains."""

    def __init__(
        self,
        workspace: Workspace,
        response_urls: ResponseUrls,
        socket: SocketMode,
        http: SignedHttp,
        before: Before,
    ) -> None:
        self.workspace = workspace
        self.before = before
        self.commands = {"/fisk"}
        self.shortcuts = SHORTCUTS
        self.events = {"app_home_opened", "app_mention", "member_joined_channel"}
        self.should_escape = True
        self.retry_after: tuple[float, ...] = (0.0, 60.0, 300.0)
        self._response_urls = response_urls
        self._socket = socket
        self._http = http
        self._retrying: set[asyncio.Task[None]] = set()

    @property
    def _courier(self) -> Courier:
        return self._http if self._http.request_url else self._socket

    async def stop(self) -> None:
        """Cancel pending retries of events."""
        for task in self._retrying:
            task.cancel()
        await asyncio.gather(*self._retrying, return_exceptions=True)

    # commands

    async def command(
        self, user: User, channel: Channel, name: str, text: str, *, thread_ts: str = ""
    ) -> Receipt:
        await self.before()
        self.workspace.write_down(channel.id, user.id, f"{name} {text}".strip())
        if thread_ts:
            self._slackbot(channel, user, f"{name} is not supported in threads. Sorry!", thread_ts)
            return Receipt("not_supported_in_threads")
        if name not in self.commands:
            self._slackbot(channel, user, f"{name} is not a valid command.")
            return Receipt("unknown_command")
        return await self._run(user, channel, name, text)

    async def _run(self, user: User, channel: Channel, name: str, text: str) -> Receipt:
        url, origin = self._response_urls.issue(channel.id, user.id, command=f"{name} {text}".strip())
        sent = mrkdwn.linked(self.workspace, text, named=True) if self.should_escape else mrkdwn.escaped(text)
        trigger = self.workspace.views.trigger(user.id)
        payload = payloads.slash_command(user, channel, name, sent, trigger=trigger, response_url=url)
        receipt = self._shown(await self._courier.deliver("slash_commands", payload), origin)
        if receipt.error:
            self._slackbot(channel, user, f'{name} failed with the error "{receipt.error}"')
        return receipt

    def _shown(self, receipt: Receipt, origin: Origin) -> Receipt:
        """Show the message in an ack's body."""
        if receipt.error or not receipt.body or not {"text", "blocks"} & set(receipt.body):
            return receipt
        try:
            self._response_urls.show(origin, Arguments(receipt.body))
        except SlackError as refused:
            return Receipt(refused.code, receipt.body, receipt.payload)
        return receipt

    def _slackbot(self, channel: Channel, user: User, text: str, thread_ts: str = "") -> None:
        self.workspace.post(channel.id, SLACKBOT, text, thread_ts=thread_ts, visible_to=user.id)

    # messages

    async def say(self, user: User, channel: Channel, text: str, *, thread_ts: str = "") -> Message:
        """Post as a user, and send the app an event if it is mentioned."""
        await self.before()
        linked = mrkdwn.linked(self.workspace, text)
        message = self.workspace.post(channel.id, user.id, linked, thread_ts=thread_ts)
        if f"<@{FISK.id}>" in linked:
            await self.event(payloads.message_event("app_mention", user, message))
        in_channel = {"channel_type": "im" if channel.is_im else "channel"}
        await self.event(payloads.message_event("message", user, message) | in_channel)
        return message

    async def event(self, event: Json) -> Receipt:
        """Send an event if the app subscribed to it (`events`), with retries until it is acknowledged."""
        if event["type"] not in self.events:
            return Receipt("not_subscribed")
        payload = payloads.event_callback(event, self.workspace.now())
        receipt = await self._courier.deliver("events_api", payload)
        if receipt.error:
            task = asyncio.create_task(self._again(payload, receipt.error))
            self._retrying.add(task)
            task.add_done_callback(self._retrying.discard)
        return receipt

    async def _again(self, payload: Json, error: str) -> None:
        for number, pause in enumerate(self.retry_after, 1):
            await asyncio.sleep(pause)
            error = (
                await self._courier.deliver("events_api", payload, Retry(number, reason_for(error)))
            ).error
            if not error:
                return

    async def join(self, user: User, channel: Channel, inviter: User | None = None) -> Receipt:
        """A user, or the bot, becomes a member; the bot hears of it in each of its channels."""
        await self.before()
        channel.members.add(user.id)
        if FISK.id not in channel.members:
            return Receipt("not_in_channel")
        return await self.event(payloads.joined(user, channel, inviter))

    async def open_home(self, user: User) -> Receipt:
        """Open the app's Home tab."""
        channel = self.workspace.direct(user.id)
        return await self.event(payloads.home_opened(user, channel, self.workspace.next_ts()))

    # interactions

    async def act(
        self, user: User, message: Message, block: Json, element: Json, option: str = ""
    ) -> Receipt:
        """Press an element of a message and confirm its dialog."""
        await self.before()
        channel = self.workspace.channels[message.channel]
        url, origin = self._response_urls.issue(channel.id, user.id, message.ts)
        action = payloads.action_of(block, element, option, self.workspace.next_ts())
        trigger = self.workspace.views.trigger(user.id)
        payload = payloads.message_action(user, channel, message, action, trigger=trigger, response_url=url)
        return self._shown(await self._courier.deliver("interactive", payload), origin)

    async def shortcut(self, user: User, callback: str) -> Receipt:
        """Choose a global shortcut of the app's."""
        await self.before()
        trigger, at = self.workspace.views.trigger(user.id), self.workspace.next_ts()
        payload = payloads.shortcut(user, callback, trigger, at)
        return await self._courier.deliver("interactive", payload)

    async def message_shortcut(self, user: User, message: Message, callback: str) -> Receipt:
        """Choose one in a message's menu."""
        await self.before()
        channel = self.workspace.channels[message.channel]
        url, origin = self._response_urls.issue(channel.id, user.id)
        payload = payloads.message_shortcut(
            user,
            channel,
            message,
            callback,
            trigger=self.workspace.views.trigger(user.id),
            response_url=url,
            at=self.workspace.next_ts(),
        )
        return self._shown(await self._courier.deliver("interactive", payload), origin)

    async def act_in_view(
        self, user: User, view: View, block: Json, element: Json, option: str = ""
    ) -> Receipt:
        action = payloads.action_of(block, element, option, self.workspace.next_ts())
        trigger = self.workspace.views.trigger(user.id)
        payload = payloads.view_action(user, view.as_slack(), action, trigger)
        return await self._courier.deliver("interactive", payload)

    async def submit(self, user: User, view: View, values: Json) -> Receipt:
        """Submit a modal, and apply the ack's `response_action`."""
        view.fill(values)
        filled = view.as_slack()
        trigger = self.workspace.views.trigger(user.id)
        receipt = await self._courier.deliver("interactive", payloads.view_submission(user, filled, trigger))
        if not receipt.error:
            self._respond(view, receipt.body or {})
        return receipt

    def _respond(self, view: View, body: Json) -> None:
        action = body.get("response_action", "")
        if action in ("update", "push"):
            modals.check(body["view"], "modal")
        if action == "update":
            self.workspace.views.update(view.id, body["view"])
        elif action == "push":
            self.workspace.views.stack(view.user, body["view"])
        elif action != "errors":
            self.workspace.views.close(view, everything=action == "clear")

    async def dismiss(self, user: User, view: View) -> None:
        """Close a modal without submitting it."""
        self.workspace.views.close(view)
        if view.content.get("notify_on_close"):
            closed = payloads.view_closed(user, view.as_slack(), is_cleared=False)
            await self._courier.deliver("interactive", closed)
