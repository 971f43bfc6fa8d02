"""Tells everybody concerned that somebody went past approvals, freezes and holds, at once and each of them once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bot.slack import blocks
from bot.slack.messages import REMEMBERED
from bot.words.access import alarm
from deploy.access.access import Access
from deploy.core import errors
from deploy.core.log import logger
from deploy.core.model import Offer
from deploy.notices.store import Rules
from deploy.redis.idempotency import do_once

if TYPE_CHECKING:
    from bot.slack.incidents import Incidents
    from bot.slack.speaker import Speaker
    from bot.words.format import Format
    from deploy.core.model import Operation
    from deploy.world import World

log = logger()


class BreakGlass:
    """Posts to the channels that hear of operations or builds, and to whoever may approve for the target."""

    def __init__(self, world: World, incidents: Incidents, speaker: Speaker, fmt: Format) -> None:
        self._world = world
        self._access = world.memory.stores.of(Access)
        self._incidents = incidents
        self._speaker = speaker
        self._fmt = fmt

    async def tell(self, operation: Operation) -> None:
        """Post wherever it was not posted yet. Raises errors.SystemFailure."""
        content = blocks.message(alarm(operation, self._fmt), (Offer("Show it", f"op {operation.id}"),))
        for place in [*await self._channels(), *await self._approvers(operation)]:
            key = f"said:{place}:{operation.id}:glass"
            post = partial(self._speaker.post, place, content)
            try:
                await do_once(self._world.memory.journal.state, key, REMEMBERED, post)
            except (errors.NotThere, errors.Rejected) as failure:
                log.warning("somebody was not told of a broken glass", place=place, code=failure.code)

    async def _channels(self) -> list[str]:
        of_builds = await self._world.memory.stores.of(Rules).all()
        return list(dict.fromkeys([*await self._incidents.all(), *of_builds]))

    async def _approvers(self, operation: Operation) -> list[str]:
        """Slack users, those of the groups too; for a terminal's user there is no message."""
        entries = self._access.concerned(operation)
        users = [each for each in entries if each[:1] in {"U", "W"}]
        for group in (each for each in entries if each.startswith("S")):
            users += sorted(await self._speaker.members(group))
        return [user for user in dict.fromkeys(users) if user != operation.actor.id]
