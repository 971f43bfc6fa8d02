"""deploy, skip, rollback."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commands.grammar.syntax import (
    DEFAULT_TARGET,
    Invocation,
    break_glass,
    is_commit,
    line_of,
    lower,
    one_or_pairs,
    prefix,
    seconds_of,
    two_at_most,
    verb,
)
from deploy.core.errors import NotUnderstood
from deploy.core.values import dataclass

if TYPE_CHECKING:
    from deploy.core.permissions import Permission

# the commit that the target ran when a button was drawn; sent by the button
seen = click.option("--when-ran", "seen", default="", hidden=True, callback=lower)
reason = click.option("--reason", default="", metavar="TEXT", help="why, for the record")


def _target_and_commit(ctx: click.Context, param: click.Parameter, words: tuple[str, ...]) -> tuple[str, ...]:
    return (*two_at_most(ctx, param, words)[:1], *map(prefix, words[1:]))


def _when(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """Click calls it for both options, in the order in which they were typed."""
    if value and any(ctx.params.get(name) for name in ("at", "after")):
        raise NotUnderstood(what="A deploy waits until a time (`--at`) or for some time (`--in`), not both.")
    if value and param.name == "after":
        seconds_of(value)
    return value.lower() if param.name == "after" else value


@verb("deploy", "deploy", "deploy")
@click.argument("ref", metavar="SHA|latest|BRANCH|#PR", nargs=-1, required=True, callback=one_or_pairs)
@click.option(
    "--to", metavar="TARGET", default=DEFAULT_TARGET, help="where to, a target or a group; by default `app`"
)
@click.option("--noop", "-n", "--dry-run", is_flag=True, help="evaluate every gate and change nothing")
@click.option("--force", is_flag=True, help="pass the gates that may be passed, such as going back in time")
@click.option("--wait", is_flag=True, help="in line: when its build is done and its turn has come")
@click.option("--newest", is_flag=True, help="wait in line, and let a newer one that waits go in its place")
@click.option(
    "--at",
    default="",
    metavar="07:00",
    callback=_when,
    help='at that time; also "Mon 07:00" or 2026-12-01T07:00',
)
@click.option("--in", "after", default="", metavar="30m", callback=_when, help="after that time")
@reason
@break_glass
@seen
@dataclass(frozen=True, slots=True)
class Deploy(Invocation):
    """Deploy a commit's image.

    `ref` is a commit's prefix or `latest`; or a branch, a tag, or `#123`, which first become one; for a group also
    `TARGET=SHA` for each of its targets. `at` and `after` are as typed.
    """

    ref: str
    to: str
    noop: bool
    force: bool
    wait: bool
    reason: str
    break_glass: str = ""
    seen: str = ""
    newest: bool = False
    at: str = ""
    after: str = ""

    @property
    def reads(self) -> Permission | None:
        return "look" if self.noop else None

    @property
    def pairs(self) -> dict[str, str]:
        """The commits by target, where each is named."""
        return dict(word.split("=", 1) for word in self.ref.split()) if "=" in self.ref else {}

    @property
    def waits(self) -> bool:
        """Whether it waits in line."""
        return self.wait or self.newest

    @property
    def when(self) -> str:
        """When it is to begin, for a question: ` at 07:00`; empty where at once."""
        return f" at {self.at}" if self.at else f" in {self.after}" if self.after else ""

    @property
    def line(self) -> str:
        """The command as text, which a shell and `again` parse back into the same value."""
        return line_of(self)


@verb("skip", "let a newer one go first")
@click.argument("operation", metavar="ID", callback=lower)
@dataclass(frozen=True, slots=True)
class Skip(Invocation):
    """A deploy that waits in line lets a newer one that waits go in its place.

    `operation`: the id of the one that waits.
    """

    operation: str

    @property
    def changes(self) -> bool:
        """Who may is a question of whose it is and what it touches: it is judged there."""
        return True


@verb("rollback", "roll back", "rollback")
@click.argument("words", nargs=-1, metavar="[TARGET] [SHA]", callback=_target_and_commit)
@click.option(
    "--force", is_flag=True, help="pass the gates that may be passed; what hangs in Coolify is cancelled"
)
@reason
@break_glass
@seen
@dataclass(frozen=True, slots=True)
class Rollback(Invocation):
    """Go back to the last release that was proven healthy, or to a named one.

    `words`: a target, a commit's prefix, or both, in this order.
    """

    words: tuple[str, ...]
    reason: str
    force: bool = False
    break_glass: str = ""
    seen: str = ""

    @property
    def about(self) -> tuple[str, ...]:
        only_a_commit = len(self.words) == 1 and is_commit(self.words[0])
        return self.words[:1] if self.words and not only_a_commit else (DEFAULT_TARGET,)

    @property
    def line(self) -> str:
        """The command as text, as for Deploy."""
        return line_of(self)
