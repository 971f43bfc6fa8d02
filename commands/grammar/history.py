"""history, op, cancel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from commands.grammar.syntax import Invocation, lower, two_at_most, verb
from deploy.core.errors import NotUnderstood

if TYPE_CHECKING:
    from deploy.core.permissions import Permission


@verb("history", "see history")
@click.argument("words", nargs=-1, metavar="[TARGET] [N]", callback=two_at_most)
@dataclass(frozen=True, slots=True)
class History(Invocation):
    """What was done, by whom, with what outcome."""

    words: tuple[str, ...]


def _abandon(_ctx: click.Context, _param: click.Parameter, word: str) -> bool:
    if word.lower() in {"", "abandon"}:
        return bool(word)
    raise NotUnderstood(what=f"`{word}` is nothing that can be done with an operation: `abandon` is.")


@verb("op", "see or abandon operations", "locks")
@click.argument("operation", metavar="ID", callback=lower)
@click.argument("abandon", default="", metavar="[abandon]", callback=_abandon)
@click.option("--sure", is_flag=True, help="abandon it without a question")
@dataclass(frozen=True, slots=True)
class ShowOperation(Invocation):
    """One operation, step by step; `abandon` ends one that is set aside, and puts nothing back.

    `sure`: the question about that was answered.
    """

    operation: str
    abandon: bool = False
    sure: bool = False

    @property
    def reads(self) -> Permission | None:
        return None if self.abandon else "look"

    @property
    def force(self) -> bool:
        """It takes as much as taking a lock away."""
        return self.abandon


@verb("cancel", "cancel")
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
    def changes(self) -> bool:
        """Who may is a question of whose it is and what it touches: it is judged there."""
        return True
