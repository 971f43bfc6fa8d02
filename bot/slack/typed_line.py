"""A line typed or pressed in Slack, how to answer it, and its form in the inbox."""

from __future__ import annotations

from typing import Any

from bot.slack.answers import Way
from bot.slack.buttons import Pressed
from commands import grammar
from commands.grammar import Invocation
from deploy.core.actor import Actor, Origin
from deploy.core.values import dataclass
from deploy.redis import codec


@dataclass(frozen=True, slots=True)
class TypedLine:
    """A parsed line, who typed it and where, and how to answer.

    Attributes:
        answer: the way to show a message to the asker only; in a thread, to post it there.
        alone: the way to show it to the asker only, in a thread too.
        pressed: the button that it is the line of; None where it was typed.
        written: whether fisk wrote the line, on a button.
    """

    invocation: Invocation
    line: str
    actor: Actor
    origin: Origin
    answer: Way
    alone: Way
    pressed: Pressed | None = None
    written: bool = False

    @property
    def key(self) -> str:
        """Slack's id of the request, used as idempotency key."""
        return self.origin.request


@dataclass(frozen=True, slots=True)
class _Stored:
    line: str
    actor: Actor
    origin: Origin
    answer: Way
    alone: Way
    pressed: Pressed | None
    written: bool


_SAME = ("line", "actor", "origin", "answer", "alone", "pressed", "written")


def stored(asked: TypedLine) -> str:
    """As text, which has what is private: how to answer, and the button's message."""
    return codec.dump(_Stored, _Stored(**_of(asked)))


def restored(text: str) -> TypedLine:
    """Raises ValueError and errors.NotUnderstood for a line that another version of fisk stored."""
    line = codec.load(_Stored, text)
    invocation = grammar.again(line.line) if line.written else grammar.parse(line.line)
    return TypedLine(invocation, **_of(line))


def _of(line: TypedLine | _Stored) -> dict[str, Any]:
    return {name: getattr(line, name) for name in _SAME}


@dataclass(frozen=True, slots=True)
class Said:
    """What a line is answered; `at`: when, in seconds by the store's clock."""

    way: Way
    content: dict[str, Any]
    at: float = 0
