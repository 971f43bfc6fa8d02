"""Counts and durations as text."""

from __future__ import annotations

import pytest

from deploy.core.units import minutes, parse_size, plural, roughly, size, typed_size


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


@pytest.mark.parametrize(
    ("text", "count", "said"),
    [
        ("20GB", 20 * 10**9, "20GB"),
        ("31.47gb", 31_470_000_000, "31.47GB"),
        ("512 MB", 512_000_000, "512MB"),
        ("512kB", 512_000, "512KB"),
        ("1.5TB", 1_500_000_000_000, "1.5TB"),
        ("0B", 0, "0B"),
    ],
)
def test_a_size_is_read_and_said_in_powers_of_ten(text: str, count: int, said: str) -> None:
    assert (parse_size(text), size(count), typed_size(count)) == (count, said, said)


@pytest.mark.parametrize("text", ["", "20", "GB", "-1GB", "1e9GB", "20GiB", "9" * 400 + "GB"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=text[:9] or "^$"):
        parse_size(text)


def test_a_size_that_is_typed_is_not_rounded() -> None:
    assert (size(20_000_000_001), typed_size(20_000_000_001)) == ("20GB", "20000000001B")


def test_one_thing_is_singular() -> None:
    assert [plural(count, "commit") for count in (0, 1, 4)] == ["0 commits", "1 commit", "4 commits"]


def test_a_time_that_is_none_is_no_time() -> None:
    assert [minutes(each) for each in (float("nan"), float("inf"), float("-inf"))] == ["0 s"] * 3
