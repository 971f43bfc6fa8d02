"""Texts of `memory` and `memory accept`, and of what is told by itself of a memory that lost something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.words.registry import Text, reply_text
from commands.memory import Accepted, MemoryShown
from deploy.core.model import Dialog, Offer
from deploy.core.units import plural

if TYPE_CHECKING:
    from bot.words.format import Format
    from deploy.engine.recovery import Emptied, Found, Stopped
    from deploy.redis.servers import View

ACCEPT = Offer(
    "Accept it",
    "memory accept",
    danger=True,
    asks=Dialog(
        "fisk's memory was emptied, or is another one than before. Accept it? Holds and locks of before are gone, and"
        " what really runs was not looked at.",
        "Accept the memory",
        "Begin nothing yet",
    ),
)
LOST = (
    "Nothing begins until somebody who may says `{accept}`. What was held, under way or proven before is not known any"
    " more: look at what really runs first."
)


@reply_text.register(MemoryShown)
def _shown(reply: MemoryShown, fmt: Format) -> Text:
    first = f"fisk remembers in {reply.where}. {_servers(reply.view)}"
    lines = [fmt.escape(line) for line in (first, *(each[:1].upper() + each[1:] for each in reply.lacks))]
    if not reply.emptied:
        return "\n".join(lines), ()
    return "\n".join([*lines, "It was emptied, or is another one than before.", _lost(fmt)]), (ACCEPT,)


def _servers(view: View) -> str:
    if view.alone:
        return "No replica follows it, so what it takes counts at once."
    follow = f"{plural(view.online, 'replica')} follow{'s' if view.online == 1 else ''} its master"
    if view.online < view.wanted:
        return f"Only {follow}, and {view.wanted} could take over, so nothing begins."
    return f"{follow}; a write counts once {view.wanted} of them {'has' if view.wanted == 1 else 'have'} it."


@reply_text.register(Accepted)
def _accepted(reply: Accepted, fmt: Format) -> Text:
    where = fmt.escape(reply.where)
    goes_on = f"{fmt.person(reply.by)} lets fisk go on with its memory in {where} as it is"
    return f"{goes_on}. Holds and locks of before are gone.", ()


def emptied(news: Emptied, fmt: Format) -> tuple[str, tuple[Offer, ...]]:
    """What the channels hear when a replica finds the memory emptied."""
    lines = ["*fisk's memory was emptied, or is another one than before.*", _lost(fmt)]
    lines += [_stopped(each, fmt) for each in news.stopped]
    return "\n".join(lines), (Offer("Show what runs", "status"), ACCEPT)


def _stopped(known: Stopped, fmt: Format) -> str:
    line = fmt.typed(known.line)
    return f"Stopped where it was: {known.operation}, {line} by {fmt.person(known.actor)}."


def found(news: Found, fmt: Format) -> str:
    """What the channels hear when the world shows what the memory does not know."""
    first = f"*fisk's memory may have lost something of {fmt.escape(news.resource.plain)}* when its master changed:"
    return "\n".join([first, *(f"• {fmt.escape(each)}" for each in news.findings)])


def _lost(fmt: Format) -> str:
    return fmt.escape(LOST.format(accept="/fisk memory accept"))
