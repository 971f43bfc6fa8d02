"""env list, diff, copy, resume, undo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import click

from commands.grammar.syntax import Family, Invocation, lower, verb


@dataclass(frozen=True, slots=True)
class EnvList(Invocation):
    app: str
    verb: ClassVar[str] = "see variables"


@dataclass(frozen=True, slots=True)
class EnvDiff(Invocation):
    source: str
    target: str
    verb: ClassVar[str] = "see variables"


@dataclass(frozen=True, slots=True)
class EnvCopy(Invocation):
    """`only` and `but` are globs over keys; `sure` is the digest of the plan that was confirmed."""

    source: str
    target: str
    noop: bool = False
    overwrite: bool = False
    mirror: bool = False
    only: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    redeploy: bool = False
    sure: str = ""
    verb: ClassVar[str] = "copy variables"

    @property
    def changes(self) -> bool:  # type: ignore[override]  # a dry run changes nothing
        return not self.noop


@dataclass(frozen=True, slots=True)
class EnvResume(Invocation):
    operation: str
    sure: str = ""
    verb: ClassVar[str] = "copy variables"
    changes: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class EnvUndo(Invocation):
    operation: str
    sure: str = ""
    verb: ClassVar[str] = "put variables back"
    changes: ClassVar[bool] = True


_sure = click.option(
    "--sure", default="", metavar="MARK", callback=lower, help="the mark of the plan you saw"
)


@verb("list")
@click.argument("app")
def list_(app: str) -> EnvList:
    """An application's variables: keys, flags, fingerprints."""
    return EnvList(app)


@verb("diff")
@click.argument("source", metavar="SRC")
@click.argument("target", metavar="DST")
def diff(source: str, target: str) -> EnvDiff:
    """How two applications' variables differ, without showing a value."""
    return EnvDiff(source, target)


@verb("copy")
@click.argument("source", metavar="SRC")
@click.argument("target", metavar="DST")
@click.option("--noop", is_flag=True, help="show the plan and change nothing")
@click.option("--overwrite", is_flag=True, help="also what DST has with another value or other flags")
@click.option("--mirror", is_flag=True, help="remove what only DST has")
@click.option("--only", multiple=True, metavar="GLOB", help="only keys that fit, such as 'SMTP_*'")
@click.option("--except", "but", multiple=True, metavar="GLOB", help="no keys that fit")
@click.option("--redeploy", is_flag=True, help="deploy DST afterwards, so that they take effect")
@_sure
def copy(
    *,
    source: str,
    target: str,
    noop: bool,
    overwrite: bool,
    mirror: bool,
    only: tuple[str, ...],
    but: tuple[str, ...],
    redeploy: bool,
    sure: str,
) -> EnvCopy:
    """Copy variables to another application: plan, ask, copy, read back."""
    return EnvCopy(source, target, noop, overwrite, mirror, only, but, redeploy, sure)


@verb("resume")
@click.argument("operation", metavar="ID", callback=lower)
@_sure
def resume(*, operation: str, sure: str) -> EnvResume:
    """Go on with a copy that stopped half way."""
    return EnvResume(operation, sure)


@verb("undo")
@click.argument("operation", metavar="ID", callback=lower)
@_sure
def undo(*, operation: str, sure: str) -> EnvUndo:
    """Put an application's variables back as they were before a copy."""
    return EnvUndo(operation, sure)


env = Family("env", "Environment variables of Coolify's applications.", [list_, diff, copy, resume, undo])
