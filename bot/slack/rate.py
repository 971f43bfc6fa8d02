"""A limit on lines for each person, so that nobody's flood delays everybody else's answers.

Each replica counts by itself, so with three of them a person has up to three times as much. What changes something
counts apart from what only looks: whoever has looked too often can still roll back, cancel and unlock.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from cachetools import LRUCache

from commands.grammar import buildkit, builds, doctor, env, incidents, logs, runner, stats, status
from deploy.core import errors

if TYPE_CHECKING:
    from commands.grammar import Invocation

# What a look costs that asks several systems, or reads much; all else costs 1. Somebody who works through an incident
# with both hands types a line in three seconds, and gets nowhere near the limit.
COSTS: dict[type[Invocation], float] = {
    doctor.Doctor: 10,
    stats.Stats: 10,  # which draws a picture, too
    env.EnvDiff: 5,
    env.EnvList: 3,
    status.Status: 3,
    status.Where: 2,
    builds.Builds: 3,
    builds.ShowBuild: 2,
    buildkit.BuildKitStatus: 2,
    buildkit.BuildKitLogs: 2,
    runner.ShowRunners: 2,
    logs.Logs: 2,
    incidents.Changes: 3,
    incidents.Timeline: 3,
}
BURST = 60  # what a person may ask for at once
MOST_PEOPLE = 1000  # whose buckets are kept; whoever was quiet longest begins anew


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Rate:
    """A token bucket for each person's looks, and one for what they change.

    `per_minute`: how much comes back in a minute; 0: there is no limit.
    """

    def __init__(self, per_minute: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = per_minute / 60
        self._clock = clock
        self._buckets: LRUCache[tuple[str, bool], _Bucket] = LRUCache(2 * MOST_PEOPLE)

    def take(self, actor: str, asked: Invocation) -> None:
        """Count a line. Raises errors.TooManyLines where that is too much, with when to try again."""
        self._take(actor, COSTS.get(type(asked), 1), changes=asked.changes)

    def take_look(self, actor: str, cost: float) -> None:
        """Count a look that no line is. Raises errors.TooManyLines."""
        self._take(actor, cost, changes=False)

    def _take(self, actor: str, cost: float, *, changes: bool) -> None:
        if not self._rate:
            return
        bucket = self._bucket(actor, changes=changes)
        if bucket.left < cost:
            raise errors.TooManyLines(seconds=ceil((cost - bucket.left) / self._rate))
        bucket.left -= cost

    def _bucket(self, actor: str, *, changes: bool) -> _Bucket:
        now = self._clock()
        bucket = self._buckets.get((actor, changes)) or _Bucket(BURST, now)
        bucket.left = min(BURST, bucket.left + (now - bucket.at) * self._rate)
        bucket.at = now
        self._buckets[actor, changes] = bucket
        return bucket
