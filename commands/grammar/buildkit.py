"""buildkit: status, logs, restart, recreate, prune."""

from __future__ import annotations

import click

from commands.grammar.syntax import Family, Invocation, break_glass, verb
from deploy.core.errors import NotUnderstood
from deploy.core.units import parse_size
from deploy.core.values import dataclass

SHOWN = 20
MOST = 200

# when the confirmation was requested, in seconds since the epoch; sent by its button, while people type --force
_asked = click.option("--asked", type=int, default=0, hidden=True)


def _bytes(_ctx: click.Context, _param: click.Parameter, value: str) -> int:
    try:
        return parse_size(value)
    except ValueError:
        raise NotUnderstood(what=f"`{value}` is no size: give it as in `20GB`.") from None


@verb("status", "see BuildKit")
@dataclass(frozen=True, slots=True)
class BuildKitStatus(Invocation):
    """Its container, its port, its workers, and the builds that run on it."""


@verb("logs", "see BuildKit's log", "details")
@click.argument("lines", metavar="N", type=click.IntRange(min=1, max=MOST), default=SHOWN)
@dataclass(frozen=True, slots=True)
class BuildKitLogs(Invocation):
    """The last lines of its log."""

    lines: int


@verb("restart", "restart BuildKit", "buildkit")
@click.option("--force", is_flag=True, help="even while builds run on it; they die")
@click.option("--when-idle", is_flag=True, help="once no build runs on it")
@_asked
@dataclass(frozen=True, slots=True)
class RestartBuildKit(Invocation):
    """Restart BuildKit, and wait until it answers."""

    force: bool
    when_idle: bool
    asked: int


@verb("recreate", "recreate BuildKit", "buildkit")
@click.option("--force", is_flag=True, help="even while builds run on it; they die")
@_asked
@break_glass
@dataclass(frozen=True, slots=True)
class RecreateBuildKit(Invocation):
    """Make BuildKit's container anew, as the platform defines it."""

    force: bool
    asked: int
    break_glass: str = ""


@verb("prune", "prune BuildKit's cache", "buildkit")
@click.option("--keep", metavar="SIZE", default="20GB", callback=_bytes, help="how much of it stays (20GB)")
@click.option("--force", is_flag=True, help="without asking, and even while builds run")
@click.option("--when-idle", is_flag=True, help="once no build runs on it")
@_asked
@dataclass(frozen=True, slots=True)
class PruneBuildKit(Invocation):
    """Throw away what BuildKit caches and no build uses."""

    keep: int
    force: bool
    when_idle: bool
    asked: int


buildkit = Family(
    "buildkit",
    "BuildKit, on which the images are built.",
    [BuildKitStatus, RestartBuildKit, RecreateBuildKit, PruneBuildKit, BuildKitLogs],
    default="status",
)
