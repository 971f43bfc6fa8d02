"""builds; build: show, rerun, cancel, start."""

from __future__ import annotations

import click

from commands.grammar.syntax import Family, Invocation, bare, is_commit, verb
from deploy.core.errors import NotUnderstood
from deploy.core.values import dataclass

SHOWN = 10


def _build(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    """A commit's prefix, or a run's number or URL on GitHub."""
    if is_commit(digits := bare(value)):
        return digits.lower()
    word = value.strip("<>")
    if word.isdecimal() or "/actions/runs/" in word:
        return word
    raise NotUnderstood(
        what=f"`{value}` is neither a commit (4 to 40 hex digits) nor a build's number: `/fisk builds` lists them."
    )


def _builds(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Several of them without duplicates."""
    return tuple(dict.fromkeys(_build(ctx, param, value) for value in values))


_of = click.option(
    "--of", metavar="TARGET", default="", help="of the repository that this target is built from"
)


@verb("builds", "see builds")
@click.argument("count", metavar="N", type=click.IntRange(min=1), default=SHOWN)
@_of
@dataclass(frozen=True, slots=True)
class Builds(Invocation):
    """The newest builds."""

    count: int
    of: str = ""


@verb("show", "see builds")
@click.argument("which", metavar="SHA|RUN", callback=_build)
@dataclass(frozen=True, slots=True)
class ShowBuild(Invocation):
    """One build: its jobs and steps, how long it will be, why it failed."""

    which: str


@verb("rerun", "run builds again", "builds")
@click.argument("which", metavar="SHA|RUN…", nargs=-1, required=True, callback=_builds)
@click.option("--failed", is_flag=True, help="only the jobs that failed")
@click.option("--stop", is_flag=True, help="stop it first where it still shows as running")
@dataclass(frozen=True, slots=True)
class RerunBuild(Invocation):
    """Run builds again.

    `stop`: first cancel a run that GitHub still shows as running, as after its builder died.
    """

    which: tuple[str, ...]
    failed: bool
    stop: bool


@verb("cancel", "cancel builds", "builds")
@click.argument("which", metavar="SHA|RUN", callback=_build)
@dataclass(frozen=True, slots=True)
class CancelBuild(Invocation):
    """Stop a build."""

    which: str


@verb("start", "start builds", "builds")
@click.option("--no-cache", is_flag=True, help="build every layer anew; takes longer")
@_of
@dataclass(frozen=True, slots=True)
class StartBuild(Invocation):
    """Build the head of the branch that is deployed from."""

    no_cache: bool
    of: str = ""


build = Family(
    "build",
    "One build, and what can be done to it.",
    [ShowBuild, RerunBuild, CancelBuild, StartBuild],
    default="show",
)
