"""logs."""

from __future__ import annotations

from dataclasses import dataclass

import click

from commands.grammar.syntax import DEFAULT_TARGET, Invocation, duration, verb

SHOWN = 20
MOST = 200


@verb("logs", "read the log of an app", "details")
@click.argument("target", metavar="TARGET", default=DEFAULT_TARGET)
@click.argument("lines", metavar="N", type=click.IntRange(min=1, max=MOST), default=SHOWN)
@click.option(
    "--since", metavar="10m", callback=duration, help="only what was printed in the last 10 minutes"
)
@click.option(
    "--of",
    "deployment",
    metavar="DEPLOYMENT",
    default="",
    help="what the container of a failed deployment printed, by Coolify",
)
@dataclass(frozen=True, slots=True)
class Logs(Invocation):
    """The last lines that the app printed, without secrets.

    `since`: seconds back from now; 0 for no limit. `deployment`: of Coolify's; empty for what runs.
    """

    target: str
    lines: int
    since: int
    deployment: str = ""

    def __post_init__(self) -> None:
        if self.since and self.deployment:
            raise click.UsageError("--since and --of do not go together: Coolify keeps no times there")
