"""changes, timeline, doctor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import click

from commands.grammar.syntax import Invocation, duration, verb

USUAL = "2h"


@dataclass(frozen=True, slots=True)
class Changes(Invocation):
    """`since`: seconds back from now."""

    since: int
    verb: ClassVar[str] = "see changes"


@dataclass(frozen=True, slots=True)
class Timeline(Invocation):
    """`since`: seconds back from now."""

    since: int
    verb: ClassVar[str] = "see the timeline"


@verb("changes")
@click.argument("since", metavar="[2h]", default=USUAL, callback=duration)
def changes(since: int) -> Changes:
    """What changed lately, newest first."""
    return Changes(since)


@verb("timeline")
@click.argument("since", metavar="[2h]", default=USUAL, callback=duration)
def timeline(since: int) -> Timeline:
    """The same as Markdown, oldest first, in UTC."""
    return Timeline(since)
