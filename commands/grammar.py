"""One tree of commands for Slack and the terminal. Its callbacks only parse, into a frozen Invocation.

It imports nothing heavy, so that `fisk help` answers at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import TYPE_CHECKING, ClassVar

import click

from commands.typed import split
from deploy.errors import NotUnderstood

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DEFAULT_TARGET = "app"
_SHA = re.compile(r"[0-9a-fA-F]{4,40}")


@dataclass(frozen=True, slots=True)
class Invocation:
    """A line that the grammar knows, parsed. `changes` tells whether it needs the right to change things."""

    verb: ClassVar[str]
    changes: ClassVar[bool] = False


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
    def changes(self) -> bool:  # type: ignore[override]  # trying out changes nothing
        return not self.noop


@dataclass(frozen=True, slots=True)
class Rollback(Invocation):
    words: tuple[str, ...]
    reason: str
    verb: ClassVar[str] = "roll back"
    changes: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Lock(Invocation):
    target: str
    reason: str
    verb: ClassVar[str] = "lock"
    changes: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Unlock(Invocation):
    """With `force` the lock of an operation is taken away, once `sure` names that operation."""

    target: str
    force: bool
    sure: str
    verb: ClassVar[str] = "unlock"
    changes: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Locks(Invocation):
    verb: ClassVar[str] = "see locks"


@dataclass(frozen=True, slots=True)
class History(Invocation):
    words: tuple[str, ...]
    verb: ClassVar[str] = "see history"


@dataclass(frozen=True, slots=True)
class ShowOperation(Invocation):
    operation: str
    verb: ClassVar[str] = "see operations"


@dataclass(frozen=True, slots=True)
class Cancel(Invocation):
    operation: str
    verb: ClassVar[str] = "cancel"
    changes: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Help(Invocation):
    topic: str
    verb: ClassVar[str] = "read help"


# --- the tree


class _Tree(click.Group):
    """A group that names the nearest command where it does not know one."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0].lower() in self.commands:
            return super().resolve_command(ctx, [args[0].lower(), *args[1:]])
        near = get_close_matches(args[0].lower(), self.commands, n=1)
        guess = f" Did you mean `{near[0]}`?" if near else ""
        raise NotUnderstood(what=f"`{args[0]}` is not a command.{guess}")


def is_commit(word: str) -> bool:
    """Whether a word can be a commit's prefix."""
    return _SHA.fullmatch(word) is not None


def _commit(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    if value.lower() == "latest" or is_commit(value):
        return value.lower()
    raise NotUnderstood(what=f"`{value}` is not a commit: give 4 to 40 of its hex digits, or `latest`.")


def _operation(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    return value.lower()


@click.group(cls=_Tree, add_help_option=False, context_settings={"help_option_names": []})
def tree() -> None:
    """The commands of fisk."""


def _verb(name: str) -> Callable[[Callable[..., Invocation]], click.Command]:
    return tree.command(name, add_help_option=False)


@_verb("deploy")
@click.argument("sha", metavar="SHA|latest", callback=_commit)
@click.option("--to", metavar="TARGET", default=DEFAULT_TARGET, help="where to; by default `app`")
@click.option("--noop", is_flag=True, help="evaluate every gate and change nothing")
@click.option("--force", is_flag=True, help="pass the gates that may be passed, such as going back in time")
@click.option("--wait", is_flag=True, help="when its build is done and the target is free")
@click.option("--reason", default="", metavar="TEXT", help="why, for the record")
def _deploy(*, sha: str, to: str, noop: bool, force: bool, wait: bool, reason: str) -> Deploy:
    """Deploy a commit's image."""
    return Deploy(sha, to, noop, force, wait, reason)


@_verb("rollback")
@click.argument("words", nargs=-1, metavar="[TARGET] [SHA]")
@click.option("--reason", default="", metavar="TEXT", help="why, for the record")
def _rollback(words: tuple[str, ...], reason: str) -> Rollback:
    """Go back to the last release that was proven healthy, or to a named one."""
    return Rollback(_at_most(2, words), reason)


@tree.command("lock", add_help_option=False, context_settings={"ignore_unknown_options": True})
@click.argument("target")
@click.argument("reason", nargs=-1, required=True)
def _lock(target: str, reason: tuple[str, ...]) -> Lock:
    """Hold a target, so that nobody deploys to it."""
    return Lock(target, " ".join(reason))


@_verb("unlock")
@click.argument("target", default=DEFAULT_TARGET)
@click.option("--force", is_flag=True, help="take the lock away from an operation that cannot end")
@click.option("--sure", default="", metavar="ID", help="that operation's id")
def _unlock(*, target: str, force: bool, sure: str) -> Unlock:
    """Lift a hold."""
    return Unlock(target, force, sure.lower())


@_verb("locks")
def _locks() -> Locks:
    """Who holds what, since when, and why."""
    return Locks()


@_verb("history")
@click.argument("words", nargs=-1, metavar="[TARGET] [N]")
def _history(words: tuple[str, ...]) -> History:
    """What was done, by whom, with what outcome."""
    return History(_at_most(2, words))


@_verb("op")
@click.argument("operation", metavar="ID", callback=_operation)
def _op(operation: str) -> ShowOperation:
    """One operation, step by step."""
    return ShowOperation(operation)


@_verb("cancel")
@click.argument("operation", metavar="ID", callback=_operation)
def _cancel(operation: str) -> Cancel:
    """Stop an operation; what it changed is put back."""
    return Cancel(operation)


@_verb("help")
@click.argument("topic", default="", metavar="[COMMAND]")
def _help(topic: str) -> Help:
    """This list, or one command's options."""
    topic = topic.lower()
    if topic and topic not in tree.commands:
        raise NotUnderstood(what=f"There is no command `{topic}`.")
    return Help(topic)


def _at_most(count: int, words: tuple[str, ...]) -> tuple[str, ...]:
    if len(words) > count:
        raise NotUnderstood(what=f"`{words[count]}` is one word too many.")
    return words


# --- from text to an invocation


def parse(words: str | Sequence[str]) -> Invocation:
    """The Invocation that a line stands for. Raises errors.NotUnderstood where the grammar knows none."""
    return _line(words) if isinstance(words, str) else _words(list(words))


@lru_cache(maxsize=512)
def _line(text: str) -> Invocation:
    """A line stands for the same each time, and click takes longer over it than all the rest of an ack."""
    return _words(split(text))


def _words(args: list[str]) -> Invocation:
    if not args:
        return Help("")
    if {"--help", "-h"} & set(args):
        return _words(["help", *[arg for arg in args[:1] if not arg.startswith("-") and arg != "help"]])
    try:
        invocation = tree.main(args=args, prog_name="fisk", standalone_mode=False)
    except click.UsageError as error:
        raise NotUnderstood(what=_explain(error)) from None
    if not isinstance(invocation, Invocation):
        raise NotUnderstood(what="That is not a whole command.")
    return invocation


def _explain(error: click.UsageError) -> str:
    said = error.format_message().replace("'", "`").rstrip(".")
    said += "" if said.endswith("?") else "."
    command = error.ctx.command.name if error.ctx and error.ctx.parent else None
    return f"{said} Usage: `{usage(command)}`." if command else said


def usage(name: str) -> str:
    """A command's usage line, as in `deploy SHA|latest [--to TARGET] [--noop]`."""
    command = tree.commands[name]
    parts = [_shape(parameter) for parameter in command.params]
    return " ".join([name, *parts])


def _shape(parameter: click.Parameter) -> str:
    if isinstance(parameter, click.Option):
        value = "" if parameter.is_flag else f" {parameter.metavar}"
        return f"[{parameter.opts[0]}{value}]"
    shape = parameter.metavar or str(parameter.name).upper()
    return shape if parameter.required or shape.startswith("[") else f"[{shape}]"


@cache
def help_lines(topic: str = "") -> tuple[tuple[str, str], ...]:
    """Pairs of usage and explanation: all commands, or one command and its options."""
    if not topic:
        return tuple((usage(name), _summary(command)) for name, command in tree.commands.items())
    command = tree.commands[topic]
    options = [each for each in command.params if isinstance(each, click.Option)]
    return (usage(topic), _summary(command)), *((_shape(each)[1:-1], each.help or "") for each in options)


def _summary(command: click.Command) -> str:
    return (command.help or "").strip().splitlines()[0]
