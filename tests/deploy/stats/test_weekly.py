"""When a week's figures are due."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from deploy.stats.weekly import due

ZAGREB = "Europe/Zagreb"


@pytest.mark.parametrize(
    ("there", "day"),
    [
        ("2026-11-30 08:59:59", ""),
        ("2026-11-30 09:00", "2026-11-30"),
        ("2026-11-30 20:59", "2026-11-30"),
        ("2026-11-30 21:00", ""),
        ("2026-12-01 09:00", ""),
        ("2026-10-26 09:00", "2026-10-26"),  # the day after the clock changed
    ],
)
def test_they_are_due_from_nine_on_monday_by_the_clock_there_for_half_a_day(there: str, day: str) -> None:
    assert due(datetime.fromisoformat(there).replace(tzinfo=ZoneInfo(ZAGREB)).timestamp(), ZAGREB) == day


def test_each_zone_has_its_own_nine() -> None:
    nine_in_tokyo = datetime(2026, 11, 30, 9, tzinfo=ZoneInfo("Asia/Tokyo")).timestamp()
    assert (due(nine_in_tokyo, "Asia/Tokyo"), due(nine_in_tokyo, ZAGREB)) == ("2026-11-30", "")
