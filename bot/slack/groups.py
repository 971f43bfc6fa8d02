"""Members of user groups: cached for a bounded time; a group is empty if Slack does not answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.log import logger

if TYPE_CHECKING:
    from bot.slack.speaker import Speaker

FRESH = 60.0  # seconds

log = logger()


class Groups:
    """Membership in the groups that the policy names; no others are requested."""

    def __init__(
        self, speaker: Speaker, groups: Iterable[str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._speaker = speaker
        self._groups = tuple(groups)
        self._clock = clock
        self._known: dict[str, tuple[float, frozenset[str]]] = {}

    async def of(self, user: str) -> frozenset[str]:
        """The groups that a user is in, by data that has not expired."""
        return frozenset({group for group in self._groups if user in await self._members(group)})

    async def _members(self, group: str) -> frozenset[str]:
        at, members = self._known.get(group, (float("-inf"), frozenset()))
        if self._clock() - at < FRESH:
            return members
        try:
            members = await self._speaker.members(group)
        except errors.SystemFailure as failure:
            log.warning("user group unknown, so nobody is in it", group=group, code=failure.code)
            return frozenset()
        self._known[group] = (self._clock(), members)
        return members
