"""lock, unlock, locks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import click

from commands.grammar.syntax import DEFAULT_TARGET, Invocation, verb


@dataclass(frozen=True, slots=True)
class Lock(Invocation):
    target: str
    reason: str
    verb: ClassVar[str] = "lock"
    changes: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Unlock(Invocation):
    """With `force` take away the lock of an operation, if `sure` is that operation's id."""

    target: str
    force: bool
    sure: str
    verb: ClassVar[str] = "unlock"
    changes: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Locks(Invocation):
    verb: ClassVar[str] = "see locks"


@verb("lock", context_settings={"ignore_unknown_options": True})
@click.argument("target")
@click.argument("reason", nargs=-1, required=True)
def lock(target: str, reason: tuple[str, ...]) -> Lock:
    """Hold a target, so that nobody deploys to it."""
    return Lock(target, " ".join(reason))


@verb("unlock")
@click.argument("target", default=DEFAULT_TARGET)
@click.option("--force", is_flag=True, help="take the lock away from an operation that cannot end")
@click.option("--sure", default="", metavar="ID", help="that operation's id")
def unlock(*, target: str, force: bool, sure: str) -> Unlock:
    """Lift a hold."""
    return Unlock(target, force, sure.lower())


@verb("locks")
def locks() -> Locks:
    """Who holds what, since when, and why."""
    return Locks()
