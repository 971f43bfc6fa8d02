"""env list, diff, copy, resume, undo."""

from __future__ import annotations

from dataclasses import dataclass

import click

from commands.grammar.syntax import Family, Invocation, lower, verb

_sure = click.option(
    "--sure", default="", metavar="MARK", callback=lower, help="the mark of the plan you saw"
)


@verb("list", "see variables")
@click.argument("app")
@dataclass(frozen=True, slots=True)
class EnvList(Invocation):
    """An application's variables: keys, flags, fingerprints."""

    app: str


@verb("diff", "see variables")
@click.argument("source", metavar="SRC")
@click.argument("target", metavar="DST")
@dataclass(frozen=True, slots=True)
class EnvDiff(Invocation):
    """How two applications' variables differ, without showing a value."""

    source: str
    target: str


@verb("copy", "copy variables")
@click.argument("source", metavar="SRC")
@click.argument("target", metavar="DST")
@click.option("--noop", is_flag=True, help="show the plan and change nothing")
@click.option("--overwrite", is_flag=True, help="also what DST has with another value or other flags")
@click.option("--mirror", is_flag=True, help="remove what only DST has")
@click.option("--only", multiple=True, metavar="GLOB", help="only keys that fit, such as 'SMTP_*'")
@click.option("--except", "but", multiple=True, metavar="GLOB", help="no keys that fit")
@click.option("--redeploy", is_flag=True, help="deploy DST afterwards, so that they take effect")
@_sure
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

    @property
    def changes(self) -> bool:  # type: ignore[override]  # a dry run changes nothing
        return not self.noop


@verb("resume", "copy variables", changes=True)
@click.argument("operation", metavar="ID", callback=lower)
@_sure
@dataclass(frozen=True, slots=True)
class EnvResume(Invocation):
    """Go on with a copy that stopped half way."""

    operation: str
    sure: str = ""


@verb("undo", "put variables back", changes=True)
@click.argument("operation", metavar="ID", callback=lower)
@_sure
@dataclass(frozen=True, slots=True)
class EnvUndo(Invocation):
    """Put an application's variables back as they were before a copy."""

    operation: str
    sure: str = ""


env = Family(
    "env",
    "Environment variables of Coolify's applications.",
    [EnvList, EnvDiff, EnvCopy, EnvResume, EnvUndo],
)
