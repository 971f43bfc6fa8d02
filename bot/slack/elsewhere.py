"""Tells people where they asked that fisk spoke to them directly, since it may not write there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.slack import blocks
from bot.slack.answers import INVITE

if TYPE_CHECKING:
    from bot.slack.answers import Answers, Way
    from bot.slack.messages import Messages
    from bot.slack.typed_line import TypedLine
    from deploy.core.model import Origin

MOST = 200  # lines whose way back is remembered; each is needed until its operation's message is posted


class Elsewhere:
    """Knows the lines of this process: only Slack's own address of a request reaches a channel that fisk is not in."""

    def __init__(self, answers: Answers, messages: Messages) -> None:
        messages.posted = self.posted
        self._answers = answers
        self._ways: dict[str, Way] = {}

    def asked(self, asked: TypedLine) -> None:
        """Remember how whoever may begin an operation can be answered where they asked."""
        if asked.alone.url and asked.invocation.changes:
            self._ways[asked.key] = asked.alone
        for oldest in list(self._ways)[:-MOST]:
            del self._ways[oldest]

    async def posted(self, origin: Origin, channel: str) -> None:
        """An operation's message was posted in a channel: say so, once, if that is not where it was asked for."""
        way = self._ways.pop(origin.request, None)
        if way and channel != origin.channel:
            await self._answers.give(way, blocks.message(INVITE))
