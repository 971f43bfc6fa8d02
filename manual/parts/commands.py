"""Every command: its forms, options and examples, and who may, from the grammar; the examples are the guide's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from bot.cli.main import TERMINAL_ONLY
from commands.dispatch import COMMANDS
from commands.grammar import parse
from commands.grammar.groups import GROUPS, Group
from commands.grammar.line import help_lines
from manual.project import DOCS

if TYPE_CHECKING:
    from commands.grammar.syntax import Invocation

TYPED = re.compile(
    r"^ {4}(?:/|\$ )fisk (?P<line>.+?)(?:  .*)?$", re.MULTILINE
)  # two spaces begin an explanation
MENTION = re.compile(r"@\w+")
MOST = 4  # examples of one verb
KINDS = {kind.typed: kind for kind in COMMANDS}  # by what is typed
HEAD = re.compile(r"^[a-z ]+(?=\s\S*[^a-z\s]|$)")  # of a usage line, what is typed as it stands
EVERYBODY = "every member of the workspace"


def listed() -> str:
    return "\n\n".join([*(text for group in GROUPS for text in _group(group)), _only_at_a_terminal()])


def _group(group: Group) -> Iterator[str]:
    yield f"## {group.name}: {group.about}"
    for verb in group.verbs:
        yield from map(_command, topics(verb))


def _only_at_a_terminal() -> str:
    lines = (f"- `fisk {verb}`: {what}" for verb, what in TERMINAL_ONLY.items())
    return "\n".join(["## Only in a terminal", "", *lines])


def topics(verb: str) -> Iterator[str]:
    """The verb, or those of a family, as `build rerun`."""
    yield from (topic for topic in KINDS if topic == verb or topic.startswith(f"{verb} "))


def _command(topic: str) -> str:
    (usage, summary), *options = help_lines(topic)
    kind = KINDS[topic]
    listed = "\n".join(f"- `{shape}`: {what}" for shape, what in options)
    parts = [
        f"### {HEAD.findall(usage)[0]}",
        f"    {usage}",
        f"{summary} {_who(kind)}",
        listed,
        _examples(kind),
    ]
    return "\n\n".join(filter(None, parts))


def _who(kind: type[Invocation]) -> str:
    roles = f"roles with [`{kind.right}`](../guide/access.md)"
    return f"For {EVERYBODY if kind.right == 'look' else roles}."


def _examples(kind: type[Invocation]) -> str:
    shown = [
        f"`/fisk {line}` ([{_title(page)}](../{page}))" for line, page in examples().get(kind, {}).items()
    ]
    return f"For example {', '.join(shown[:MOST])}" if shown else ""


def _title(page: str) -> str:
    return (DOCS / page).read_text().partition("\n")[0].lstrip("# ").partition(":")[0]


@cache
def examples() -> dict[type[Invocation], dict[str, str]]:
    """The lines that the pages type, each with its page; by what they become."""
    found: dict[type[Invocation], dict[str, str]] = {}
    for page, line in typed():
        found.setdefault(type(parse(as_sent(line))), {}).setdefault(line, page)
    return found


def as_sent(line: str) -> str:
    """What Slack makes of a line: an id in place of a name."""
    return MENTION.sub("<@U0IVO0001>", line)


def typed() -> Iterator[tuple[str, str]]:
    """Each line of the grammar that a page shows typed, with its page below docs/."""
    for path in sorted(DOCS.rglob("*.md")):
        for found in TYPED.finditer(path.read_text()):
            if found["line"].split()[0] not in TERMINAL_ONLY:
                yield path.relative_to(DOCS).as_posix(), found["line"]
