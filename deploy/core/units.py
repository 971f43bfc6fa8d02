"""Formats counts and durations for people."""

from __future__ import annotations

import math
import re
import time
from datetime import UTC, datetime

SHORT = 7  # digits of a commit's id


def plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def minutes(seconds: float) -> str:
    """Format seconds: `42 s`, `2 min 14 s`, `18 min`, `3 h 5 min`."""
    whole = max(0, round(seconds)) if math.isfinite(seconds) else 0
    if whole < 60:  # noqa: PLR2004 (seconds in a minute)
        return f"{whole} s"
    if whole < 600:  # noqa: PLR2004 (seconds matter below ten minutes)
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    if whole < 3600:  # noqa: PLR2004 (seconds in an hour)
        return f"{round(whole / 60)} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min".removesuffix(" 0 min")


def roughly(seconds: float) -> str:
    """Format an estimate in seconds: `40 s`, `2 min`, `18 min`."""
    return minutes(round(seconds / 60) * 60 if seconds > 90 else seconds)  # noqa: PLR2004 (a minute and a half)


SIZES = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,9})?) ?([KMGT]?B)", re.IGNORECASE)


def size(count: float) -> str:
    """Format bytes as BuildKit does: `31.47GB`, in powers of ten."""
    unit = next((unit for unit in ("TB", "GB", "MB", "KB") if count >= SIZES[unit]), "B")
    return f"{count / SIZES[unit]:.4g}{unit}"


def parse_size(text: str) -> int:
    """The bytes of `20GB`, `512 MB` or `31.47GB`. Raises ValueError."""
    found = SIZE.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    return round(float(found[1]) * SIZES[found[2].upper()])


def typed_size(count: int) -> str:
    """The same for a command line, where nothing may be rounded."""
    return size(count) if parse_size(size(count)) == count else f"{count}B"


def age(seconds: float) -> str:
    """Format an age in seconds: `24 min`, `26 h`, `6 days`."""
    hours = seconds / 3600
    if hours < 10:  # noqa: PLR2004 (minutes still matter)
        return minutes(seconds)
    return f"{round(hours)} h" if hours < 48 else plural(round(hours / 24), "day")  # noqa: PLR2004 (two days)


def moment(text: str) -> float:
    """An ISO 8601 time (UTC by default) in seconds since the epoch; 0 where it cannot be parsed."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return 0.0
    seconds = (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    return max(0.0, seconds) if math.isfinite(seconds) else 0.0


def short(sha: str) -> str:
    """The first seven digits, the form in which people name a commit."""
    return sha[:SHORT]


def instant(at: float) -> str:
    """`2026-11-14T22:13Z`, as sentences say when: views show it in the reader's own zone."""
    return time.strftime("%Y-%m-%dT%H:%MZ", time.gmtime(at))


def day_and_time(at: float) -> str:
    """`14 Nov 22:13 UTC`."""
    return time.strftime("%d %b %H:%M UTC", time.gmtime(at))


def cut(text: str, most: int) -> str:
    """Truncate text to a length, with `…` for the rest."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
