"""logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commands.grammar.syntax import DEFAULT_TARGET, Invocation, duration, verb
from deploy.core.operation_id import ID
from deploy.core.values import dataclass

if TYPE_CHECKING:
    from deploy.core.permissions import Permission

SHOWN = 20
MOST = 200


@verb("logs", "read the log of an app", "details")
@click.argument("target", metavar="TARGET|OPERATION", default=DEFAULT_TARGET)
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
    """The last lines that the app printed, without secrets; of a deploy, by its id, Coolify's log of it.

    `since`: seconds back from now; 0 for no limit. `deployment`: of Coolify's; empty for what runs.
    """

    target: str
    lines: int
    since: int
    deployment: str = ""

    @property
    def operation(self) -> bool:
        """Whether it names an operation, unless a target is called so."""
        return bool(ID.fullmatch(self.target.lower()))

    @property
    def reads(self) -> Permission | None:
        """What Coolify wrote takes no more than to look; what an app printed is judged where it is read."""
        return "look" if self.operation else None

    @property
    def confidential(self) -> bool:
        return True

    def __post_init__(self) -> None:
        if self.since and self.deployment:
            raise click.UsageError("--since and --of do not go together: Coolify keeps no times there")
