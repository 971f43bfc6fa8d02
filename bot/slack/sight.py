"""Tells the channels that wait for builds that fisk cannot see them, and when it can again."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bot.slack import blocks
from bot.words import sight as words
from deploy.builds.sight import LOST, MESSAGE, Unseen, told
from deploy.core import errors
from deploy.core.log import logger
from deploy.redis.idempotency import do_once

if TYPE_CHECKING:
    from bot.app.metrics import Metrics
    from bot.slack.outbox_worker import Announcer
    from bot.slack.speaker import Speaker
    from bot.words.format import Format
    from deploy.notices.store import Rules
    from deploy.redis.connect import State

REMEMBERED = 14 * 86_400  # seconds for which it is remembered that a channel was told

log = logger()


class SightNews:
    """Each channel is told once, though the message may come twice or to several replicas."""

    def __init__(
        self, state: State, rules: Rules, *, speaker: Speaker, fmt: Format, metrics: Metrics
    ) -> None:
        self._state = state
        self._rules = rules
        self._speaker = speaker
        self._fmt = fmt
        self._metrics = metrics

    def listens(self, announcer: Announcer) -> None:
        """Register for the outbox's messages about it."""
        announcer.tells(MESSAGE, self.tell)

    async def tell(self, about: str) -> None:
        """Raises errors.SystemFailure if Slack fails."""
        became, unseen = told(about)
        text = await self._text(became, unseen)
        channels = [channel for channel, rule in (await self._rules.all()).items() if rule != "off"]
        for channel in sorted(channels):
            post = partial(self._post, channel, text)
            await do_once(self._state, f"sight:{unseen.since}:{became}:{channel}", REMEMBERED, post)
        self._metrics.sight.labels(became).inc()

    async def _text(self, became: str, unseen: Unseen) -> str:
        if became == LOST:
            return words.lost(unseen, self._fmt)
        return words.found(unseen, await self._state.now(), self._fmt)

    async def _post(self, channel: str, text: str) -> None:
        """A channel that Slack refuses for good leaves the others."""
        try:
            await self._speaker.post(channel, blocks.message(text))
        except (errors.NotThere, errors.Rejected) as failure:
            log.warning("a channel cannot hear of builds", channel=channel, code=failure.code)
