"""Usage lines with what they do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.words.format import Voice


def help_text(lines: tuple[tuple[str, str], ...], topic: str, voice: Voice) -> str:
    """`lines` are pairs of usage and explanation; those of a topic begin with its own."""
    prefix = "/fisk " if voice.slack else "fisk "
    if topic:
        (usage, summary), *options = lines
        rows = [f"`{voice.say(name)}`  {voice.say(what)}" for name, what in options]
        return "\n".join([f"`{prefix}{voice.say(usage)}`", voice.say(summary), *rows])
    rows = [f"`{prefix}{voice.say(usage)}`\n        {voice.say(summary)}" for usage, summary in lines]
    return "\n".join(rows)
