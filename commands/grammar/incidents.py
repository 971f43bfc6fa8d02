"""changes, timeline, doctor."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

import click

from commands.grammar.syntax import Invocation, verb
from deploy.core.errors import NotUnderstood

_DURATION = re.compile(r"(\d{1,4})([mhd])")
SECONDS = {"m": 60, "h": 3600, "d": 86_400}
LONGEST = 90 * 86_400  # seconds; older operations may be forgotten
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


def duration(_ctx: click.Context, _param: click.Parameter, value: str) -> int:
    """`30m`, `2h` or `3d` in seconds."""
    found = _DURATION.fullmatch(value.lower())
    seconds = int(found[1]) * SECONDS[found[2]] if found else 0
    if 0 < seconds <= LONGEST:
        return seconds
    raise NotUnderstood(what=f"`{value}` is no duration: give one as `30m`, `2h` or `3d`, at most `90d`.")


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
