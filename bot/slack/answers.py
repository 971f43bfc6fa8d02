"""How somebody is answered, and the tries until Slack takes the answer.

Alone, by the request's response_url while that lasts, then by an ephemeral message, else by a direct one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import field
from typing import TYPE_CHECKING, Any

from bot.slack import blocks, identify
from deploy.core import errors
from deploy.core.actor import Origin
from deploy.core.log import logger
from deploy.core.values import dataclass

if TYPE_CHECKING:
    from bot.slack.speaker import Speaker

LASTS, MOST_USES = 30 * 60.0, 5  # seconds that a response_url lasts, and what Slack takes by it
INVITE = (
    "fisk may not write in this channel, so it answers you in a direct message. To have its answers here:"
    " `/invite @fisk`."
)
TRIED_FOR = 600.0  # seconds
PAUSE, LONGEST_PAUSE = 1.0, 5.0  # seconds between two tries; somebody waits for it

log = logger()


@dataclass(frozen=True, slots=True)
class Way:
    """How somebody is answered.

    Attributes:
        channel: where they asked.
        user: who asked: alone they see it, unless it is `public`; a direct message goes to them.
        thread: of the channel; empty: none.
        public: whether everybody there sees it.
        url: the request's response_url; empty: there is none.
        until: when that ends, in seconds since the epoch.
        above: the request, quoted above the answer to it where nobody has seen it typed.
    """

    channel: str
    user: str
    thread: str = ""
    public: bool = False
    url: str = field(default="", repr=False)
    until: float = 0
    above: str = ""


NOWHERE = Origin("slack")


def by_url(body: Mapping[str, Any], user: str = "", origin: Origin = NOWHERE) -> Way:
    """To whoever sent a payload alone, by its response_url."""
    until = time.time() + LASTS
    return Way(origin.channel, user, origin.thread, url=identify.text(body, "response_url"), until=until)


class Uses:
    """How often a response_url was used, or may have been."""

    def __init__(self) -> None:
        self._count = 0

    async def count(self, times: int = 1) -> int:
        """Count so many uses more; how many that makes."""
        self._count += times
        return self._count


class Answers:
    """Gives answers to Slack; `lost` is called for one that it did not take."""

    def __init__(self, speaker: Speaker, lost: Callable[[], object] = lambda: None) -> None:
        self._speaker = speaker
        self._lost = lost

    async def give(
        self, way: Way, content: dict[str, Any], uses: Uses | None = None, *, seconds: float = TRIED_FOR
    ) -> bool:
        """Try once, and for so many seconds again; False where Slack did not take it, which is logged."""
        uses, until, pause = uses or Uses(), time.monotonic() + seconds, PAUSE
        while True:
            try:
                await self._alone(way, content, uses)
            except (errors.NotThere, errors.Rejected) as failure:
                return self._give_up(failure)
            except errors.SystemFailure as failure:
                wait = pause if failure.retry_after is None else failure.retry_after
                if time.monotonic() + wait >= until:
                    return self._give_up(failure)
                await asyncio.sleep(wait)
                pause = min(LONGEST_PAUSE, pause * 2)
            else:
                return True

    async def _alone(self, way: Way, content: dict[str, Any], uses: Uses) -> None:
        if way.public:
            await self.post(way, content)
            return
        shown = _below(way, content)
        if not await self._by_url(way, shown, uses):
            await self._speaker.whisper(way.channel, way.user, shown, thread=way.thread)

    async def _by_url(self, way: Way, content: dict[str, Any], uses: Uses) -> bool:
        """Whether it went by the response_url; what Slack surely did not take used none of it."""
        if not way.url or time.time() >= way.until or await uses.count() > MOST_USES:
            return False
        try:
            await self._speaker.answer(way.url, content)
        except (errors.RateLimited, errors.ServerFault):
            await uses.count(-1)
            raise
        except errors.Rejected:  # it lasts no longer, whatever was counted
            return False
        return True

    async def post(self, way: Way, content: dict[str, Any]) -> tuple[str, str]:
        """Post it for everybody, where fisk is in the channel, else for whoever asked, who is told so.

        Raises errors.SystemFailure.
        """
        place = await self._speaker.post(
            way.channel, _below(way, content), thread=way.thread, fallback=way.user
        )
        if place[0] != way.channel:
            with suppress(errors.SystemFailure):
                await self._by_url(way, blocks.message(INVITE), Uses())
        return place

    def _give_up(self, failure: errors.SystemFailure) -> bool:
        self._lost()
        log.warning("an answer was lost", code=failure.code)
        return False


def _below(way: Way, content: dict[str, Any]) -> dict[str, Any]:
    """The answer below the request, where that is to be quoted."""
    return blocks.headed(way.above, content) if way.above else content
