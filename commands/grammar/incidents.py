"""changes, timeline."""

from __future__ import annotations

import click

from commands.grammar.syntax import Invocation, duration, verb
from deploy.core.values import dataclass

_since = click.argument("since", metavar="[2h]", default="2h", callback=duration)


@verb("changes", "see changes")
@_since
@dataclass(frozen=True, slots=True)
class Changes(Invocation):
    """What changed lately, newest first.

    `since`: seconds back from now.
    """

    since: int


@verb("timeline", "see the timeline")
@_since
@dataclass(frozen=True, slots=True)
class Timeline(Invocation):
    """The same as Markdown, oldest first, in UTC.

    `since`: seconds back from now.
    """

    since: int
