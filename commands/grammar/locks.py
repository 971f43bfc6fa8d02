"""lock, unlock, locks."""

from __future__ import annotations

from dataclasses import dataclass

import click

from commands.grammar.syntax import DEFAULT_TARGET, Invocation, lower, verb


def _sentence(_ctx: click.Context, _param: click.Parameter, words: tuple[str, ...]) -> str:
    return " ".join(words)


@verb("lock", "lock", "locks", any_option=True)
@click.argument("target")
@click.argument("reason", nargs=-1, required=True, callback=_sentence)
@dataclass(frozen=True, slots=True)
class Lock(Invocation):
    """Hold a target, so that nobody deploys to it."""

    target: str
    reason: str


@verb("unlock", "unlock", "locks")
@click.argument("target", default=DEFAULT_TARGET)
@click.option("--force", is_flag=True, help="take the lock away from an operation that cannot end")
@click.option("--sure", default="", metavar="ID", callback=lower, help="that operation's id")
@dataclass(frozen=True, slots=True)
class Unlock(Invocation):
    """Lift a hold.

    With `force` take away the lock of an operation, if `sure` is that operation's id.
    """

    target: str
    force: bool
    sure: str


@verb("locks", "see locks")
@dataclass(frozen=True, slots=True)
class Locks(Invocation):
    """Who holds what, since when, and why."""
