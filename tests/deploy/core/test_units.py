"""Counts and durations as text."""

from __future__ import annotations

import pytest

from deploy.core.units import minutes, plural, roughly


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-3, "0 s"),
        (0.4, "0 s"),
        (42, "42 s"),
        (59.6, "1 min"),
        (134, "2 min 14 s"),
        (599, "9 min 59 s"),
        (600, "10 min"),
        (1080, "18 min"),
        (3590, "60 min"),
        (3600, "1 h"),
        (11_100, "3 h 5 min"),
    ],
)
def test_a_duration_is_as_exact_as_it_matters(seconds: float, said: str) -> None:
    assert minutes(seconds) == said


def test_a_guess_knows_no_seconds() -> None:
    assert [roughly(seconds) for seconds in (-3, 40, 89.6, 100, 572)] == [
        "0 s",
        "40 s",
        "1 min 30 s",
        "2 min",
        "10 min",
    ]


def test_one_thing_is_singular() -> None:
    assert [plural(count, "commit") for count in (0, 1, 4)] == ["0 commits", "1 commit", "4 commits"]
