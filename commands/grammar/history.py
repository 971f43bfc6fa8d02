"""history, op, cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commands.grammar.syntax import Invocation, lower, two_at_most, verb
from deploy.core.errors import NotUnderstood
from deploy.core.values import dataclass

if TYPE_CHECKING:
    from deploy.core.permissions import Permission


@verb("history", "see history")
@click.argument("words", nargs=-1, metavar="[TARGET] [N]", callback=two_at_most)
@dataclass(frozen=True, slots=True)
class History(Invocation):
    """What was done, by whom, with what outcome."""

    words: tuple[str, ...]


def _deed(_ctx: click.Context, _param: click.Parameter, word: str) -> str:
    if word.lower() in {"", "retry", "abandon"}:
        return word.lower()
    raise NotUnderstood(
        what=f"`{word}` is nothing that can be done with an operation: `retry` and `abandon` are."
    )


@verb("op", "see or handle operations", "locks")
@click.argument("operation", metavar="ID", default="", callback=lower)
@click.argument("deed", default="", metavar="[retry|abandon]", callback=_deed)
@click.option("--follow", is_flag=True, help="in a terminal: until it is over")
@click.option("--sure", hidden=True, is_flag=True, help="abandon it without a question")
@dataclass(frozen=True, slots=True)
class ShowOperation(Invocation):
    """One operation, step by step. One that is set aside: `retry` goes on with it, `abandon` ends it as it is.

    `follow`: in Slack it says how it stands. `sure`: the question about ending it was answered.
    """

    operation: str
    deed: str = ""
    follow: bool = False
    sure: bool = False

    @property
    def reads(self) -> Permission | None:
        """Who may retry is a question of whose it is and what it touches: it is judged there."""
        return None if self.force else "look"

    @property
    def changes(self) -> bool:
        return bool(self.deed)

    @property
    def force(self) -> bool:
        """To abandon takes as much as taking a lock away."""
        return self.deed == "abandon"


@verb("cancel", "cancel")
@click.argument("operation", metavar="ID", default="", callback=lower)
@click.option("--sure", hidden=True, is_flag=True, help="cancel a deployment of Coolify's without a question")
@dataclass(frozen=True, slots=True)
class Cancel(Invocation):
    """Stop an operation, and put back what it changed; or a deployment of Coolify's, by its own id.

    `operation`: empty: those that are under way are shown. `sure`: the question about a deployment was answered.
    """

    operation: str
    sure: bool = False

    @property
    def changes(self) -> bool:
        """Who may is a question of whose it is and what it touches: it is judged there."""
        return bool(self.operation)


@verb("undo", "see what can be undone")
@click.argument("words", nargs=-1, metavar="[ID]")
@dataclass(frozen=True, slots=True)
class Undo(Invocation):
    """How to take back what was done last."""

    words: tuple[str, ...] = ()
