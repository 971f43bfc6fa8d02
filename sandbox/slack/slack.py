"""The Slack stand-in as one server, with methods for what users do and see."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from aiohttp import web

from sandbox.faults import Fault, Faults, install
from sandbox.slack.files import Files
from sandbox.slack.inbound import Before, Inbound
from sandbox.slack.limits import Limits
from sandbox.slack.message import Json, Message, elements, pressable
from sandbox.slack.modals import field_of, state_of
from sandbox.slack.page import Control, Page
from sandbox.slack.receipt import Receipt
from sandbox.slack.response_urls import ResponseUrls
from sandbox.slack.signed_http import SignedHttp
from sandbox.slack.socket_mode import SocketMode
from sandbox.slack.transcript import lines, transcript
from sandbox.slack.web_api import WebApi
from sandbox.slack.workspace import Workspace

if TYPE_CHECKING:
    from sandbox.slack.views import View

T = TypeVar("T")

DOWN = 10**9


async def nothing() -> None:
    """The default of `before`: do nothing."""


class Slack:
    """The Slack stand-in. Users and channels are given by id or name: `ana`, `#deploys`.

    `story` is shown beside the page: lines to try, each with its effect; the buttons `controls` below it trigger
    events outside Slack. `before` is awaited before each action of a user.
    """

    bot_token = "xoxb-sandbox-bot-token"  # noqa: S105, it opens this stand-in only
    app_token = "xapp-1-A0FISK001-sandbox-app-token"  # noqa: S105, likewise
    signing_secret = "sandbox-signing-secret"  # noqa: S105, likewise

    def __init__(
        self,
        story: Sequence[tuple[str, str]] = (),
        controls: Sequence[Control] = (),
        before: Before = nothing,
    ) -> None:
        self.faults = Faults()
        self.workspace = Workspace()
        self.limits = Limits(self.workspace.now)
        self.socket = SocketMode(lambda: self.url)
        self._http = SignedHttp(self.signing_secret, self.workspace.now)
        self.files = Files(self.workspace, lambda: self.url)
        self._response_urls = ResponseUrls(self.workspace, lambda: self.url)
        self.api = WebApi(
            self.workspace, self.limits, self.socket, self.files, self.bot_token, self.app_token
        )
        self.inbound = Inbound(self.workspace, self._response_urls, self.socket, self._http, before)
        self.page = Page(self.workspace, self.inbound, story, controls)
        self._runner: web.AppRunner | None = None
        self._port = 0
        self._outage: list[Fault] = []

    async def start(self, at: int | socket.socket = 0) -> None:
        """Serve on a port of 127.0.0.1, 0 for any that is free, or on a socket that listens."""
        app = web.Application()
        install(app, self.faults)
        for part in (self.api, self.socket, self.files, self._response_urls, self.page):
            part.install(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        if isinstance(at, int):
            await web.TCPSite(self._runner, "127.0.0.1", at).start()
        else:
            await web.SockSite(self._runner, at).start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        await self.inbound.stop()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        """The page's URL."""
        return f"http://127.0.0.1:{self._port}/"

    @property
    def api_url(self) -> str:
        return f"{self.url}api/"

    @property
    def request_url(self) -> str:
        """The app's own address for signed HTTP; empty means Socket Mode."""
        return self._http.request_url

    @request_url.setter
    def request_url(self, url: str) -> None:
        self._http.request_url = url

    def environment(self) -> dict[str, str]:
        """A bot's settings for this Slack in Socket Mode."""
        return {
            "FISK_SLACK_BOT_TOKEN": self.bot_token,
            "FISK_SLACK_APP_TOKEN": self.app_token,
            "FISK_SLACK_API_URL": self.api_url,
        }

    # outages

    def go_down(self, *, drop: bool = False) -> None:
        """Simulate an outage until `come_back`: 503 or dropped connections for every call, no Socket Mode."""
        for path in ("* /api/*", "* /response/*"):
            self._outage.append(self.faults.queue(path, status=503, drop=drop, times=DOWN))
        self.socket.refusing = True
        self.socket.drop()

    def come_back(self) -> None:
        for fault in self._outage:
            fault.times = 0
        self._outage.clear()
        self.socket.refusing = False

    # actions of users

    async def command(
        self, user: str, channel: str, command: str, text: str = "", thread_ts: str = ""
    ) -> Receipt:
        """Type a slash command; returns after the ack or Slack's timeout."""
        return await self.inbound.command(
            self.workspace.user(user), self.workspace.channel(channel), command, text, thread_ts=thread_ts
        )

    async def say(self, user: str, channel: str, text: str, thread_ts: str = "") -> Message:
        """Post a message; one that mentions `@fisk` is sent to the app as an event."""
        person, where = self.workspace.user(user), self.workspace.channel(channel)
        return await self.inbound.say(person, where, text, thread_ts=thread_ts)

    async def mention(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Message:
        """Post `@fisk` and a text, in the channel or in a thread."""
        spoken = text if "@fisk" in text else f"@fisk {text}"
        return await self.say(user, channel, spoken, thread_ts or "")

    async def invite(self, inviter: str, user: str, channel: str) -> Receipt:
        """Somebody brings a user, or the bot, into a channel."""
        people = self.workspace.user
        return await self.inbound.join(people(user), self.workspace.channel(channel), people(inviter))

    async def press(
        self, user: str, message: Message, action: str, *, option: str = "", confirm: bool = True
    ) -> Receipt:
        """Press the element with this action_id or label, and confirm its dialog. Raises LookupError."""
        block, element = pressable(message, action)
        if "confirm" in element and not confirm:
            return Receipt("not_confirmed")
        return await self.inbound.act(self.workspace.user(user), message, block, element, option)

    async def shortcut(self, user: str, callback: str, message: Message | None = None) -> Receipt:
        """Choose a shortcut, by its callback id: the global one, or one in a message's menu."""
        person = self.workspace.user(user)
        if message is None:
            return await self.inbound.shortcut(person, callback)
        return await self.inbound.message_shortcut(person, message, callback)

    async def fill(self, user: str, **values: str) -> None:
        """Fill in a user's open modal by action ids, in this order; a choice is sent where the app wants to know."""
        for action_id, value in values.items():
            view = self.modal(user)
            block, element = field_of(view.content["blocks"], action_id)
            view.fill({block["block_id"]: {action_id: state_of(element, value)}})
            if block.get("dispatch_action") and element["type"] != "plain_text_input":
                await self.inbound.act_in_view(self.workspace.user(user), view, block, element, value)

    async def submit(self, user: str, values: Json | None = None) -> Receipt:
        """Submit a user's open modal; `values`, block_id → action_id → state, besides what is filled in."""
        person = self.workspace.user(user)
        return await self.inbound.submit(person, self.modal(user), values or {})

    async def dismiss(self, user: str) -> None:
        """Close a user's open modal."""
        await self.inbound.dismiss(self.workspace.user(user), self.modal(user))

    async def open_home(self, user: str) -> Receipt:
        """Open the app's Home tab; sends `app_home_opened` if the app subscribed to it."""
        return await self.inbound.open_home(self.workspace.user(user))

    async def press_home(self, user: str, label: str) -> Receipt:
        """Press a button of a user's Home tab. Raises LookupError."""
        person, view = self.workspace.user(user), self.home(user)
        found = (
            (block, each)
            for block, each in elements(view.content["blocks"] if view else ())
            if _says(each, label)
        )
        block, button = next(found, (None, None))
        if view is None or block is None or button is None:
            raise LookupError(f"there is no {label!r} in {user}'s Home tab")
        return await self.inbound.act_in_view(person, view, block, button)

    # what users see

    def modal(self, user: str) -> View:
        """A user's open modal. Raises LookupError."""
        stack = self.workspace.views.modals.get(self.workspace.user(user).id)
        if not stack:
            raise LookupError(f"no modal is open for {user}")
        return stack[-1]

    def home(self, user: str) -> View | None:
        return self.workspace.views.homes.get(self.workspace.user(user).id)

    def messages(self, channel: str, user: str = "") -> list[Message]:
        """The messages in order; only those visible to `user`, if given."""
        seen_by = self.workspace.user(user).id if user else ""
        return self.workspace.messages(self.workspace.channel(channel).id, seen_by)

    def find(self, channel: str, text: str) -> Message | None:
        """The newest message with these words in its text or blocks."""
        return next((m for m in reversed(self.messages(channel)) if text in self.reading(m)), None)

    def reading(self, message: Message) -> str:
        """One message as plain text."""
        return "\n".join(lines(self.workspace, message))

    def transcript(self, channel: str, user: str = "") -> str:
        """A channel as plain text, threads and edits included."""
        seen_by = self.workspace.user(user).id if user else ""
        return transcript(self.workspace, self.workspace.channel(channel).id, seen_by)

    async def until(self, predicate: Callable[[], T], within: float = 10) -> T:
        """Wait for a predicate and return its value. Raises TimeoutError, with the transcript."""
        try:
            async with asyncio.timeout(within):
                return await self._until(predicate)
        except TimeoutError:
            shown = "\n".join(
                f"#{channel.name}\n{self.transcript(channel.id)}"
                for channel in self.workspace.channels.values()
            )
            raise TimeoutError(f"not within {within} s; in the channels:\n{shown}") from None

    async def _until(self, predicate: Callable[[], T]) -> T:
        with self.workspace.watch() as changes:
            while not (answer := predicate()):
                # Predicates may depend on more than Slack, so they are also polled without changes.
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(changes.get(), 0.05)
        return answer


def _says(element: Json, label: str) -> bool:
    return bool(element["type"] == "button" and element["text"]["text"] == label)
