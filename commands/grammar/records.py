"""lock, unlock, locks; history, op, cancel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import click

from commands.grammar.words import DEFAULT_TARGET, Invocation, at_most, lower, verb


@dataclass(frozen=True, slots=True)
class Lock(Invocation):
    target: str
    reason: str
    verb: ClassVar[str] = "lock"
    changes: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Unlock(Invocation):
    """With `force` the lock of an operation is taken away, once `sure` names that operation."""

    target: str
    force: bool
    sure: str
    verb: ClassVar[str] = "unlock"
    changes: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Locks(Invocation):
    verb: ClassVar[str] = "see locks"


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
    operation: str
    verb: ClassVar[str] = "cancel"
    changes: ClassVar[bool] = True


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
def cancel(operation: str) -> Cancel:
    """Stop an operation; what it changed is put back."""
    return Cancel(operation)
