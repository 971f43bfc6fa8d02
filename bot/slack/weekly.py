"""Posts the week's figures on Monday morning, once in each channel that fisk.toml names."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from bot.slack import blocks
from bot.slack.answers import Way
from bot.slack.files import pictured
from bot.words.texts import reply_picture, reply_text
from commands.stats import table
from deploy.core import errors
from deploy.core.log import logger
from deploy.core.model import Offer
from deploy.redis.idempotency import do_once
from deploy.stats.weekly import due

if TYPE_CHECKING:
    from bot.pictures.png import Drawing
    from bot.slack.speaker import Speaker
    from bot.words.format import Format
    from deploy.redis.connect import State
    from deploy.world import World

EVERY = 60.0  # seconds between two looks at the clock
REMEMBERED = 3 * 86_400  # seconds, longer than they are due
WEEK = 7 * 86_400.0
MONTH = Offer("30 days", "stats 30d")

log = logger()


class Weekly:
    """`channels`: their ids, each with the time zone of its Monday."""

    def __init__(
        self,
        world: World,
        state: State,
        channels: Mapping[str, str],
        *,
        speaker: Speaker,
        drawing: Drawing,
        fmt: Format,
    ) -> None:
        self._world, self._state, self._channels = world, state, channels
        self._speaker, self._drawing, self._fmt = speaker, drawing, fmt

    async def work(self) -> None:
        """Look at the clock until cancelled; at once where no channel wants them."""
        while self._channels:
            await asyncio.sleep(EVERY)
            try:
                await self.look(await self._world.memory.now())
            except (errors.StateUnavailable, errors.SystemFailure) as failure:
                log.warning("the week's figures wait", code=failure.code)

    async def look(self, now: float) -> None:
        """Post what is due at that time, unless any replica did. Raises StateUnavailable, SystemFailure."""
        for channel, zone in self._channels.items():
            if day := due(now, zone):
                await do_once(self._state, f"stats:{channel}:{day}", REMEMBERED, partial(self._post, channel))

    async def _post(self, channel: str) -> None:
        """A channel that Slack refuses for good is logged and skipped."""
        try:
            await self._speaker.post(channel, await self._content(channel))
        except (errors.NotThere, errors.Rejected) as failure:
            log.warning("a channel cannot hear the week's figures", channel=channel, code=failure.code)

    async def _content(self, channel: str) -> dict[str, object]:
        reply, fmt = await table(self._world, WEEK), self._fmt.at(channel)
        text, offers = reply_text(reply, fmt)
        told, picture = (text, (*offers, MONTH)), reply_picture(reply)
        if picture is None:
            return blocks.message(*told)
        way = Way(channel, "", public=True)
        return await pictured(self._speaker, self._drawing, way, picture, told, fmt)
