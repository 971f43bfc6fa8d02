"""What every verb's grammar shares: the Invocation, and fisk's subclasses of click's classes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, ClassVar, TypeVar

import click

from commands.grammar.written import written
from deploy.core.errors import NotUnderstood
from deploy.core.permissions import READING, Permission, needed
from deploy.core.values import dataclass

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

DEFAULT_TARGET = "app"
LATEST = "latest"
SECONDS = {"m": 60, "h": 3600, "d": 86_400}
LONGEST = 90 * 86_400  # seconds; older operations may be forgotten
_DURATION = re.compile(r"(\d{1,4})([mhd])")
_SHA = re.compile(r"[0-9a-fA-F]{4,40}")
_DIGITS = re.compile(r"[0-9a-fA-F]+")
_PULL = re.compile(r"#[0-9]{1,9}")
_NAME = re.compile(
    r"(?!.*(?:\.\.|//|@\{|\.lock$))[\w@][\w./@+-]{0,199}(?<![./])", re.ASCII
)  # as git has them
_NEWEST = frozenset({"last", "newest", "new"})
_MARKS = ".,;:!?*_~`\"'()[]{}<>"
_BEFORE_DIGITS = re.compile(r"^(?:#|sha[-:]|commit[:/])", re.IGNORECASE)
# a page of GitHub's, as a browser has it or as Slack makes a link of it
_PAGE = re.compile(
    r"[<(*]?https?://[^/\s|>]+/[^/\s|>]+/[^/\s|>]+/"
    r"(?:(?:pull/\d+/)?commits?/(?P<sha>[0-9a-fA-F]+)|pull/(?P<pull>\d{1,9})|tree/(?P<tree>[^\s|>?#]+))"
    r"[^\s|>]*(?:\|[^<>]*)?[>).,;*]*"
)


@dataclass(frozen=True, slots=True)
class Invocation:
    """A parsed command. The class variables are set by `verb`; `command` is click's, which makes an Invocation."""

    verb: ClassVar[str]
    typed: ClassVar[str]
    right: ClassVar[Permission]
    command: ClassVar[click.Command]

    @property
    def needs(self) -> tuple[Permission, ...]:
        """The rights that it takes, its own first."""
        if self.reads:
            return (self.reads,)
        force, break_glass, deploys = (
            bool(getattr(self, name, False)) for name in ("force", "break_glass", "redeploy")
        )
        return needed(self.right, force=force, break_glass=break_glass, deploys=deploys)

    @property
    def reads(self) -> Permission | None:
        """The only right that it takes where, with these options, it changes nothing."""
        return None

    @property
    def about(self) -> tuple[str, ...] | None:
        """The names of what it is about, as typed; empty: no target; None: it shows later, and is judged then."""
        target = str(getattr(self, "to", "") or getattr(self, "target", ""))
        return (target,) if target else ()

    @property
    def changes(self) -> bool:
        return not READING.issuperset(self.needs)

    @property
    def confidential(self) -> bool:
        """Whether only whoever asked may see the answer, errors included."""
        return "details" in self.needs


Kind = TypeVar("Kind", bound=Invocation)


def line_of(asked: Invocation) -> str:
    """An Invocation as text, which a shell and `again` parse back into the same value."""
    values = {str(each.name): getattr(asked, str(each.name)) for each in asked.command.params}
    return written(asked.typed, asked.command, values)


class Word(click.types.StringParamType):
    """Any text; what a shell may offer for it is asked of the context's `obj`."""

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem[str]]:
        found: list[CompletionItem[str]] = ctx.obj(ctx, param, incomplete) if ctx.obj else []
        return found


class Tree(click.Group):
    """A group that suggests the nearest command for an unknown one."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0].lower() in self.commands:
            return super().resolve_command(ctx, [args[0].lower(), *args[1:]])
        of = f" of `{self.name}`" if ctx.parent else ""
        instead = near(args[0], self.commands) or self.otherwise
        raise NotUnderstood(what=f"`{args[0]}` is not a command{of}.{instead}")

    @property
    def otherwise(self) -> str:
        """What may be meant by a word that is like none of its verbs."""
        return ""


class Family(Tree):
    """A group of verbs, as in `build rerun`. Where none of them follows, `default` runs."""

    def __init__(
        self, name: str, summary: str, verbs: Sequence[type[Invocation]], *, default: str = ""
    ) -> None:
        commands = [each.command for each in verbs]
        for each in verbs:
            each.typed = f"{name} {each.typed}"
        super().__init__(name, commands=commands, help=summary, add_help_option=False, no_args_is_help=False)
        self.default = default

    @property
    def otherwise(self) -> str:
        return f" Did you mean `/fisk {self.name}`?" if self.default else ""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if self._falls_to_default(args) and (args or not ctx.resilient_parsing):
            args = [self.default, *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        """The verbs, and what the default takes first."""
        found = super().shell_complete(ctx, incomplete)
        default = self.commands.get(self.default)
        if default is None or incomplete.startswith("-"):
            return found
        return [
            *found,
            *(item for each in default.params[:1] for item in each.shell_complete(ctx, incomplete)),
        ]

    def _falls_to_default(self, args: list[str]) -> bool:
        if not self.default or (args and args[0].lower() in self.commands):
            return False
        return not args or bool(self.commands[self.default].params)


SIMILAR = 0.7  # of difflib's ratio; below it `app` is like `approve`, and `free` like `reject`


def near(word: str, words: Iterable[str]) -> str:
    """` Did you mean …?`, or an empty text where no word is similar."""
    found = get_close_matches(word.lower(), list(words), n=1, cutoff=SIMILAR)
    return f" Did you mean `{found[0]}`?" if found else ""


def verb(
    name: str, what: str, right: Permission = "look", *, any_option: bool = False
) -> Callable[[type[Kind]], type[Kind]]:
    """Make a verb of an Invocation, whose fields are the command's parameters; its docstring's first line is the help.

    Args:
        name: as typed.
        what: what whoever may not is told that they may not do.
        right: the right that it takes.
        any_option: whether a word with a dash that is no option of it is an ordinary word.
    """

    def register(kind: type[Kind]) -> type[Kind]:
        kind.verb, kind.typed, kind.right = what, name, right
        makes: Callable[..., Invocation] = kind
        settings = {"ignore_unknown_options": any_option}
        kind.command = click.command(name, add_help_option=False, context_settings=settings)(makes)
        for each in kind.command.params:
            each.type = Word() if each.type is click.STRING else each.type
        return kind

    return register


def bare(word: str) -> str:
    """What a pasted word names: without the page that it is on, marks around it, a hash or `sha-` before digits."""
    if found := _PAGE.fullmatch(word):
        return f"#{found['pull']}" if found["pull"] else (found["sha"] or found["tree"]).rstrip("/")
    plain = word.strip(_MARKS)
    digits = _BEFORE_DIGITS.sub("", plain)
    return digits if is_commit(digits) and not _PULL.fullmatch(plain) else plain


def is_commit(word: str) -> bool:
    """Whether a word can be a commit's prefix."""
    return _SHA.fullmatch(word) is not None


def prefix(word: str, *, otherwise: str = "") -> str:
    """A commit's prefix in lower case. Raises errors.NotUnderstood, which names the other accepted forms."""
    if is_commit(digits := bare(word)):
        return digits.lower()
    raise NotUnderstood(what=f"`{word}` is not a commit: give 4 to 40 of its hex digits{otherwise}.")


def commit(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    return prefix(value)


def is_digits(ref: str) -> bool:
    """Whether it says by itself which image is meant; a branch, a tag and a pull request do not."""
    return ref == LATEST or is_commit(ref)


def commit_or_name(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    """A commit's prefix, `latest`, `#123` for a pull request, or the name of a branch or tag."""
    ref = bare(value)
    if is_commit(ref) or ref.lower() == LATEST:
        return ref.lower()
    if ref.lower() in _NEWEST:
        raise NotUnderstood(what=f"`{value}` is no commit. Did you mean `/fisk deploy {LATEST}`?")
    if _PULL.fullmatch(ref) or (_NAME.fullmatch(ref) and not _DIGITS.fullmatch(ref)):
        return ref
    raise NotUnderstood(
        what=f"`{value}` is not a commit: give 4 to 40 of its hex digits, `{LATEST}`, a branch, a tag, or `#123`."
    )


def one_or_pairs(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> str:
    """One commit or name; or `TARGET=SHA` for each target of a group, with a blank between them."""
    words = [word for value in values for word in value.split()]
    if any("=" in word for word in words):
        return " ".join(map(_pair, words))
    if len(words) != 1:
        raise NotUnderstood(what=f"`{words[1] if words else ''}` is one word too many.")
    return commit_or_name(ctx, param, words[0])


def _pair(word: str) -> str:
    target, _, sha = word.partition("=")
    if not (target and sha):
        raise NotUnderstood(what=f"`{word}` is no `TARGET=SHA`, as in `app=3f2a1b9 workers=77aa001`.")
    return f"{target}={prefix(sha)}"


def is_duration(word: str) -> bool:
    """Whether it is written as one; it may be too long."""
    return _DURATION.fullmatch(word.lower()) is not None


def duration(_ctx: click.Context, _param: click.Parameter, value: str | None) -> int:
    """`30m`, `2h` or `3d` in seconds; 0 where none is given."""
    return 0 if value is None else seconds_of(value)


def seconds_of(value: str) -> int:
    """The seconds of `30m`, `2h` or `3d`. Raises errors.NotUnderstood."""
    found = _DURATION.fullmatch(value.lower())
    seconds = int(found[1]) * SECONDS[found[2]] if found else 0
    if 0 < seconds <= LONGEST:
        return seconds
    if seconds > LONGEST:
        raise NotUnderstood(what=f"`{value}` is too long: `{LONGEST // SECONDS['d']}d` is the most.")
    raise NotUnderstood(what=f"`{value}` is no duration: give one as `30m`, `2h` or `3d`, at most `90d`.")


def reason_given(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str:
    """The words, unchanged. Raises errors.NotUnderstood where they are blank."""
    if value is None:
        return ""
    if not value.strip():
        raise NotUnderstood(what="`--break-glass` wants the reason, which everybody will read.")
    return value.strip()


break_glass = click.option(
    "--break-glass",
    metavar="REASON",
    callback=reason_given,
    help="past approvals, freezes and holds; everybody concerned is told at once",
)


def lower(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    return value.lower()


def two_at_most(_ctx: click.Context, _param: click.Parameter, words: tuple[str, ...]) -> tuple[str, ...]:
    """The words, unchanged. Raises errors.NotUnderstood where there are more than two."""
    if len(words) > 2:  # noqa: PLR2004 (as the name says)
        raise NotUnderstood(what=f"`{words[2]}` is one word too many.")
    return words
