"""promote, follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commands.grammar.deploys import reason, seen
from commands.grammar.syntax import (
    DEFAULT_TARGET,
    Invocation,
    break_glass,
    line_of,
    near,
    prefix,
    two_at_most,
    verb,
)
from deploy.core.errors import NotUnderstood
from deploy.core.values import dataclass

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


ON_OFF = ("on", "off")


def _target_and_state(ctx: click.Context, param: click.Parameter, words: tuple[str, ...]) -> tuple[str, ...]:
    """A target alone, or with `on` or `off` behind it. Raises errors.NotUnderstood."""
    target, *state = two_at_most(ctx, param, words) or ("",)
    if target.lower() in ON_OFF:
        raise NotUnderstood(what=f"Which target? `/fisk follow TARGET {target.lower()}`.")
    if state and state[0].lower() not in ON_OFF:
        raise NotUnderstood(what=f"`{state[0]}` is not on or off.{near(state[0], ON_OFF)}")
    return (target, *map(str.lower, state)) if target else ()


@verb("follow", "switch following", "deploy")
@click.argument("words", nargs=-1, metavar="[TARGET] [on|off]", callback=_target_and_state)
@dataclass(frozen=True, slots=True)
class Follow(Invocation):
    """Which targets get each good build by themselves; switch it for one.

    `words`: a target, and `on` or `off`; none: all of them are shown.
    """

    words: tuple[str, ...]

    @property
    def target(self) -> str:
        """Empty: all of them."""
        return self.words[0] if self.words else ""

    @property
    def state(self) -> str:
        """`on` or `off`; empty: it is shown."""
        return self.words[1] if len(self.words) > 1 else ""

    @property
    def reads(self) -> Permission | None:
        return None if self.state else "look"
