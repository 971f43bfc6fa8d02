"""Freeze windows, by the clock on the wall."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter, ValidationError

from deploy.core.freeze import EVERYTHING, RULE, Freeze, Freezes
from deploy.core.model import Hold, Resource

ZAGREB = "Europe/Zagreb"
APP, STAGING, KIT = Resource("app", "app"), Resource("app", "staging"), Resource("buildkit", "vps01")
HOUR = 3600
WEEKEND = Freeze("nobody is there", weekly=("Fri 16:00 to Mon 07:00",))
NIGHT = Freeze("they sleep", weekly=("22:00 to 06:00",))
YEAR = Freeze("the year's end", dates=("2026-12-24 to 2027-01-02",))


def at(text: str, zone: str = ZAGREB) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def end(window: Freeze, moment: str, zone: str = ZAGREB) -> float | None:
    held = Freezes((window,), zone).over((APP,), at(moment))
    return held.until if held else None


@pytest.mark.parametrize(
    ("window", "moment", "until"),
    [
        (WEEKEND, "2026-11-27 15:59:59", None),
        (WEEKEND, "2026-11-27 16:00", "2026-11-30 07:00"),
        (WEEKEND, "2026-11-29 03:00", "2026-11-30 07:00"),
        (WEEKEND, "2026-11-30 06:59:59", "2026-11-30 07:00"),
        (WEEKEND, "2026-11-30 07:00", None),
        (NIGHT, "2026-11-27 21:59", None),
        (NIGHT, "2026-11-27 22:00", "2026-11-28 06:00"),
        (NIGHT, "2026-11-28 05:00", "2026-11-28 06:00"),
        (NIGHT, "2026-11-28 12:00", None),
        (Freeze("lunch", weekly=("12:00 to 13:00",)), "2026-11-28 12:30", "2026-11-28 13:00"),
        (Freeze("x", weekly=("Wed 10:00 to Wed 09:00",)), "2026-12-01 10:00", "2026-12-02 09:00"),
        (Freeze("x", weekly=("Wednesday 10:00 to Wed 11:00",)), "2026-12-02 10:30", "2026-12-02 11:00"),
        (YEAR, "2026-12-23 23:59:59", None),
        (YEAR, "2026-12-24 00:00", "2027-01-03 00:00"),
        (YEAR, "2027-01-02 23:59:59", "2027-01-03 00:00"),
        (YEAR, "2027-01-03 00:00", None),
        (Freeze("audit", dates=("2026-12-01",)), "2026-12-01 12:00", "2026-12-02 00:00"),
        (
            Freeze("move", dates=("2026-12-01 12:00 to 2026-12-01 14:30",)),
            "2026-12-01 12:00",
            "2026-12-01 14:30",
        ),
    ],
)
def test_a_window_is_open_from_its_beginning_to_its_end(
    window: Freeze, moment: str, until: str | None
) -> None:
    assert end(window, moment) == (at(until) if until else None)


@pytest.mark.parametrize(
    ("friday", "monday", "hours"),
    [
        ("2026-11-27 16:00", "2026-11-30 07:00", 63),
        ("2026-10-23 16:00", "2026-10-26 07:00", 64),  # the clock is put back on the 25th
        ("2026-03-27 16:00", "2026-03-30 07:00", 62),  # and forward on the 29th
    ],
)
def test_a_change_of_the_clock_makes_a_window_an_hour_longer_or_shorter(
    friday: str, monday: str, hours: int
) -> None:
    assert (at(monday) - at(friday)) / HOUR == hours
    assert end(WEEKEND, friday) == at(monday)
    just_before = datetime.fromtimestamp(at(monday) - 1, ZoneInfo(ZAGREB)).strftime("%Y-%m-%d %H:%M:%S")
    assert (end(WEEKEND, just_before), end(WEEKEND, monday)) == (at(monday), None)


def test_a_night_that_has_two_o_clock_twice_ends_once() -> None:
    window = Freezes((Freeze("x", weekly=("01:00 to 02:30",)),), ZAGREB)
    begin = at("2026-10-25 01:00")
    opened = [minute for minute in range(300) if window.over((APP,), begin + minute * 60)]
    assert opened == list(range(90))


def test_each_window_has_its_own_zone_or_that_of_the_settings() -> None:
    windows = Freezes(
        (Freeze("x", weekly=("12:00 to 13:00",)), Freeze("y", weekly=("12:00 to 13:00",), zone="UTC"))
    )
    in_utc = at("2026-11-28 12:30", "UTC")
    assert [hold.reason for hold in windows.now(in_utc)] == ["x", "y"]
    assert [hold.reason for hold in Freezes(windows.windows, ZAGREB).now(in_utc)] == ["y"]


def test_a_window_is_over_the_targets_that_it_names_or_over_everything() -> None:
    now = at("2026-11-28 12:00")
    named = Freezes((Freeze("x", ("app", "buildkit:vps01"), weekly=("10:00 to 14:00",)),), ZAGREB)
    until = at("2026-11-28 14:00")
    holds = (
        Hold(APP, RULE, "x", at("2026-11-28 10:00"), until),
        Hold(KIT, RULE, "x", at("2026-11-28 10:00"), until),
    )
    assert named.now(now) == holds
    assert [named.over((each,), now) for each in (APP, STAGING, KIT)] == [holds[0], None, holds[1]]
    everything = Freezes((WEEKEND,), ZAGREB)
    (hold,) = everything.now(now)
    assert hold.resource == EVERYTHING
    assert [everything.over((each,), now) for each in (APP, STAGING, KIT)] == [hold] * 3
    assert everything.over((), now) is None


def test_of_two_open_windows_the_one_that_ends_last_is_told() -> None:
    freezes = Freezes((NIGHT, WEEKEND), ZAGREB)
    held = freezes.over((APP,), at("2026-11-28 23:00"))
    assert held
    assert held.reason == "nobody is there"


@pytest.mark.parametrize(
    "fields",
    [
        {"weekly": ["Fri to Mon"]},
        {"weekly": ["Fri 16:00 to 07:00"]},
        {"weekly": ["Foo 16:00 to Mon 07:00"]},
        {"weekly": ["24:00 to 06:00"]},
        {"dates": ["tomorrow"]},
        {"dates": ["2026-13-01"]},
        {"dates": ["2026-12-02 to 2026-12-01"]},
        {"zone": "Europe/Zagrebb"},
        {"zone": "../../etc/passwd"},
    ],
)
def test_what_is_no_window_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Freeze).validate_python({"reason": "x", **fields})


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("07:00", "2026-11-29 07:00"),
        ("13:00", "2026-11-28 13:00"),
        ("12:00", "2026-11-29 12:00"),
        ("Mon 07:00", "2026-11-30 07:00"),
        ("monday 07:00", "2026-11-30 07:00"),
        ("Sat 13:00", "2026-11-28 13:00"),
        ("Sat 11:00", "2026-12-05 11:00"),
        ("Foo 07:00", None),
        ("2026-12-01T07:00", "2026-12-01 07:00"),
        ("2026-12-01 07:00", "2026-12-01 07:00"),
        ("2026-11-28T11:59", None),
        ("2026-13-01T07:00", None),
        ("25:00", None),
        ("seven", None),
    ],
)
def test_until_is_the_next_time_that_a_clock_there_shows_it(text: str, until: str | None) -> None:
    found = Freezes(zone=ZAGREB).until(text, at("2026-11-28 12:00"))
    assert found == (at(until) if until else None)


def test_an_end_is_shown_as_a_clock_there_shows_it() -> None:
    moment = at("2026-07-01 07:00")
    assert Freezes(zone=ZAGREB).shown(moment) == "01 Jul 07:00 CEST (Europe/Zagreb)"
    assert Freezes().shown(moment) == "01 Jul 05:00 UTC"
