"""Files: an answer that is too long for a message, with a short text in its place, and pictures beside an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.slack import blocks
from deploy.core import errors
from deploy.core.ask import Unknown
from deploy.core.log import logger
from deploy.core.units import cut

if TYPE_CHECKING:
    from bot.pictures.png import Drawing
    from bot.slack.answers import Way
    from bot.slack.speaker import Speaker
    from bot.words.format import Format
    from bot.words.registry import File, Picture, Text

SCOPE = (
    "fisk may not write files here: the whole needs the scope `files:write`. `fisk manifest` has it; paste it into"
    " the app's settings at Slack and install the app again."
)

LONGEST_ALT = 1000  # characters, by Slack

log = logger()


async def filed(speaker: Speaker, way: Way, file: File, text: Text, fmt: Format) -> dict[str, Any]:
    """The answer with its file; where Slack does not take that, `text`.

    A file cannot be for one person's eyes in a channel: what they see alone goes into their direct messages.
    """
    where, thread = _place(way)
    try:
        link = await speaker.upload(where, file.name, file.title, file.text, thread=thread)
    except errors.MissingAbility:
        return blocks.message(f"{text[0]}\n{fmt.escape(SCOPE)}", text[1])
    except errors.SystemFailure as failure:
        log.warning("a file was not uploaded", name=file.name, code=failure.code)
        return blocks.message(*text)
    told = f"{fmt.escape(file.summary)} <{link}|{fmt.escape(file.name)}>"
    return blocks.message(told if way.public else f"{told}, in your direct messages with fisk.", text[1])


async def pictured(
    speaker: Speaker, drawing: Drawing, way: Way, picture: Picture, text: Text, fmt: Format
) -> dict[str, Any]:
    """The answer, below which is the way to its picture; where there is none, it says why, and stands alone."""
    drawn = await drawing.png(picture.chart)
    if isinstance(drawn, Unknown):
        told = fmt.escape(f"There is no picture of it: {drawn.why}")
    else:
        told = await _shown(speaker, way, picture, drawn, fmt)
    return blocks.message(f"{text[0]}\n{told}", text[1])


async def _shown(speaker: Speaker, way: Way, picture: Picture, drawn: bytes, fmt: Format) -> str:
    where, thread = _place(way)
    try:
        link = await speaker.upload(
            where, picture.name, picture.title, drawn, thread=thread, alt=cut(picture.alt, LONGEST_ALT)
        )
    except errors.MissingAbility:
        return fmt.escape(SCOPE)
    except errors.SystemFailure as failure:
        log.warning("a picture was not uploaded", name=picture.name, code=failure.code)
        return fmt.escape(f"There is no picture of it: {failure.failure.sentence}")
    told = f"As a picture: <{link}|{fmt.escape(picture.name)}>"
    return told if way.public else f"{told}, in your direct messages with fisk."


def _place(way: Way) -> tuple[str, str]:
    """The channel or the user, and the thread."""
    return (way.channel, way.thread) if way.public else (way.user, "")
