"""The Slack stand-in's state: users, channels, messages, and all API calls."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sandbox.slack import cast
from sandbox.slack.cast import Channel, Group, User
from sandbox.slack.errors import SlackError
from sandbox.slack.message import Json, Message, Version, named
from sandbox.slack.views import Views


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the Web API, `at` seconds since the epoch; `error` is empty if it succeeded."""

    at: float
    method: str
    arguments: Json
    error: str = ""


@dataclass(frozen=True, slots=True)
class Typed:
    """A slash command as typed; shown in transcripts only."""

    ts: str
    channel: str
    user: str
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """A change for watchers: `posted`, `edited`, `deleted`, `typed`, `failed`, `view`, `home` or `outside`."""

    kind: str
    what: Any


class Workspace:
    """One team. Tests may replace `clock`."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.name = "FiskAI"
        self.messages_tab = (
            True  # whether the app may write to people: `messages_tab_enabled` of its manifest
        )
        self.knows_plans = True  # whether it takes the blocks `plan` and `task_card`
        self.users: dict[str, User] = {user.id: user for user in cast.people()}
        self.channels: dict[str, Channel] = {channel.id: channel for channel in cast.channels()}
        self.groups: dict[str, Group] = {group.id: group for group in cast.groups()}
        self.views = Views(self.now, lambda view: self.tell("view", view))
        self.calls: list[Call] = []
        self.typed: list[Typed] = []
        self._messages: dict[tuple[str, str], Message] = {}
        self._watchers: set[asyncio.Queue[Change]] = set()
        self._latest = 0

    def now(self) -> float:
        return self.clock()

    def next_ts(self) -> str:
        self._latest = max(self._latest + 1, int(self.now() * 1_000_000))
        return f"{self._latest // 1_000_000}.{self._latest % 1_000_000:06d}"

    # users and channels

    def user(self, who: str) -> User:
        """A user by id or by name, `@ana`."""
        name = who.removeprefix("@").lower()
        for user in self.users.values():
            if who == user.id or name == user.name:
                return user
        raise SlackError("user_not_found")

    def channel(self, where: str) -> Channel:
        """A channel by id or by name, `#deploys`; a user's id means the direct messages with the bot."""
        name = where.removeprefix("#").lower()
        for channel in self.channels.values():
            if where == channel.id or (name == channel.name and not channel.is_im):
                return channel
        if where in self.users:
            return self.direct(where)
        raise SlackError("channel_not_found")

    def direct(self, user: str) -> Channel:
        """The direct messages of a user with the bot."""
        opened = Channel(
            "D" + self.user(user).id[1:], "directmessage", members={user, cast.FISK.id}, is_im=True
        )
        return self.channels.setdefault(opened.id, opened)

    # messages

    def post(
        self,
        channel: str,
        user: str,
        text: str,
        blocks: list[Json] | None = None,
        *,
        thread_ts: str = "",
        visible_to: str = "",
        metadata: Json | None = None,
        by_command: str = "",
    ) -> Message:
        if thread_ts:
            thread_ts = self._thread(channel, thread_ts)
        message = Message(
            self.next_ts(),
            channel,
            user,
            [Version(self.now(), text, named(blocks or []))],
            thread_ts,
            visible_to,
            metadata=metadata or {},
            by_command=by_command,
        )
        self._messages[channel, message.ts] = message
        self.tell("posted", message)
        return message

    def _thread(self, channel: str, thread_ts: str) -> str:
        parent = self._messages.get((channel, thread_ts))
        if parent is None or parent.visible_to:
            raise SlackError("thread_not_found")
        parent.thread_ts = parent.thread_ts or parent.ts
        return parent.thread_ts

    def edit(self, message: Message, text: str, blocks: list[Json], metadata: Json | None = None) -> None:
        """Edit a message; as in Slack it is marked as edited only if it has no blocks and its text changed."""
        if not blocks and text != message.text:
            message.edited = self.next_ts()
        message.versions.append(Version(self.now(), text, named(blocks)))
        if metadata is not None:
            message.metadata = metadata
        self.tell("edited", message)

    def delete(self, message: Message) -> None:
        del self._messages[message.channel, message.ts]
        self.tell("deleted", message)

    def posted(self) -> tuple[Message, ...]:
        """All messages that are there, in every channel."""
        return tuple(self._messages.values())

    def find(self, channel: str, ts: str) -> Message:
        try:
            return self._messages[channel, ts]
        except KeyError:
            raise SlackError("message_not_found") from None

    def messages(self, channel: str, seen_by: str = "") -> list[Message]:
        """The messages in order; without `seen_by` also all ephemeral ones."""
        return [
            message
            for message in self._messages.values()
            if message.channel == channel and (not seen_by or message.visible_to in ("", seen_by))
        ]

    def replies(self, message: Message) -> list[Message]:
        return [
            reply
            for reply in self.messages(message.channel)
            if reply.is_reply and reply.thread_ts == message.ts and not reply.visible_to
        ]

    def react(self, message: Message, name: str, user: str) -> None:
        users = message.reactions.setdefault(name, [])
        if user in users:
            raise SlackError("already_reacted")
        users.append(user)
        self.tell("edited", message)

    def write_down(self, channel: str, user: str, text: str) -> None:
        self.typed.append(Typed(self.next_ts(), channel, user, text))
        self.tell("typed", self.typed[-1])

    # watching

    def tell(self, kind: str, what: Any) -> None:
        for watcher in self._watchers:
            watcher.put_nowait(Change(kind, what))

    @contextmanager
    def watch(self) -> Iterator[asyncio.Queue[Change]]:
        """A queue of all changes from now on."""
        queue: asyncio.Queue[Change] = asyncio.Queue()
        self._watchers.add(queue)
        try:
            yield queue
        finally:
            self._watchers.discard(queue)
