"""access check, approve, reject."""

from __future__ import annotations

import shlex

import click

from commands.grammar.syntax import Family, Invocation, lower, verb
from deploy.core.errors import NotUnderstood
from deploy.core.values import dataclass


def _who(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    """A Slack id or `cli:NAME`. Slack sends a mention's id."""
    if value.startswith("cli:") or (value[:1] in {"U", "W"} and value.isalnum() and value.isupper()):
        return value
    raise NotUnderstood(what=f"`{value}` is nobody: mention them, or give their Slack id or `cli:NAME`.")


def _line(_ctx: click.Context, _param: click.Parameter, words: tuple[str, ...]) -> str:
    return shlex.join(words)


@verb("check", "see rights", any_option=True)
@click.argument("who", metavar="WHO", callback=_who)
@click.argument("line", nargs=-1, required=True, metavar="LINE", callback=_line)
@dataclass(frozen=True, slots=True)
class Check(Invocation):
    """Whether somebody may type a line here, and which rule says so."""

    who: str
    line: str


@verb("approve", "approve")
@click.argument("operation", metavar="ID", callback=lower)
@dataclass(frozen=True, slots=True)
class Approve(Invocation):
    """Let another person's operation begin, exactly as it was shown."""

    operation: str

    @property
    def changes(self) -> bool:
        """Who may is a question of the target, which shows with the operation: it is judged there."""
        return True


@verb("reject", "reject")
@click.argument("operation", metavar="ID", callback=lower)
@click.argument("words", nargs=-1, metavar="[REASON]")
@dataclass(frozen=True, slots=True)
class Reject(Invocation):
    """Keep another person's operation from beginning."""

    operation: str
    words: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        """As of Approve."""
        return True

    @property
    def reason(self) -> str:
        return " ".join(self.words)


access = Family("access", "Who may do what.", [Check])
