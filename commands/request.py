"""A command with its actor and origin, and the type of its handlers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from commands.grammar import Invocation
from deploy.core.model import Actor, Origin
from deploy.core.values import dataclass

if TYPE_CHECKING:
    from commands.reply import Reply
    from deploy.world import World


@dataclass(frozen=True, slots=True)
class Request:
    """`line` is the command as typed, for the audit log; `decided` says why it was allowed."""

    invocation: Invocation
    line: str
    actor: Actor
    origin: Origin
    decided: str = ""


Run = Callable[[Any, Request, "World"], Awaitable["Reply"]]
COMMANDS: dict[type[Invocation], Run] = {}


def runs(kind: type[Invocation]) -> Callable[[Run], Run]:
    """Make a function the one that runs this kind of Invocation."""

    def register(run: Run) -> Run:
        COMMANDS[kind] = run
        return run

    return register
