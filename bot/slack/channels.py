"""The incident channels: without strangers, and by somebody's right.

A channel is one where its id is listed in fisk.toml, or where its name fits a pattern and somebody who may change
things invited fisk. In either case all its members belong to this workspace and are no guests: what is told there is
told to all of them.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.log import logger

if TYPE_CHECKING:
    from bot.slack.speaker import Speaker
    from deploy.redis.connect import State

FRESH = 30.0  # seconds for which the list of fisk's channels is cached
UNSEEN = 2.0  # the same for a request from a channel that is not in the list
MEMBERS = (
    300.0  # seconds after which a channel's members are looked at again, though nobody is said to have joined
)
PEOPLE = 600.0  # the same for who is a guest; who is not known counts as a stranger
_ID = re.compile(r"[CG][A-Z0-9]{6,}")

log = logger()


class Invitations:
    """Who invited fisk where, if they had the right to. `may`: whether a user may change things."""

    def __init__(self, state: State, may: Callable[[str], Awaitable[bool]]) -> None:
        self._state = state
        self._may = may
        self._key = state.key("invited")

    async def invited(self, channel: str, by: str) -> bool:
        """Note who invited fisk, or that whoever did had no right to. Raises errors.StateUnavailable."""
        if by and await self._may(by):
            await self._state.ask("HSET", self._key, channel, self._state.signer.sign(by, "invited", channel))
            return True
        await self._state.ask("HDEL", self._key, channel)
        return False

    async def all(self) -> Mapping[str, str]:
        """The channels, and who invited fisk there. Raises errors.StateUnavailable."""
        found: dict[str, str] = await self._state.ask("HGETALL", self._key)
        return {channel: by for channel, text in found.items() if (by := self._opened(channel, text))}

    def _opened(self, channel: str, text: str) -> str:
        try:
            return self._state.signer.opened(text, "invited", channel)
        except ValueError:  # forged, or a newer fisk's
            return ""


class Channels:
    """Cached; the old list serves while Slack fails. `listed`: patterns of names, and ids."""

    def __init__(
        self,
        speaker: Speaker,
        listed: Iterable[str],
        invitations: Invitations | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._speaker = speaker
        self._listed = tuple(listed)
        self._invitations = invitations
        self._clock = clock
        self._asked = float("-inf")
        self._names: Mapping[str, str] = {}
        self._incidents: tuple[str, ...] = ()
        self._ours: dict[str, tuple[float, bool]] = {}
        self._people: tuple[float, frozenset[str]] = float("-inf"), frozenset()
        self._asking = asyncio.Lock()

    async def incidents(self) -> tuple[str, ...]:
        """Their ids, in the order of their names."""
        await self._be_fresh(FRESH)
        return self._incidents

    async def is_incident(self, channel: str) -> bool:
        """Whether a channel is an incident's; an unknown one refreshes the cache, since it may be new."""
        await self._be_fresh(FRESH if channel in self._names else UNSEEN)
        return channel in self._incidents

    def known(self, channel: str) -> bool:
        """The same by what is known already, for an answer that cannot wait."""
        return channel in self._incidents

    async def joined(self, channel: str, inviter: str, *, fisk: bool) -> errors.NoIncidentChannel | None:
        """Somebody joined: where it was fisk, note who invited it. Returns why the channel is none, if it could be one.

        Until Slack says who they are, the channel is none. Raises errors.StateUnavailable.
        """
        self._ours.pop(channel, None)
        self._incidents = tuple(each for each in self._incidents if each != channel)
        by_right = fisk and self._invitations and await self._invitations.invited(channel, inviter)
        await self._be_fresh(0)
        name = self._names.get(channel, "")
        if not fisk or channel in self._incidents or not self._fits(channel, name):
            return None
        why = "somebody of another workspace or a guest is in it"
        if not by_right and channel not in self._listed:
            why = "whoever invited fisk may not change things"
        return errors.NoIncidentChannel(name=name, why=why, channel=channel)

    async def _be_fresh(self, seconds: float) -> None:
        async with self._asking:
            if self._listed and self._clock() - self._asked >= seconds:
                await self._ask()

    async def _ask(self) -> None:
        self._asked = self._clock()
        try:
            self._names = await self._speaker.channels()
            fitting = sorted((name, id_) for id_, name in self._names.items() if self._fits(id_, name))
            invited = await self._invitations.all() if self._invitations and fitting else {}
            by_right = [id_ for _, id_ in fitting if id_ in self._listed or id_ in invited]
            self._incidents = tuple([id_ for id_ in by_right if await self._is_ours(id_)])
        except (errors.SystemFailure, errors.StateUnavailable) as failure:
            log.warning("incident channels unknown", code=failure.code)

    def _fits(self, channel: str, name: str) -> bool:
        """Whether it is listed by its id, or its name fits a pattern."""
        if channel in self._listed:
            return True
        return any(fnmatchcase(name, each) for each in self._listed if not _ID.fullmatch(each))

    async def _is_ours(self, channel: str) -> bool:
        """Whether it has no strangers and no guests. Raises errors.SystemFailure."""
        at, ours = self._ours.get(channel, (float("-inf"), False))
        if self._clock() - at >= MEMBERS:
            ours = await self._speaker.is_internal(channel) and await self._all_known(channel)
            self._ours[channel] = self._clock(), ours
        return ours

    async def _all_known(self, channel: str) -> bool:
        members = await self._speaker.in_channel(channel)
        if members <= await self._colleagues(PEOPLE):
            return True
        return members <= await self._colleagues(UNSEEN)  # whoever is not known may be new

    async def _colleagues(self, seconds: float) -> frozenset[str]:
        """Everybody of this workspace who is no guest, bots included."""
        at, people = self._people
        if self._clock() - at >= seconds:
            people = await self._speaker.colleagues()
            self._people = self._clock(), people
        return people
