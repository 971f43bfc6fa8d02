"""The actor and origin of a command, and values for errors: the failure, and offers of what to do next.

Apart from the rest of the domain, since an ack needs these and no more.
"""

from __future__ import annotations

import re
from typing import Literal

from deploy.core.values import dataclass

Standing = Literal["member", "guest", "stranger", "bot", "unknown"]
_ID = re.compile(r"|[A-Z][A-Z0-9]*|cli:[^\s<>&]*")  # empty: nobody knows who it was
_OF_A_BUTTON = re.compile(r" --when-ran \S+")
TERMINAL = "cli:"  # before the name of a user at a terminal


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asked: a Slack user id (`U024BE7LH`) or `cli:USER`. Decide by `id` and `groups`, show `name`.

    `standing`: what Slack says that somebody is in this workspace; `groups` and it are of the moment that was asked.
    Raises ValueError for an id in another form, as a record might have it: it is posted as a mention.
    """

    id: str
    name: str = ""
    groups: frozenset[str] = frozenset()
    standing: Standing = "unknown"

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ValueError("an actor's id is a Slack user's or begins with cli:")

    @property
    def at_terminal(self) -> bool:
        return self.id.startswith(TERMINAL)

    @property
    def user(self) -> str:
        """The operating system's user name of an actor at a terminal."""
        return self.id.removeprefix(TERMINAL)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a command came from: a Slack channel (and thread), or a terminal (then `channel` is its host's name).

    `request`: Slack's id of what was typed or pressed, by which what it led to is known; empty at a terminal.
    """

    kind: Literal["slack", "terminal"]
    channel: str = ""
    thread: str = ""
    team: str = ""
    request: str = ""


@dataclass(frozen=True, slots=True)
class Dialog:
    """What Slack asks before a button acts: what is so and what will be, what yes does, and what no leaves.

    Slack shows 300 characters of the question and 30 of each answer.
    """

    question: str
    yes: str
    no: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A next step, shown as a button in Slack and as a command line in a terminal.

    Attributes:
        label: what the button says.
        command: the line that it runs, without `/fisk`, as the user who presses the button, with their rights.
        danger: whether it does harm if it was not meant; it has a dialog then, unless its message is the question.
        asks: what Slack asks before it runs; None: nothing.
    """

    label: str
    command: str
    danger: bool = False
    asks: Dialog | None = None

    @property
    def typed(self) -> str:
        """The line as a person would type it: without what a button knows of the moment when it was drawn."""
        return _OF_A_BUTTON.sub("", self.command)


@dataclass(frozen=True, slots=True)
class Failure:
    """An error as it is journaled and shown: a code, one plain sentence, what to do next."""

    code: str
    sentence: str
    hint: str = ""
    offers: tuple[Offer, ...] = ()
