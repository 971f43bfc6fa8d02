"""Who people are in Slack: members or guests, and the user groups that the rules name. Cached for a bounded time."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Generic, TypeVar

from bot.slack.profile import Profile
from deploy.core import errors
from deploy.core.log import logger

if TYPE_CHECKING:
    from bot.slack.speaker import Speaker
    from deploy.core.actor import Actor

FRESH = 60.0  # seconds for which an answer counts
STALE = 600.0  # the same while Slack gives no other

Answer = TypeVar("Answer")
log = logger()


class SlackDirectory:
    """`groups`: those that the rules name now; no others are asked for."""

    def __init__(
        self,
        speaker: Speaker,
        groups: Callable[[], Collection[str]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._groups = groups
        self._members = _Cached(speaker.members, frozenset[str](), clock)
        self._profiles = _Cached(speaker.profile, Profile(), clock)

    async def name(self, user: str) -> str:
        """What people call somebody; empty where Slack does not say."""
        return (await self._profiles.of(user)).name

    async def known(self, actor: Actor) -> Actor:
        """The actor with standing and groups; where Slack does not say, in no group and of unknown standing."""
        found = [group for group in sorted(self._groups()) if actor.id in await self._members.of(group)]
        return replace(actor, groups=frozenset(found), standing=(await self._profiles.of(actor.id)).standing)


class _Cached(Generic[Answer]):
    def __init__(
        self, ask: Callable[[str], Awaitable[Answer]], nothing: Answer, clock: Callable[[], float]
    ) -> None:
        self._ask = ask
        self._nothing = nothing
        self._clock = clock
        self._known: dict[str, tuple[float, Answer]] = {}

    async def of(self, id_: str) -> Answer:
        at, answer = self._known.get(id_, (float("-inf"), self._nothing))
        if self._clock() - at < FRESH:
            return answer
        try:
            answer = await self._ask(id_)
        except errors.SystemFailure as failure:
            log.warning("Slack does not say who somebody is", id=id_, code=failure.code)
            return answer if self._clock() - at < STALE else self._nothing
        self._known[id_] = (self._clock(), answer)
        return answer
