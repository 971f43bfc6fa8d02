"""Freeze windows: when nobody may change what, as `[[freeze]]` of fisk.toml says. Pure.

Times are those of a wall clock in a time zone: a window from Friday 16:00 to Monday 07:00 is an hour longer or shorter
where the clock changes in between.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

from deploy.core.actor import Actor
from deploy.core.model import Hold, Resource
from deploy.core.values import dataclass

EVERYTHING = Resource("app", "all")  # what `lock all` holds; no target has this name
RULE = Actor("", "fisk.toml")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEK = timedelta(days=7)
_CLOCK = r"([01]\d|2[0-3]):([0-5]\d)"
_SPAN = re.compile(rf"(?:([a-z]{{3}})[a-z]* )?{_CLOCK} to (?:([a-z]{{3}})[a-z]* )?{_CLOCK}", re.IGNORECASE)
_DATE = r"(\d{4}-\d\d-\d\d)"
_DATES = re.compile(rf"{_DATE}(?: {_CLOCK})?(?: to {_DATE}(?: {_CLOCK})?)?")
_UNTIL = re.compile(rf"(?:{_DATE}[T ]|([a-z]{{3}})[a-z]* )?{_CLOCK}", re.IGNORECASE)


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name or "UTC")
    except (KeyError, OSError, ValueError):
        raise ValueError(f"{name!r} is no time zone, such as Europe/Zagreb") from None
    return name


def _weekly(texts: tuple[str, ...]) -> tuple[str, ...]:
    for text in texts:
        _span(text)
    return texts


def _dates(texts: tuple[str, ...]) -> tuple[str, ...]:
    for text in texts:
        _period(text, ZoneInfo("UTC"))
    return texts


Zone = Annotated[str, AfterValidator(_known_zone)]


@dataclass(frozen=True, slots=True)
class Freeze:
    """One `[[freeze]]` table.

    Attributes:
        reason: what whoever is refused reads.
        targets: their names, or resources such as `buildkit:vps01`; none: everything that fisk changes.
        weekly: `Fri 16:00 to Mon 07:00`, or `22:00 to 06:00` for each day.
        dates: `2026-12-24 to 2027-01-02`, both days included, or with times: `2026-12-24 12:00 to 2027-01-02 07:00`.
        zone: the time zone that these are in; empty: FISK_TIMEZONE.
    """

    reason: str
    targets: tuple[str, ...] = ()
    weekly: Annotated[tuple[str, ...], AfterValidator(_weekly)] = ()
    dates: Annotated[tuple[str, ...], AfterValidator(_dates)] = ()
    zone: Zone = ""

    def periods(self, now: float, zone: str) -> Iterator[tuple[float, float]]:
        """Beginning and end of its windows around a moment, in seconds since the epoch."""
        place = ZoneInfo(self.zone or zone)
        for text in self.dates:
            yield _period(text, place)
        for text in self.weekly:
            yield from _around(text, now, place)

    def covers(self, resource: Resource) -> bool:
        return not self.targets or resource.plain in self.targets


@dataclass(slots=True)
class Freezes:
    """All of them, which another fisk.toml may replace; `zone` is FISK_TIMEZONE."""

    windows: tuple[Freeze, ...] = ()
    zone: str = "UTC"

    def now(self, now: float) -> tuple[Hold, ...]:
        """The windows that are open at a moment, as holds that fisk.toml has."""
        found = (self._hold(window, now) for window in self.windows)
        return tuple(hold for holds in found for hold in holds)

    def over(self, resources: Sequence[Resource], now: float) -> Hold | None:
        """The window that is open over one of these; of several, the one that ends last."""
        holds = [hold for hold in self.now(now) if any(stops(hold, resource) for resource in resources)]
        return max(holds, key=lambda hold: hold.until, default=None)

    def _hold(self, window: Freeze, now: float) -> Iterator[Hold]:
        open_now = [(begin, end) for begin, end in window.periods(now, self.zone) if begin <= now < end]
        if not open_now:
            return
        begin, end = max(open_now, key=lambda period: period[1])
        named = map(_resource, window.targets) if window.targets else (EVERYTHING,)
        for resource in named:
            yield Hold(resource, RULE, window.reason, begin, end)

    def shown(self, at: float) -> str:
        """As a clock there shows it: `29 Nov 07:00 CET (Europe/Zagreb)`."""
        there = datetime.fromtimestamp(at, ZoneInfo(self.zone))
        name = there.tzname() or ""
        return f"{there:%d %b %H:%M} {name}" + (f" ({self.zone})" if self.zone != name else "")

    def until(self, text: str, now: float) -> float | None:
        """The next moment at which a clock shows `07:00`, `Mon 07:00` or `2026-12-01 07:00`.

        None for another text, or the past.
        """
        found, place = _UNTIL.fullmatch(text), ZoneInfo(self.zone)
        if not found:
            return None
        at = time(int(found[3]), int(found[4]))
        moments = (datetime.combine(day, at, place).timestamp() for day in _days(found, now, place))
        return next((moment for moment in moments if moment > now), None)


def _days(found: re.Match[str], now: float, place: ZoneInfo) -> Iterator[date]:
    """The days that a text means: a date, or those to come, of that name where it has one."""
    if found[1]:
        if day := _day(found[1]):
            yield day
        return
    today = datetime.fromtimestamp(now, place).date()
    for ahead in range(15):
        day = today + timedelta(days=ahead)
        if not found[2] or DAYS[day.weekday()] == found[2].lower():
            yield day


def stops(hold: Hold, resource: Resource) -> bool:
    """Whether a hold is about this resource."""
    return hold.resource in {EVERYTHING, resource}


def is_rule(hold: Hold) -> bool:
    """Whether fisk.toml holds it, and no person."""
    return hold.actor == RULE


def about(holds: Iterable[Hold], resource: Resource) -> tuple[Hold, ...]:
    return tuple(hold for hold in holds if stops(hold, resource))


def _resource(name: str) -> Resource:
    return Resource.parse(name) if ":" in name else Resource("app", name)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _span(text: str) -> tuple[int | None, time, int | None, time]:
    """The weekdays (None: each) and times of a weekly window. Raises ValueError."""
    found = _SPAN.fullmatch(" ".join(text.split()))
    if not found or bool(found[1]) != bool(found[4]):
        raise ValueError(f"{text!r} is no weekly time, such as `Fri 16:00 to Mon 07:00` or `22:00 to 06:00`")
    days = [DAYS.index(day.lower()) if day and day.lower() in DAYS else None for day in (found[1], found[4])]
    if found[1] and None in days:
        raise ValueError(f"{text!r} names no day of the week, such as Fri")
    return days[0], time(int(found[2]), int(found[3])), days[1], time(int(found[5]), int(found[6]))


def _around(text: str, now: float, place: ZoneInfo) -> Iterator[tuple[float, float]]:
    """Its windows that begin within the week before a moment."""
    first, begin, last, end = _span(text)
    today = datetime.fromtimestamp(now, place).date()
    for back in range(8):
        day = today - timedelta(days=back)
        if first is None or day.weekday() == first:
            ahead = 0 if last is None or first is None else (last - first) % 7
            until = day + timedelta(days=ahead)
            if ahead == 0 and end <= begin:
                until += timedelta(days=1) if first is None else WEEK
            yield (
                datetime.combine(day, begin, place).timestamp(),
                datetime.combine(until, end, place).timestamp(),
            )


def _period(text: str, place: ZoneInfo) -> tuple[float, float]:
    """The window between two dates. Raises ValueError."""
    found = _DATES.fullmatch(" ".join(text.split()))
    if not found:
        raise ValueError(f"{text!r} are no dates, such as `2026-12-24 to 2027-01-02`")
    first, last = date.fromisoformat(found[1]), date.fromisoformat(found[4] or found[1])
    begin = datetime.combine(first, time(int(found[2]), int(found[3])) if found[2] else time(), place)
    if found[5]:
        end = datetime.combine(last, time(int(found[5]), int(found[6])), place)
    else:
        end = datetime.combine(last + timedelta(days=1), time(), place)
    if end <= begin:
        raise ValueError(f"{text!r} ends before it begins")
    return begin.timestamp(), end.timestamp()
