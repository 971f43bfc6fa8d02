"""builds; build: show, rerun, cancel, start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import click

from commands.grammar.syntax import Family, Invocation, is_commit, verb
from deploy.core.errors import NotUnderstood

SHOWN = 10


@dataclass(frozen=True, slots=True)
class Builds(Invocation):
    count: int
    verb: ClassVar[str] = "see builds"


@dataclass(frozen=True, slots=True)
class ShowBuild(Invocation):
    """`which` is a commit's prefix, or a run's number or URL."""

    which: str
    verb: ClassVar[str] = "see builds"


@dataclass(frozen=True, slots=True)
class RerunBuild(Invocation):
    """`stop`: first cancel a run that GitHub still shows as running, as after its builder died."""

    which: tuple[str, ...]
    failed: bool
    stop: bool
    verb: ClassVar[str] = "run builds again"
    changes: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class CancelBuild(Invocation):
    which: str
    verb: ClassVar[str] = "cancel builds"
    changes: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class StartBuild(Invocation):
    no_cache: bool
    verb: ClassVar[str] = "start builds"
    changes: ClassVar[bool] = True


def _build(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    """A commit's prefix, or a run's number or URL on GitHub."""
    word = value.strip("<>")
    if is_commit(word) or word.isdecimal() or "/actions/runs/" in word:
        return word.lower() if is_commit(word) else word
    raise NotUnderstood(what=f"`{value}` is neither a commit (4 to 40 hex digits) nor a build's number.")


def _builds(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Several of them without duplicates."""
    return tuple(dict.fromkeys(_build(ctx, param, value) for value in values))


@verb("builds")
@click.argument("count", metavar="N", type=click.IntRange(min=1), default=SHOWN)
def builds(count: int) -> Builds:
    """The newest builds."""
    return Builds(count)


@verb("show")
@click.argument("which", metavar="SHA|RUN", callback=_build)
def show(which: str) -> ShowBuild:
    """One build: its jobs and steps, how long it will be, why it failed."""
    return ShowBuild(which)


@verb("rerun")
@click.argument("which", metavar="SHA|RUN…", nargs=-1, required=True, callback=_builds)
@click.option("--failed", is_flag=True, help="only the jobs that failed")
@click.option("--stop", is_flag=True, help="stop it first where it still shows as running")
def rerun(*, which: tuple[str, ...], failed: bool, stop: bool) -> RerunBuild:
    """Run builds again."""
    return RerunBuild(which, failed, stop)


@verb("cancel")
@click.argument("which", metavar="SHA|RUN", callback=_build)
def cancel(which: str) -> CancelBuild:
    """Stop a build."""
    return CancelBuild(which)


@verb("start")
@click.option("--no-cache", is_flag=True, help="build every layer anew; takes longer")
def start(*, no_cache: bool) -> StartBuild:
    """Build the head of the branch that is deployed from."""
    return StartBuild(no_cache)


build = Family(
    "build", "One build, and what can be done to it.", [show, rerun, cancel, start], default="show"
)
