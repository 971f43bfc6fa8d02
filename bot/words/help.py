"""The text of `help`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands.grammar import is_group
from commands.grammar.groups import GROUPS

if TYPE_CHECKING:
    from bot.words.format import Format
    from commands.grammar.groups import Group

Rows = tuple[tuple[str, str], ...]


def help_text(lines: Rows, topic: str, fmt: Format) -> str:
    """`lines` are pairs of usage and explanation; a verb's begin with the verb itself."""
    if not topic:
        return overview(fmt)
    return _listed(lines, fmt) if is_group(topic) else _explained(lines, fmt)


def overview(fmt: Format) -> str:
    """All verbs by groups, as short as fits on a phone."""
    typed = fmt.addressed
    more = f"`{typed} help deploy` explains a command, `{typed} help night` all of a group."
    return "\n".join([*(_group(each, fmt) for each in GROUPS), more])


def _group(group: Group, fmt: Format) -> str:
    verbs = " · ".join(f"`{verb}`" if fmt.slack else verb for verb in group.verbs)
    return f"{fmt.bold(group.name)}  {verbs}" if fmt.slack else f"{group.name:8}{verbs}"


def _listed(lines: Rows, fmt: Format) -> str:
    rows = [
        f"`{fmt.addressed} {fmt.escape(usage)}`\n        {fmt.escape(summary)}" for usage, summary in lines
    ]
    return "\n".join(rows)


def _explained(lines: Rows, fmt: Format) -> str:
    (usage, summary), *options = lines
    rows = [f"`{fmt.escape(name)}`  {fmt.escape(what)}" for name, what in options]
    return "\n".join([f"`{fmt.addressed} {fmt.escape(usage)}`", fmt.escape(summary), *rows])
