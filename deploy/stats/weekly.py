"""When a week's figures are due: each Monday at nine, by the clock of a place. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

HOUR, MONDAY = 9, 0
LATE = timedelta(hours=12)  # so much later they are told still, where no fisk ran or Slack did not answer


def due(now: float, zone: str) -> str:
    """The Monday whose figures are due, as `2026-11-30`; empty at any other time. `now` in seconds since the epoch."""
    local = datetime.fromtimestamp(now, ZoneInfo(zone))
    nine = local.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    is_due = local.weekday() == MONDAY and nine <= local < nine + LATE
    return f"{local:%Y-%m-%d}" if is_due else ""
