"""promote."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from commands.grammar.deploys import reason, seen
from commands.grammar.syntax import (
    DEFAULT_TARGET,
    Invocation,
    break_glass,
    line_of,
    prefix,
    two_at_most,
    verb,
)

if TYPE_CHECKING:
    from deploy.core.permissions import Permission


def _if_given(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    return prefix(value) if value else ""


@verb("promote", "promote", "deploy")
@click.argument("words", nargs=-1, metavar="[TARGET] [TARGET]", callback=two_at_most)
@click.option("--noop", "-n", "--dry-run", is_flag=True, help="evaluate every gate and change nothing")
@click.option("--force", is_flag=True, help="pass the gates that may be passed, such as `after`")
@reason
@break_glass
@click.option("--of", default="", metavar="SHA", callback=_if_given, help="only if that commit runs there")
@seen
@dataclass(frozen=True, slots=True)
class Promote(Invocation):
    """Deploy to one target the very image that another one runs and was proven with.

    `words`: where from and where to; `of`: the commit that it must be.
    """

    words: tuple[str, ...]
    noop: bool
    force: bool
    reason: str
    break_glass: str = ""
    of: str = ""
    seen: str = ""

    @property
    def reads(self) -> Permission | None:
        return "look" if self.noop else None

    @property
    def to(self) -> str:
        """Where to."""
        return self.words[1] if len(self.words) > 1 else DEFAULT_TARGET

    @property
    def line(self) -> str:
        """The command as text, as for Deploy."""
        return line_of(self)
