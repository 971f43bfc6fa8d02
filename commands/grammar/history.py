"""history, op, cancel."""

from __future__ import annotations

from dataclasses import dataclass

import click

from commands.grammar.syntax import Invocation, lower, two_at_most, verb


@verb("history", "see history")
@click.argument("words", nargs=-1, metavar="[TARGET] [N]", callback=two_at_most)
@dataclass(frozen=True, slots=True)
class History(Invocation):
    """What was done, by whom, with what outcome."""

    words: tuple[str, ...]


@verb("op", "see operations")
@click.argument("operation", metavar="ID", callback=lower)
@dataclass(frozen=True, slots=True)
class ShowOperation(Invocation):
    """One operation, step by step."""

    operation: str


@verb("cancel", "cancel", "locks")
@click.argument("operation", metavar="ID", callback=lower)
@click.option("--sure", is_flag=True, help="cancel a deployment of Coolify's without a question")
@dataclass(frozen=True, slots=True)
class Cancel(Invocation):
    """Stop an operation, and put back what it changed; or a deployment of Coolify's, by its own id.

    `sure`: the question about a deployment was answered.
    """

    operation: str
    sure: bool = False

    @property
    def about(self) -> None:
        return None
