"""Slack's rate limits, as token buckets."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.slack.errors import SlackError

if TYPE_CHECKING:
    from sandbox.slack.arguments import Arguments

TIER_2, TIER_3, TIER_4 = 20.0, 50.0, 100.0


@dataclass(frozen=True, slots=True)
class Limit:
    """Calls per minute, and a `burst` of calls at once; counted per channel or per team."""

    per_minute: float
    burst: float
    each_channel: bool = False


def _usual() -> dict[str, Limit]:
    return {
        "chat.postMessage": Limit(60, 5, each_channel=True),
        "chat.update": Limit(TIER_3, TIER_3),
        "chat.delete": Limit(TIER_3, TIER_3),
        "chat.postEphemeral": Limit(TIER_4, TIER_4),
        "conversations.history": Limit(TIER_3, TIER_3),
        "conversations.info": Limit(TIER_3, TIER_3),
        "conversations.list": Limit(TIER_2, TIER_2),
        "conversations.replies": Limit(TIER_3, TIER_3),
        "files.completeUploadExternal": Limit(TIER_4, TIER_4),
        "files.getUploadURLExternal": Limit(TIER_4, TIER_4),
        "reactions.add": Limit(TIER_3, TIER_3),
        "usergroups.list": Limit(TIER_2, TIER_2),
        "usergroups.users.list": Limit(TIER_2, TIER_2),
        "users.conversations": Limit(TIER_3, TIER_3),
        "users.info": Limit(TIER_4, TIER_4),
        "users.list": Limit(TIER_2, TIER_2),
        "views.open": Limit(TIER_4, TIER_4),
        "views.publish": Limit(TIER_4, TIER_4),
        "views.push": Limit(TIER_4, TIER_4),
        "views.update": Limit(TIER_4, TIER_4),
    }


@dataclass
class Limits:
    """The limits in force; `enabled` set to False disables them, `of` has each method's."""

    now: Callable[[], float]
    enabled: bool = True
    of: dict[str, Limit] = field(default_factory=_usual)
    _buckets: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)

    def take(self, method: str, arguments: Arguments) -> None:
        """Take one token from the bucket; raises if it is empty, with the seconds until the next one."""
        limit = self.of.get(method)
        if not self.enabled or limit is None:
            return
        key = (method, arguments.text("channel") if limit.each_channel else "")
        now = self.now()
        tokens, at = self._buckets.get(key, (limit.burst, now))
        tokens = min(limit.burst, tokens + (now - at) * limit.per_minute / 60)
        if tokens < 1:
            self._buckets[key] = (tokens, now)
            raise SlackError("ratelimited", wait=math.ceil((1 - tokens) * 60 / limit.per_minute))
        self._buckets[key] = (tokens - 1, now)
