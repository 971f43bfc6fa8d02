"""Modals, Home tabs, and the triggers that open them."""

from __future__ import annotations

import copy
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.slack.cast import APP, BOT, TEAM
from sandbox.slack.errors import SlackError
from sandbox.slack.message import Json, named

TRIGGER_LIVES = 3.0
DEEPEST_STACK = 3


@dataclass
class View:
    """A modal or a Home tab of one user."""

    id: str
    user: str
    content: Json
    root: str
    previous: str = ""
    hash: str = field(default_factory=lambda: secrets.token_hex(8))
    filled: dict[tuple[str, str], Json] = field(default_factory=dict)

    def fill(self, values: Json) -> None:
        """What a person has chosen or typed: block_id → action_id → state."""
        for block, states in values.items():
            self.filled |= {(block, action): state for action, state in states.items()}

    def values(self) -> Json:
        """What is filled in: it stays after an update where block_id and action_id do, as in Slack."""
        shown = ((b["block_id"], b["element"]) for b in self.content["blocks"] if b["type"] == "input")
        return {
            block: {part["action_id"]: self.filled.get((block, part["action_id"])) or _initial(part)}
            for block, part in shown
        }

    def as_slack(self) -> Json:
        return {
            "id": self.id,
            "team_id": TEAM,
            "app_id": APP,
            "bot_id": BOT,
            "app_installed_team_id": TEAM,
            "root_view_id": self.root,
            "previous_view_id": self.previous or None,
            "hash": self.hash,
            "external_id": "",
            "callback_id": "",
            "private_metadata": "",
            "clear_on_close": False,
            "notify_on_close": False,
            "submit": None,
            "close": None,
            **copy.deepcopy(self.content),
            "state": {"values": self.values()},
        }


class Views:
    """The users' open modals, newest last, and their Home tabs."""

    def __init__(self, now: Callable[[], float], changed: Callable[[str], Any]) -> None:
        self._now = now
        self._changed = changed
        self._triggers: dict[str, tuple[str, float]] = {}
        self._spent: set[str] = set()
        self.modals: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}

    def trigger(self, user: str) -> str:
        """A trigger id, valid for one modal within three seconds."""
        trigger = f"{secrets.randbelow(10**13):013d}.{secrets.randbelow(10**12):012d}.{secrets.token_hex(16)}"
        self._triggers[trigger] = (user, self._now())
        return trigger

    def _exchange(self, trigger: str) -> str:
        if trigger in self._spent:
            raise SlackError("exchanged_trigger_id")
        if trigger not in self._triggers:
            raise SlackError("invalid_trigger_id")
        user, issued = self._triggers[trigger]
        if self._now() - issued > TRIGGER_LIVES:
            raise SlackError("expired_trigger_id")
        self._spent.add(trigger)
        return user

    def open(self, trigger: str, content: Json) -> View:
        user = self._exchange(trigger)
        self.modals[user] = []
        return self._stack(user, content)

    def push(self, trigger: str, content: Json) -> View:
        user = self._exchange(trigger)
        if len(self.modals.get(user, ())) >= DEEPEST_STACK:
            raise SlackError("push_limit_reached")
        return self._stack(user, content)

    def stack(self, user: str, content: Json) -> View:
        """Push without a trigger, as `response_action: push` does."""
        return self._stack(user, content)

    def _stack(self, user: str, content: Json) -> View:
        stack = self.modals.setdefault(user, [])
        new = "V" + secrets.token_hex(5).upper()
        view = View(new, user, _named(content), stack[0].id if stack else new, stack[-1].id if stack else "")
        stack.append(view)
        self._changed(user)
        return view

    def find(self, view_id: str) -> View:
        for view in [*self.homes.values(), *(view for stack in self.modals.values() for view in stack)]:
            if view.id == view_id:
                return view
        raise SlackError("not_found")

    def update(self, view_id: str, content: Json, expected_hash: str = "") -> View:
        view = self.find(view_id)
        if expected_hash and expected_hash != view.hash:
            raise SlackError("hash_conflict")
        view.content, view.hash = _named(content), secrets.token_hex(8)
        self._changed(view.user)
        return view

    def publish(self, user: str, content: Json) -> View:
        if user in self.homes:
            return self.update(self.homes[user].id, content)
        new = "V" + secrets.token_hex(5).upper()
        self.homes[user] = View(new, user, _named(content), new)
        self._changed(user)
        return self.homes[user]

    def close(self, view: View, *, everything: bool = False) -> None:
        stack = self.modals.get(view.user, [])
        del stack[0 if everything else stack.index(view) :]
        self._changed(view.user)


def _initial(part: Json) -> Json:
    if "initial_option" in part or part["type"] != "plain_text_input":
        return {"type": part["type"], "selected_option": part.get("initial_option")}
    return {"type": part["type"], "value": part.get("initial_value")}


def _named(content: Json) -> Json:
    return {**content, "blocks": list(named(content.get("blocks", [])))}
