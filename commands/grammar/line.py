"""The tree of all verbs, and the parser from a line to an Invocation."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

import click

from commands.grammar import (
    access,
    audit,
    buildkit,
    builds,
    deploys,
    doctor,
    env,
    history,
    incidents,
    locks,
    logs,
    memory,
    notices,
    releases,
    replicas,
    runner,
    stats,
    status,
)
from commands.grammar.groups import BY_NAME
from commands.grammar.meant import instead, meant, which_commit
from commands.grammar.spoken import spoken, verb_of
from commands.grammar.syntax import Family, Invocation, Tree, near, verb
from commands.grammar.typed import split, within
from deploy.core.actor import Offer
from deploy.core.errors import NotUnderstood
from deploy.core.values import dataclass
from deploy.core.visible import visible


def _topic_of(_ctx: click.Context, _param: click.Parameter, words: tuple[str, ...]) -> str:
    topic = " ".join(words).lower()
    if topic and topic not in BY_NAME:
        _known(topic)
    return topic


@verb("help", "read help")
@click.argument("topic", nargs=-1, metavar="[COMMAND]", callback=_topic_of)
@dataclass(frozen=True, slots=True)
class Help(Invocation):
    """This list, one command's options, or all of a group.

    `topic` is a verb as typed, such as `build rerun`, or a group's name; empty for the list of all.
    """

    topic: str


tree = Tree(
    "fisk",
    commands=[
        status.Status.command,
        status.Where.command,
        logs.Logs.command,
        builds.Builds.command,
        builds.build,
        runner.runner,
        buildkit.buildkit,
        deploys.Deploy.command,
        deploys.Skip.command,
        deploys.Rollback.command,
        releases.Promote.command,
        releases.Follow.command,
        env.env,
        locks.Lock.command,
        locks.Unlock.command,
        locks.Locks.command,
        history.History.command,
        history.ShowOperation.command,
        history.Cancel.command,
        history.Undo.command,
        audit.audit,
        memory.memory,
        incidents.Changes.command,
        incidents.Timeline.command,
        stats.Stats.command,
        doctor.Doctor.command,
        notices.Notify.command,
        replicas.Replicas.command,
        access.Approve.command,
        access.Reject.command,
        access.access,
        Help.command,
    ],
    add_help_option=False,
    no_args_is_help=False,
)


# --- from text to an invocation


def parse(words: str | Sequence[str]) -> Invocation:
    """Parse a line into an Invocation. Raises errors.NotUnderstood."""
    if isinstance(words, str):
        return _line(within(words))
    within(" ".join(words))
    return _said([visible(word) for word in words])


def again(line: str) -> Invocation:
    """Parse a line that fisk wrote, as on a button: its quotes and dashes need no normalising.

    Raises errors.NotUnderstood, as for a line of an older version.
    """
    try:
        return _words(shlex.split(visible(within(line))))
    except ValueError:
        raise NotUnderstood(what=f"`{line}` is not a whole line: a quote in it does not end.") from None


@lru_cache(maxsize=512)
def _line(text: str) -> Invocation:
    """Cached, since a line always parses the same and click takes longer than the rest of an ack."""
    return _said(split(text))


def _said(words: list[str]) -> Invocation:
    if unknown := _not_a_verb(words):
        raise unknown
    return _words(rewritten(words))


def _not_a_verb(words: list[str]) -> NotUnderstood | None:
    """What to say where a line begins with no verb; None where it does, or where one is misspelt."""
    first = rewritten(words)[0].lower() if words else ""
    if not first or first.startswith("-") or _named(first):
        return None
    lines = meant(words, tree.commands, _whole)
    if not lines:
        return None
    offers = tuple(Offer(line[0].upper() + line[1:], line) for line in lines if _only_looks(line))
    listed = " or ".join(f"`/fisk {line}`" for line in lines)
    return NotUnderstood(what=f"`{words[0]}` is not a command. Did you mean {listed}?", offers=offers)


def _whole(line: str) -> str:
    """A line in fisk's own words; empty where it is none."""
    try:
        plain = rewritten(shlex.split(line))
        _invocation(plain)  # nothing is explained, since that looks for a whole line in its turn
    except (ValueError, NotUnderstood, click.UsageError):
        return ""
    return shlex.join(plain)


def _only_looks(line: str) -> bool:
    return bool(_whole(line)) and not again(line).changes


def rewritten(words: list[str]) -> list[str]:
    """A line in fisk's own words, as far as only one thing can be meant."""
    if not words or {"--help", "-h"} & set(words):
        return words
    named = verb_of(words)
    for count in (2, 1):
        command = _named(topic := " ".join(named[:count]).lower())
        if command and not isinstance(command, click.Group):
            return [*named[:count], *spoken(topic, command, named[count:])]
    return named


def _words(args: list[str]) -> Invocation:
    try:
        return _invocation(args)
    except click.UsageError as error:
        raise NotUnderstood(what=_explain(error, args)) from None


def _invocation(args: list[str]) -> Invocation:
    """Raises click.UsageError and errors.NotUnderstood."""
    if not args:
        return Help("")
    if {"--help", "-h"} & set(args):
        return _invocation(["help", *_topic(args)])
    invocation = tree.main(args=args, prog_name="fisk", standalone_mode=False, token_normalize_func=str.lower)
    if not isinstance(invocation, Invocation):
        raise NotUnderstood(what="That is not a whole command.")
    return invocation


def _topic(args: Sequence[str]) -> list[str]:
    """The first words that name a command, as `build rerun` of `build rerun --help`; else the first word."""
    words = [arg for arg in args if not arg.startswith("-") and arg != "help"]
    named = [words[:count] for count in (2, 1) if _named(" ".join(words[:count]).lower())]
    return named[0] if named else words[:1]


def _explain(error: click.UsageError, args: Sequence[str]) -> str:
    if isinstance(error, click.NoSuchOption) and (line := _whole(shlex.join(instead(error, args)))):
        return f"No such option `{error.option_name}`. Did you mean `/fisk {line}`?"
    if (
        isinstance(error, click.MissingParameter)
        and error.ctx
        and error.ctx.command is deploys.Deploy.command
    ):
        return which_commit(error.ctx)
    explanation = error.format_message().replace("'", "`").rstrip(".")
    explanation += "" if explanation.endswith("?") else "."
    topic = error.ctx.command_path.removeprefix("fisk").strip() if error.ctx else ""
    return f"{explanation} Usage: `{usage(topic)}`." if topic else explanation


# --- help texts


def _named(topic: str) -> click.Command | None:
    command: click.Command | None = tree
    for word in topic.split():
        command = command.commands.get(word) if isinstance(command, click.Group) else None
    return command


def _known(topic: str) -> click.Command:
    if command := _named(topic):
        return command
    raise NotUnderstood(what=f"There is no command `{topic}`.{near(topic, tree.commands)}")


def usage(topic: str) -> str:
    """A command's usage line, as in `deploy SHA|latest [--to TARGET] [--noop]`."""
    command = _known(topic)
    if isinstance(command, Family):
        return f"{topic} {_choices(command)}".rstrip()
    return " ".join([_typed(topic), *(_shape(parameter) for parameter in _shown(command))])


def _typed(topic: str) -> str:
    """The name of a verb as typed: a family's default is the family's name alone."""
    name, _, last = topic.rpartition(" ")
    family = _named(name) if name else None
    return name if isinstance(family, Family) and family.default == last else topic


def _choices(family: Family) -> str:
    names = "|".join(name for name in family.commands if name != family.default)
    if not family.default or not names:
        return names
    default = " ".join(_shape(parameter) for parameter in _shown(family.commands[family.default]))
    return f"{default}|{names}" if default else f"[{names}]"


def _shown(command: click.Command) -> list[click.Parameter]:
    """The parameters without hidden ones, which only fisk's buttons use."""
    return [each for each in command.params if not getattr(each, "hidden", False)]


def _shape(parameter: click.Parameter) -> str:
    if isinstance(parameter, click.Option):
        value = "" if parameter.is_flag else f" {parameter.metavar}"
        return f"[{parameter.opts[0]}{value}]"
    shape = parameter.metavar or str(parameter.name).upper()
    return shape if parameter.required or shape.startswith("[") else f"[{shape}]"


def is_group(topic: str) -> bool:
    """Whether it is a group of verbs and none itself."""
    return topic in BY_NAME and _named(topic) is None


@cache
def help_lines(topic: str = "") -> tuple[tuple[str, str], ...]:
    """Pairs of usage and explanation: all commands, a group's, a family's, or one command and its options."""
    if is_group(topic):
        return tuple(_pair(name) for name in BY_NAME[topic].verbs)
    command = _known(topic)
    if isinstance(command, Family):
        return _pair(topic), *(_pair(f"{topic} {name}") for name in command.commands)
    if isinstance(command, Tree):
        return tuple(_pair(name) for name in command.commands)
    return _pair(topic), *_options(command)


def _pair(topic: str) -> tuple[str, str]:
    return usage(topic), (_known(topic).help or "").strip().splitlines()[0]


def _options(command: click.Command) -> Iterator[tuple[str, str]]:
    for each in _shown(command):
        if isinstance(each, click.Option):
            yield _shape(each)[1:-1], each.help or ""
