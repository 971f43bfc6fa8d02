"""history, op, cancel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import click

from commands.grammar.syntax import Invocation, at_most, lower, verb


@dataclass(frozen=True, slots=True)
class History(Invocation):
    words: tuple[str, ...]
    verb: ClassVar[str] = "see history"


@dataclass(frozen=True, slots=True)
class ShowOperation(Invocation):
    operation: str
    verb: ClassVar[str] = "see operations"


@dataclass(frozen=True, slots=True)
class Cancel(Invocation):
    """`operation` may be a deployment of Coolify's; `sure`: its question was answered."""

    operation: str
    sure: bool = False
    verb: ClassVar[str] = "cancel"
    changes: ClassVar[bool] = True


@verb("history")
@click.argument("words", nargs=-1, metavar="[TARGET] [N]")
def history(words: tuple[str, ...]) -> History:
    """What was done, by whom, with what outcome."""
    return History(at_most(2, words))


@verb("op")
@click.argument("operation", metavar="ID", callback=lower)
def op(operation: str) -> ShowOperation:
    """One operation, step by step."""
    return ShowOperation(operation)


@verb("cancel")
@click.argument("operation", metavar="ID", callback=lower)
@click.option("--sure", is_flag=True, help="cancel a deployment of Coolify's without a question")
def cancel(operation: str, *, sure: bool) -> Cancel:
    """Stop an operation, and put back what it changed; or a deployment of Coolify's, by its own id."""
    return Cancel(operation, sure)
