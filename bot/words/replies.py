"""Texts of the replies that every kind of command can give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.words.help import help_text
from bot.words.registry import Text, reply_text
from commands.again import DoneBefore
from commands.help import HelpText
from commands.reply import AskFirst, Started, StartedAll
from deploy.core.model import Offer

if TYPE_CHECKING:
    from bot.words.format import Format


@reply_text.register(HelpText)
def _help(reply: HelpText, fmt: Format) -> Text:
    return help_text(reply.lines, reply.topic, fmt), ()


@reply_text.register(Started)
def _started(reply: Started, _fmt: Format) -> Text:
    return f"Started {reply.operation.id}.", (Offer("Show it", f"op {reply.operation.id}"),)


@reply_text.register(StartedAll)
def _started_all(reply: StartedAll, fmt: Format) -> Text:
    ids = [operation.id for operation in reply.operations]
    begun = [f"Started {', '.join(ids)}."] if ids else []
    lines = [*begun, *(fmt.failure(each) for each in reply.not_begun)]
    return "\n".join(lines), tuple(Offer(f"Show {each}", f"op {each}") for each in ids)


@reply_text.register(AskFirst)
def _ask_first(reply: AskFirst, fmt: Format) -> Text:
    return fmt.escape(reply.question), (reply.offer,)


@reply_text.register(DoneBefore)
def _done_before(reply: DoneBefore, fmt: Format) -> Text:
    done = (
        f"asked for `{fmt.literal(reply.line)}`, which was done, though the bot that did it could not say so."
    )
    return f"{fmt.person(reply.who)} {fmt.escape(done)}", ()
