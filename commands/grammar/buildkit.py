"""buildkit: status, logs, restart, recreate, prune; runner restart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import click

from commands.grammar.syntax import Family, Invocation, verb
from deploy.core.errors import NotUnderstood
from deploy.core.units import parse_size

SHOWN = 20
MOST = 200


@dataclass(frozen=True, slots=True)
class BuildKitStatus(Invocation):
    verb: ClassVar[str] = "see BuildKit"


@dataclass(frozen=True, slots=True)
class BuildKitLogs(Invocation):
    lines: int
    verb: ClassVar[str] = "see BuildKit's log"


@dataclass(frozen=True, slots=True)
class RestartBuildKit(Invocation):
    """`asked`: when the confirmation was requested, in seconds since the epoch; 0 where none was."""

    force: bool
    when_idle: bool
    asked: int
    verb: ClassVar[str] = "restart BuildKit"
    changes: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class RecreateBuildKit(Invocation):
    """`asked` as with a restart."""

    force: bool
    asked: int
    verb: ClassVar[str] = "recreate BuildKit"
    changes: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class PruneBuildKit(Invocation):
    """`keep`: bytes; `asked` as with a restart."""

    keep: int
    force: bool
    when_idle: bool
    asked: int
    verb: ClassVar[str] = "prune BuildKit's cache"
    changes: ClassVar[bool] = True


@verb("status")
def status() -> BuildKitStatus:
    """Its container, its port, its workers, and the builds that run on it."""
    return BuildKitStatus()


@verb("logs")
@click.argument("lines", metavar="N", type=click.IntRange(min=1, max=MOST), default=SHOWN)
def logs(lines: int) -> BuildKitLogs:
    """The last lines of its log."""
    return BuildKitLogs(lines)


# sent by the button of a confirmation; people type --force
_asked = click.option("--asked", type=int, default=0, hidden=True)


@verb("restart")
@click.option("--force", is_flag=True, help="even while builds run on it; they die")
@click.option("--when-idle", is_flag=True, help="once no build runs on it")
@_asked
def restart(*, force: bool, when_idle: bool, asked: int) -> RestartBuildKit:
    """Restart BuildKit, and wait until it answers."""
    return RestartBuildKit(force, when_idle, asked)


@verb("recreate")
@click.option("--force", is_flag=True, help="even while builds run on it; they die")
@_asked
def recreate(*, force: bool, asked: int) -> RecreateBuildKit:
    """Make BuildKit's container anew, as the platform defines it."""
    return RecreateBuildKit(force, asked)


def _bytes(_ctx: click.Context, _param: click.Parameter, value: str) -> int:
    try:
        return parse_size(value)
    except ValueError:
        raise NotUnderstood(what=f"`{value}` is no size: give it as in `20GB`.") from None


@verb("prune")
@click.option("--keep", metavar="SIZE", default="20GB", callback=_bytes, help="how much of it stays (20GB)")
@click.option("--force", is_flag=True, help="without asking, and even while builds run")
@click.option("--when-idle", is_flag=True, help="once no build runs on it")
@_asked
def prune(*, keep: int, force: bool, when_idle: bool, asked: int) -> PruneBuildKit:
    """Throw away what BuildKit caches and no build uses."""
    return PruneBuildKit(keep, force, when_idle, asked)


buildkit = Family(
    "buildkit",
    "BuildKit, on which the images are built.",
    [status, restart, recreate, prune, logs],
    default="status",
)
