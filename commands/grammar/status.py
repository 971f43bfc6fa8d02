"""status, where."""

from __future__ import annotations

import click

from commands.grammar.syntax import DEFAULT_TARGET, Invocation, commit, verb
from deploy.core.values import dataclass


@verb("status", "see the status")
@click.argument("target", default=DEFAULT_TARGET)
@dataclass(frozen=True, slots=True)
class Status(Invocation):
    """The whole chain at a glance."""

    target: str


@verb("where", "see commits")
@click.argument("ref", metavar="SHA", callback=commit)
@click.argument("target", default=DEFAULT_TARGET)
@dataclass(frozen=True, slots=True)
class Where(Invocation):
    """How far a commit has come: pushed, built, image, deployed, live."""

    ref: str
    target: str
