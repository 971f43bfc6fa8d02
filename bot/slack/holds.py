"""Tells the owner of a hold that somebody lifted it, and asks each day whether one without an end is still needed."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

from bot.slack import blocks
from bot.slack.messages import REMEMBERED
from bot.words.locks import lifted_by, still_needed
from deploy.core import errors
from deploy.core.log import logger
from deploy.core.model import Actor, Resource
from deploy.engine.locks import LIFTED, Lifted
from deploy.redis import codec
from deploy.redis.idempotency import do_once, first

if TYPE_CHECKING:
    from bot.slack.incidents import Incidents
    from bot.slack.outbox_worker import Announcer
    from bot.slack.speaker import Speaker
    from bot.words.format import Format
    from deploy.core.model import Hold
    from deploy.engine.locks import Locks
    from deploy.engine.outbox import Outbox
    from deploy.redis.connect import State

NEEDED = "hold"  # the outbox's kind of message that asks whether a hold is still needed
DAY = 86_400
LOOK_EVERY = 600.0  # seconds

log = logger()


class HoldNews:
    """By a direct message; where the owner is at a terminal, in the channels that hear of outcomes."""

    def __init__(
        self,
        state: State,
        locks: Locks,
        outbox: Outbox,
        speaker: Speaker,
        incidents: Incidents,
        fmt: Format,
    ) -> None:
        self._state = state
        self._locks = locks
        self._outbox = outbox
        self._speaker = speaker
        self._incidents = incidents
        self._fmt = fmt

    def listens(self, announcer: Announcer) -> None:
        """Register for the outbox's messages about holds."""
        announcer.tells(NEEDED, self.ask)
        announcer.tells(LIFTED, self.lifted)

    async def work(self) -> None:
        """Look for holds whose owner is to be asked, until cancelled."""
        while True:
            try:
                await self.look()
            except errors.StateUnavailable:
                log.warning("holds not looked at")
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> None:
        """Post a question for each hold without an end, once in each day of it, whichever replica looks."""
        now = await self._state.now()
        for hold in await self._locks.holds():
            day = int((now - hold.since) // DAY)
            if hold.until or not hold.actor.id or day < 1:
                continue
            if await first(self._state, f"{_key(hold)}:{day}", 2 * DAY):
                await self._outbox.post(NEEDED, str(hold.resource))

    async def ask(self, resource: str) -> None:
        """Ask the owner, unless the hold is over by now. Raises errors.SystemFailure."""
        held = [hold for hold in await self._locks.holds() if hold.resource == Resource.parse(resource)]
        for hold in held:
            now = await self._state.now()
            text, offers = still_needed(hold, now, self._fmt)
            await self._tell(
                hold.actor, f"{_key(hold)}:{int(now // DAY)}:asked", blocks.message(text, offers)
            )

    async def lifted(self, text: str) -> None:
        """Tell the owner who lifted it. Raises errors.SystemFailure."""
        news = codec.load(Lifted, text)
        content = blocks.message(lifted_by(news, self._fmt))
        await self._tell(news.hold.actor, f"{_key(news.hold)}:lifted", content)

    async def _tell(self, owner: Actor, key: str, content: dict[str, Any]) -> None:
        if owner.at_terminal:
            await self._incidents.tell(key, content)
            return
        await do_once(self._state, key, REMEMBERED, partial(self._speaker.post, owner.id, content))


def _key(hold: Hold) -> str:
    return f"hold:{hold.resource}:{hold.since}"
