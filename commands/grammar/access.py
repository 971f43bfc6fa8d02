"""access check."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

import click

from commands.grammar.syntax import Family, Invocation, verb
from deploy.core.errors import NotUnderstood


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


access = Family("access", "Who may do what.", [Check])
