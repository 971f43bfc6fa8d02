"""deploy, rollback."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import ClassVar

import click

from commands.grammar.syntax import DEFAULT_TARGET, Invocation, at_most, commit_or_latest, prefix, verb


@dataclass(frozen=True, slots=True)
class Deploy(Invocation):
    """`ref` is a commit's prefix or `latest`."""

    ref: str
    to: str
    noop: bool
    force: bool
    wait: bool
    reason: str
    verb: ClassVar[str] = "deploy"

    @property
    def changes(self) -> bool:  # type: ignore[override]  # a dry run changes nothing
        return not self.noop

    @property
    def line(self) -> str:
        """The command as text, which a shell and `again` parse back into the same value."""
        flags = {"--noop": self.noop, "--force": self.force, "--wait": self.wait}
        words = ["deploy", self.ref, "--to", self.to, *(flag for flag, on in flags.items() if on)]
        return shlex.join(words) + _why(self.reason)


@dataclass(frozen=True, slots=True)
class Rollback(Invocation):
    """`words`: a target, a commit's prefix, or both, in this order."""

    words: tuple[str, ...]
    reason: str
    force: bool = False
    verb: ClassVar[str] = "roll back"
    changes: ClassVar[bool] = True

    @property
    def line(self) -> str:
        """The command as text, as for Deploy."""
        return shlex.join(["rollback", *self.words, *(["--force"] if self.force else [])]) + _why(self.reason)


def _why(reason: str) -> str:
    """The reason as one word (`--reason=…`), so that one that begins with a dash is not parsed as an option."""
    return f" --reason={shlex.quote(reason)}" if reason else ""


@verb("deploy")
@click.argument("sha", metavar="SHA|latest", callback=commit_or_latest)
@click.option("--to", metavar="TARGET", default=DEFAULT_TARGET, help="where to; by default `app`")
@click.option("--noop", is_flag=True, help="evaluate every gate and change nothing")
@click.option("--force", is_flag=True, help="pass the gates that may be passed, such as going back in time")
@click.option("--wait", is_flag=True, help="when its build is done and the target is free")
@click.option("--reason", default="", metavar="TEXT", help="why, for the record")
def deploy(*, sha: str, to: str, noop: bool, force: bool, wait: bool, reason: str) -> Deploy:
    """Deploy a commit's image."""
    return Deploy(sha, to, noop, force, wait, reason)


@verb("rollback")
@click.argument("words", nargs=-1, metavar="[TARGET] [SHA]")
@click.option("--force", is_flag=True, help="past a deployment that hangs in Coolify, which is cancelled")
@click.option("--reason", default="", metavar="TEXT", help="why, for the record")
def rollback(*, words: tuple[str, ...], force: bool, reason: str) -> Rollback:
    """Go back to the last release that was proven healthy, or to a named one."""
    return Rollback((*at_most(2, words)[:1], *map(prefix, words[1:])), reason, force)
