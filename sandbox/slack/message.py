"""Messages, their versions and their blocks."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.slack.cast import APP, BOT, FISK, TEAM

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Version:
    """A message's content from `at` on (seconds since the epoch)."""

    at: float
    text: str
    blocks: tuple[Json, ...] = ()


@dataclass
class Message:
    """One message. `visible_to` is a user's id for an ephemeral message."""

    ts: str
    channel: str
    user: str
    versions: list[Version]
    thread_ts: str = ""
    visible_to: str = ""
    edited: str = ""
    metadata: Json = field(default_factory=dict)
    reactions: dict[str, list[str]] = field(default_factory=dict)
    by_command: str = ""
    files: tuple[Json, ...] = ()

    @property
    def text(self) -> str:
        return self.versions[-1].text

    @property
    def blocks(self) -> tuple[Json, ...]:
        return self.versions[-1].blocks

    @property
    def is_by_app(self) -> bool:
        return self.user == FISK.id

    @property
    def is_reply(self) -> bool:
        return self.thread_ts not in ("", self.ts)

    def elements(self) -> Iterator[tuple[Json, Json]]:
        return elements(self.blocks)

    def buttons(self) -> list[str]:
        """The labels of its buttons."""
        return [element["text"]["text"] for _, element in self.elements() if element["type"] == "button"]

    def as_slack(self) -> Json:
        answer: Json = {"type": "message", "user": self.user, "ts": self.ts, "team": TEAM, "text": self.text}
        if self.is_by_app:
            answer |= {
                "bot_id": BOT,
                "app_id": APP,
                "bot_profile": {"id": BOT, "app_id": APP, "name": FISK.name},
            }
        if self.blocks:
            answer["blocks"] = copy.deepcopy(list(self.blocks))
        if self.thread_ts:
            answer["thread_ts"] = self.thread_ts
        if self.edited:
            answer["edited"] = {"user": BOT if self.is_by_app else self.user, "ts": self.edited}
        if self.metadata:
            answer["metadata"] = self.metadata
        if self.files:
            answer["files"] = copy.deepcopy(list(self.files))
        if self.reactions:
            answer["reactions"] = [
                {"name": name, "users": users, "count": len(users)} for name, users in self.reactions.items()
            ]
        return answer


def elements(blocks: Iterable[Json]) -> Iterator[tuple[Json, Json]]:
    """All interactive elements within blocks, each with its block."""
    for block in blocks:
        for element in _inner(block):
            if "action_id" in element:
                yield block, element


def pressable(message: Message, action: str) -> tuple[Json, Json]:
    """The element with this action_id or label, and its block. Raises LookupError, which lists all."""
    for block, element in message.elements():
        label = element["text"]["text"] if element["type"] == "button" else ""
        if action in (element["action_id"], label):
            return block, element
    there = ", ".join(message.buttons()) or "none"
    raise LookupError(f"nothing to press is called {action!r}; there are: {there}")


def pressable_by_id(blocks: Iterable[Json], block_id: str, action_id: str) -> tuple[Json, Json]:
    for block, element in elements(blocks):
        if (block["block_id"], element["action_id"]) == (block_id, action_id):
            return block, element
    raise LookupError("this button is no longer there")


def named(blocks: list[Json]) -> tuple[Json, ...]:
    """The blocks with missing ids filled in by position, so that they stay the same after an edit."""
    blocks = copy.deepcopy(blocks)
    for number, block in enumerate(blocks):
        block.setdefault("block_id", f"b{number}")
        for place, element in enumerate(_inner(block)):
            if element.get("type") not in ("image", "mrkdwn", "plain_text"):
                element.setdefault("action_id", f"a{place}")
    return tuple(blocks)


def _inner(block: Json) -> list[Json]:
    if block["type"] not in ("actions", "context", "section", "input"):
        return []
    return [*block.get("elements", ()), *(block[name] for name in ("accessory", "element") if name in block)]
