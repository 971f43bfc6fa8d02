"""Answers that are too long for a message: a file, and a short text with its link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.slack import blocks
from deploy.core import errors
from deploy.core.log import logger

if TYPE_CHECKING:
    from bot.slack.answers import Way
    from bot.slack.speaker import Speaker
    from bot.words.format import Format
    from bot.words.registry import File, Text

SCOPE = (
    "fisk may not write files here: the whole needs the scope `files:write`. `fisk manifest` has it; paste it into"
    " the app's settings at Slack and install the app again."
)

log = logger()


async def filed(speaker: Speaker, way: Way, file: File, text: Text, fmt: Format) -> dict[str, Any]:
    """The answer with its file; where Slack does not take that, `text`.

    A file cannot be for one person's eyes in a channel: what they see alone goes into their direct messages.
    """
    where, thread = (way.channel, way.thread) if way.public else (way.user, "")
    try:
        link = await speaker.upload(where, file.name, file.title, file.text, thread=thread)
    except errors.MissingAbility:
        return blocks.message(f"{text[0]}\n{fmt.escape(SCOPE)}", text[1])
    except errors.SystemFailure as failure:
        log.warning("a file was not uploaded", name=file.name, code=failure.code)
        return blocks.message(*text)
    told = f"{fmt.escape(file.summary)} <{link}|{fmt.escape(file.name)}>"
    return blocks.message(told if way.public else f"{told}, in your direct messages with fisk.", text[1])
