"""What a shell offers while a line of fisk's is typed: by the grammar, and by what was learned of this installation.

The learning (bot/cli/learning.py) is a process of its own: a shell that completes waits for it a second at most, and
nothing that goes wrong there is seen.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import click
from click.shell_completion import CompletionItem, ShellComplete, get_completion_class

from bot.app.places import PROJECT, places
from bot.cli.main import COMPLETING, CONFIG, FLAGS, LEARN, TERMINAL_ONLY, put
from commands import grammar
from commands.grammar.groups import BY_NAME
from commands.grammar.syntax import Tree
from deploy.core.errors import NotUnderstood

SHELLS = ("bash", "zsh", "fish")
WAITS = 1.0  # seconds that a shell waits for what was not learned yet, or long ago
NEW, OLD = 5.0, 60.0  # seconds: what is younger is not asked for again; what is older is waited for

# Where a noun of a usage line comes from; of some verbs from elsewhere.
SOURCES = {
    "TARGET": "targets",
    "SRC": "apps",
    "DST": "apps",
    "APP": "apps",
    "SHA": "builds",
    "ID": "operations",
    "OPERATION": "operations",
    "COMMAND": "commands",
}
OF_VERBS = {
    ("deploy", "SHA"): "built",
    ("deploy", "TARGET"): "places",
    ("rollback", "SHA"): "releases",
    **{(verb, "ID"): "under_way" for verb in ("cancel", "skip", "approve", "reject")},
}
LITERAL = re.compile(r"[a-z]{2,}")

Known = dict[str, list[list[str]]]  # by source, each a word and what it is


def script(shell: str) -> str:
    """What a shell runs to learn of it. Raises errors.NotUnderstood."""
    if shell not in SHELLS:
        raise NotUnderstood(what="Which shell? `fisk completion bash`, `zsh` or `fish` prints what it runs.")
    return _completing(shell).source()


def answer(instruction: str) -> int:
    """Answer a shell, which says in its environment what is typed; the exit status is always 0."""
    shell, _, _ = instruction.partition("_")
    with suppress(Exception):
        put(sys.stdout, f"{_completing(shell).complete()}\n")
    return 0


def _completing(shell: str) -> ShellComplete:
    found = get_completion_class(shell)
    if found is None:
        raise ValueError(shell)
    return _made(found)(_root(), {"obj": _offered}, "fisk", COMPLETING)


def _made(kind: type[ShellComplete]) -> type[ShellComplete]:
    """A shell's class that knows of options that may stand anywhere in a line."""

    class Completing(kind):  # type: ignore[valid-type,misc]
        def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[str]]:
            if args == [CONFIG]:
                return [CompletionItem(incomplete, type="file")]
            place = 2 if args[:1] == [CONFIG] else 0
            words = [word for word in args[place:] if word not in FLAGS]
            found: list[CompletionItem[str]] = super().get_completions(words, incomplete)
            return [*found, *_flags(args, incomplete)]

    return Completing


def _flags(args: list[str], incomplete: str) -> Iterator[CompletionItem[str]]:
    left = {*FLAGS, *(() if args else (CONFIG, "--version"))} - set(args)
    if incomplete.startswith("-"):
        yield from (CompletionItem(flag) for flag in sorted(left) if flag.startswith(incomplete))


def _root() -> Tree:
    """The grammar, with the terminal's own commands."""
    own = [click.Command(name, help=summary) for name, summary in TERMINAL_ONLY.items()]
    for command in own:
        if command.name == "completion":
            command.params.append(click.Argument(["shell"], type=click.Choice(SHELLS)))
    commands = [*grammar.tree.commands.values(), *own]
    return Tree("fisk", commands=commands, add_help_option=False, no_args_is_help=False)


def _offered(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """What a parameter can be, by its nouns in the usage line."""
    known: Known = {}
    found: list[CompletionItem[str]] = []
    for noun in nouns(parameter):
        source = OF_VERBS.get((str(ctx.command.name), noun)) or SOURCES.get(noun)
        if LITERAL.fullmatch(noun):
            found.append(CompletionItem(noun))
        elif source == "commands":
            found += [CompletionItem(name) for name in (*grammar.tree.commands, *BY_NAME)]
        elif source:
            known = known or learned()
            found += [CompletionItem(word, help=what or None) for word, what in known.get(source, [])]
    by_value = {item.value: item for item in reversed(found) if item.value.startswith(incomplete)}
    return list(reversed(by_value.values()))


def nouns(parameter: click.Parameter) -> list[str]:
    """`SHA` and `latest` of `SHA|latest`."""
    shape = parameter.metavar or str(parameter.name).upper()
    return [noun for noun in re.split(r"[\[\]|\s…]+", shape) if noun]


# --- what was learned


def learned() -> Known:
    """What this installation has, as it was a moment ago."""
    file = kept()
    age = _age(file)
    if age > NEW:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.touch(0o600)  # the next shell need not wait, whatever comes of this
        _learn(WAITS if age > OLD else 0)
    return read(file)


def kept() -> Path:
    """The file with it, which is the user's own: one for each place of settings."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    name = hashlib.sha256(str(places().structure).encode()).hexdigest()[:16]
    return folder / "fisk" / f"{name}.json"


def read(file: Path) -> Known:
    try:
        known: Known = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return known


def _age(file: Path) -> float:
    try:
        return time.time() - file.stat().st_mtime
    except OSError:
        return float("inf")


def _learn(seconds: float) -> None:
    """Begin to learn, and wait so long at most; it goes on without the shell."""
    path = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH", "")]))
    environment = {**os.environ, COMPLETING: LEARN, "PYTHONPATH": path}
    nowhere = subprocess.DEVNULL
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", "bot"],
        env=environment,
        stdin=nowhere,
        stdout=nowhere,
        stderr=nowhere,
        start_new_session=True,
    )
    with suppress(subprocess.TimeoutExpired):
        child.wait(seconds)
