"""status, where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import click

from commands.grammar.syntax import DEFAULT_TARGET, Invocation, commit, verb


@dataclass(frozen=True, slots=True)
class Status(Invocation):
    target: str
    verb: ClassVar[str] = "see the status"


@dataclass(frozen=True, slots=True)
class Where(Invocation):
    ref: str
    target: str
    verb: ClassVar[str] = "see commits"


@verb("status")
@click.argument("target", default=DEFAULT_TARGET)
def status(target: str) -> Status:
    """The whole chain at a glance."""
    return Status(target)


@verb("where")
@click.argument("ref", metavar="SHA", callback=commit)
@click.argument("target", default=DEFAULT_TARGET)
def where(ref: str, target: str) -> Where:
    """How far a commit has come: pushed, built, image, deployed, live."""
    return Where(ref, target)
