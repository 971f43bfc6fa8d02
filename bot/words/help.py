"""The text of `help`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.words.format import Format


def help_text(lines: tuple[tuple[str, str], ...], topic: str, fmt: Format) -> str:
    """`lines` are pairs of usage and explanation; a topic's begin with the topic itself."""
    prefix = f"{fmt.addressed} "
    if topic:
        (usage, summary), *options = lines
        rows = [f"`{fmt.escape(name)}`  {fmt.escape(what)}" for name, what in options]
        return "\n".join([f"`{prefix}{fmt.escape(usage)}`", fmt.escape(summary), *rows])
    rows = [f"`{prefix}{fmt.escape(usage)}`\n        {fmt.escape(summary)}" for usage, summary in lines]
    return "\n".join(rows)
