"""Days and weeks as a clock on a wall counts them: a week begins on Monday. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

DAY = 86_400.0  # seconds
BY_DAY = 14 * DAY  # the longest period that is shown by day


def is_by_day(seconds: float) -> bool:
    """Whether a period is shown by day; a longer one is by week."""
    return seconds <= BY_DAY


def beginnings(since: float, now: float, zone: str) -> tuple[float, ...]:
    """When each day of the period begins, or each week of a longer one; the first may begin before it."""
    step = 1 if is_by_day(now - since) else 7
    first = datetime.fromtimestamp(since, ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    first -= timedelta(days=first.weekday() if step > 1 else 0)
    count = int((now - first.timestamp()) // (step * DAY)) + 2
    days = (first + timedelta(days=step * number) for number in range(count))
    return tuple(at for day in days if (at := day.timestamp()) <= now)


def day_of(at: float, zone: str) -> str:
    """`3 Nov`, there."""
    local = datetime.fromtimestamp(at, ZoneInfo(zone))
    return f"{local.day} {local:%b}"


def counted(moments: Iterable[float], begins: Sequence[float]) -> tuple[int, ...]:
    """How many of the moments are in each of the periods that begin then; those before the first are left out."""
    counts = [0] * len(begins)
    for at in moments:
        if (number := bisect_right(begins, at)) > 0:
            counts[number - 1] += 1
    return tuple(counts)
