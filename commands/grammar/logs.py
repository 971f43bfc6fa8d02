"""logs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import click

from commands.grammar.syntax import Invocation, duration, verb

SHOWN = 20
MOST = 200


@dataclass(frozen=True, slots=True)
class Logs(Invocation):
    """`since`: seconds back from now; 0 for no limit."""

    target: str
    lines: int
    since: int
    verb: ClassVar[str] = "read the log of an app"
    confidential: ClassVar[bool] = True


@verb("logs")
@click.argument("target", metavar="TARGET")
@click.argument("lines", metavar="N", type=click.IntRange(min=1, max=MOST), default=SHOWN)
@click.option(
    "--since", metavar="10m", callback=duration, help="only what was printed in the last 10 minutes"
)
def logs(target: str, lines: int, since: int) -> Logs:
    """The last lines that the app printed, without secrets."""
    return Logs(target, lines, since)
