"""lock, unlock, locks."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, TypeVar

import click

from commands.grammar.syntax import DEFAULT_TARGET, Invocation, duration, lower, verb
from deploy.core.errors import NotUnderstood
from deploy.core.values import dataclass

if TYPE_CHECKING:
    from deploy.core.permissions import Permission

End = TypeVar("End", int, str)


def _sentence(_ctx: click.Context, _param: click.Parameter, words: tuple[str, ...]) -> str:
    return " ".join(words)


def _for(ctx: click.Context, param: click.Parameter, value: str | None) -> int:
    return _alone(ctx, param, duration(ctx, param, value))


def _alone(ctx: click.Context, _param: click.Parameter, value: End) -> End:
    """Click calls it for both options, in the order in which they were typed."""
    if value and any(ctx.params.get(name) for name in ("seconds", "until")):
        raise NotUnderstood(what="A hold ends after some time (`--for`) or at a time (`--until`), not both.")
    return value


@verb("lock", "lock", "locks", any_option=True)
@click.argument("target")
@click.argument("reason", nargs=-1, metavar="REASON", callback=_sentence)
@click.option("--for", "seconds", metavar="2h", callback=_for, help="it ends by itself after that time")
@click.option("--until", default="", metavar="07:00", callback=_alone, help="or then; also 2026-12-01T07:00")
@dataclass(frozen=True, slots=True)
class Lock(Invocation):
    """Hold a target, or `all`, so that nobody deploys to it.

    `reason`: empty: it is asked for. `seconds`: after which it ends; `until`: or when. Neither: never.
    """

    target: str
    reason: str
    seconds: int = 0
    until: str = ""

    @property
    def reads(self) -> Permission | None:
        return None if self.reason else "look"

    @property
    def line(self) -> str:
        """The same hold, without an end."""
        return shlex.join(["lock", self.target, self.reason])


@verb("unlock", "unlock", "locks")
@click.argument("target", default=DEFAULT_TARGET)
@click.option("--force", is_flag=True, help="take the lock away from an operation that cannot end")
@click.option("--sure", hidden=True, default="", metavar="ID", callback=lower, help="that operation's id")
@dataclass(frozen=True, slots=True)
class Unlock(Invocation):
    """Lift a hold.

    With `force` take away the lock of an operation, if `sure` is that operation's id.
    """

    target: str
    force: bool
    sure: str


@verb("locks", "see locks")
@dataclass(frozen=True, slots=True)
class Locks(Invocation):
    """Who holds what, since when, and why."""
