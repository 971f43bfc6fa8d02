"""Days and weeks of a clock on a wall, and medians that are no accident of one value."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from deploy.core.durations import Usual
from deploy.stats.periods import DAY, beginnings, counted, day_of
from deploy.stats.times import FEW, Times, times

ZAGREB = "Europe/Zagreb"


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZAGREB)).timestamp()


def days(since: str, now: str) -> list[str]:
    return [day_of(each, ZAGREB) for each in beginnings(at(since), at(now), ZAGREB)]


def test_a_short_period_is_days_from_midnight_there() -> None:
    assert days("2026-10-23 12:00", "2026-10-27 12:00") == ["23 Oct", "24 Oct", "25 Oct", "26 Oct", "27 Oct"]
    first, *_ = beginnings(at("2026-10-23 00:30"), at("2026-10-24 12:00"), ZAGREB)
    assert first == at("2026-10-23 00:00")


def test_a_longer_one_is_weeks_from_monday_also_where_the_clock_changes() -> None:
    assert days("2026-10-08 12:00", "2026-11-07 12:00") == ["5 Oct", "12 Oct", "19 Oct", "26 Oct", "2 Nov"]
    begins = beginnings(at("2026-10-08 12:00"), at("2026-11-07 12:00"), ZAGREB)
    assert begins[3] - begins[2] == 7 * DAY + 3600


def test_moments_are_counted_in_the_period_that_they_are_in() -> None:
    assert counted([5, 10, 19.9, 20, 35, 99], [10, 20, 30]) == (2, 1, 2)
    assert counted([], [10, 20]) == (0, 0)


@pytest.mark.parametrize("count", range(FEW))
def test_few_durations_have_no_median_and_are_listed(count: int) -> None:
    assert times([60.0 * each for each in range(count, 0, -1)]) == Times(
        count, few=tuple(60.0 * each for each in range(1, count + 1))
    )


def test_enough_of_them_have() -> None:
    assert times([50, 10, 20, 40, 30]) == Times(5, Usual(30, 46, 48, 5))


def test_clocks_that_disagree_make_no_negative_time() -> None:
    assert times([-30]) == Times(1, few=(1.0,))
