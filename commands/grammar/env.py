"""env list, diff, copy, resume, undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commands.grammar.syntax import Family, Invocation, break_glass, lower, verb
from deploy.core.values import dataclass

if TYPE_CHECKING:
    from deploy.core.permissions import Permission

_sure = click.option(
    "--sure", hidden=True, default="", metavar="MARK", callback=lower, help="the mark of the plan you saw"
)


@verb("list", "see variables", "details")
@click.argument("app")
@dataclass(frozen=True, slots=True)
class EnvList(Invocation):
    """An application's variables: keys, flags, fingerprints."""

    app: str

    @property
    def about(self) -> None:
        return None


@verb("diff", "see variables", "details")
@click.argument("source", metavar="SRC")
@click.argument("target", metavar="DST")
@dataclass(frozen=True, slots=True)
class EnvDiff(Invocation):
    """How two applications' variables differ, without showing a value."""

    source: str
    target: str

    @property
    def about(self) -> None:
        return None


@verb("copy", "copy variables", "env")
@click.argument("source", metavar="SRC")
@click.argument("target", metavar="DST")
@click.option("--noop", "-n", "--dry-run", is_flag=True, help="show the plan and change nothing")
@click.option("--overwrite", is_flag=True, help="also what DST has with another value or other flags")
@click.option("--mirror", is_flag=True, help="remove what only DST has")
@click.option("--only", multiple=True, metavar="GLOB", help="only keys that fit, such as 'SMTP_*'")
@click.option("--except", "but", multiple=True, metavar="GLOB", help="no keys that fit")
@click.option("--redeploy", is_flag=True, help="deploy DST afterwards, so that they take effect")
@_sure
@break_glass
@dataclass(frozen=True, slots=True)
class EnvCopy(Invocation):
    """Copy variables to another application: plan, ask, copy, read back.

    `only` and `but` are globs over keys; `sure` is the digest of the plan that was confirmed.
    """

    source: str
    target: str
    noop: bool = False
    overwrite: bool = False
    mirror: bool = False
    only: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    redeploy: bool = False
    sure: str = ""
    break_glass: str = ""

    @property
    def reads(self) -> Permission | None:
        return "details" if self.noop else None

    @property
    def about(self) -> None:
        return None


@verb("resume", "copy variables", "env")
@click.argument("operation", metavar="ID", callback=lower)
@_sure
@dataclass(frozen=True, slots=True)
class EnvResume(Invocation):
    """Go on with a copy that stopped half way."""

    operation: str
    sure: str = ""

    @property
    def about(self) -> None:
        return None


@verb("undo", "put variables back", "env")
@click.argument("operation", metavar="ID", callback=lower)
@_sure
@break_glass
@dataclass(frozen=True, slots=True)
class EnvUndo(Invocation):
    """Put an application's variables back as they were before a copy."""

    operation: str
    sure: str = ""
    break_glass: str = ""

    @property
    def about(self) -> None:
        return None


env = Family(
    "env",
    "Environment variables of Coolify's applications.",
    [EnvList, EnvDiff, EnvCopy, EnvResume, EnvUndo],
)
