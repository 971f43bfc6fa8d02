"""Texts of stats, word for word: every figure says of how many it is made, and few make no trend."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.pictures.chart import Bar, Chart, Panel
from bot.words.format import TERMINAL, Format
from bot.words.registry import Picture
from bot.words.stats import of_week, sparks
from bot.words.texts import reply_picture, reply_text
from commands.stats import StatsTable
from deploy.core.ask import Unknown
from deploy.core.durations import Usual
from deploy.stats.builds import Builds, Health
from deploy.stats.stats import Lead, Period, Stats
from deploy.stats.times import Times

SLACK = Format(slack=True)
DAY, HOUR, MINUTE = 86_400.0, 3600.0, 60.0
NOW = 1_795_910_400.0
PERIODS = (
    Period("26 Oct", NOW - 33 * DAY, good=2),
    Period("2 Nov", NOW - 26 * DAY, 5, 0, 7, 1),
    Period("9 Nov", NOW - 19 * DAY),
    Period("16 Nov", NOW - 12 * DAY, 12, 2, 20, 10),
)
USUAL = Stats(
    target="app",
    since=NOW - 30 * DAY,
    now=NOW,
    by="week",
    record=NOW - 25 * DAY,
    record_day="3 Nov",
    deploys=17,
    failed=2,
    back=1,
    lead=Lead(Times(31, Usual(42 * MINUTE, 3 * HOUR, 5 * HOUR, 31)), unknown=2),
    restore=Times(2, few=(4 * MINUTE, 12 * MINUTE)),
    broken=0,
    past_fisk=1,
    builds=(Builds("build.yml", 29, 11, 3, Times(26, Usual(18 * MINUTE, 22 * MINUTE, 30 * MINUTE, 26))),),
    periods=PERIODS,
)


def text(*, fmt: Format = TERMINAL, **changes: Any) -> str:
    told, offers = reply_text(StatsTable(replace(USUAL, **changes)), fmt)
    assert offers == ()
    return told


def line(name: str, **changes: Any) -> str:
    return next(each for each in text(**changes).splitlines() if each.startswith(name))


def test_the_whole_at_a_terminal() -> None:
    assert text() == (
        "app, the last 30 days, since 3 Nov, when fisk's record begins\n"
        "Deploys: 17, about 4.8 a week; 1 way back\n"
        "Lead time: median 42 min, 9 of 10 within 3 h (31 commits, push to running)\n"
        "Change failure rate: 12% (2 of 17 deploys)\n"
        "Time to restore: 4 min, 12 min (2 failed deploys, failing to running again; too few for a median)\n"
        "Deploys by week\n"
        "     2 Nov ▇▇▇▇▇▇ 5\n"
        "     9 Nov 0\n"
        "    16 Nov ▇▇▇▇▇▇▇▇▇▇▇▇▇▇ 12, 2 failed\n"
        "build.yml: 29 of 40 good, 3 at a later attempt; median 18 min, 9 of 10 within 22 min"
        " (26 builds, good at once)\n"
        "Builds by week\n"
        "    26 Oct ▇ 2\n"
        "     2 Nov ▇▇▇▇ 8, 1 failed\n"
        "     9 Nov 0\n"
        "    16 Nov ▇▇▇▇▇▇▇▇▇▇▇▇▇▇ 30, 10 failed\n"
        "When 2 more commits came to the branch is not known: GitHub lists the newest hundred pushes.\n"
        "Not in it: 1 deployment in Coolify past fisk."
    )


def test_bars_fit_forty_columns() -> None:
    bars = [each for each in text().splitlines() if "▇" in each]
    assert max(map(len, bars)) <= 40


def test_in_slack_bars_are_code() -> None:
    shown = text(fmt=SLACK)
    assert shown.startswith("*app*, the last 30 days, since 3 Nov, when fisk's record begins\n*Deploys*: 17,")
    assert "Deploys by week\n```\n 2 Nov ▇▇▇▇▇▇ 5\n 9 Nov 0\n16 Nov ▇" in shown


def test_nothing_at_all_says_so() -> None:
    nothing: dict[str, Any] = {
        "record": 0,
        "record_day": "",
        "deploys": 0,
        "failed": 0,
        "back": 0,
        "lead": Lead(Times()),
        "restore": Times(),
        "past_fisk": 0,
        "builds": (Builds("build.yml", 0, 0, 0, Times()),),
        "periods": (Period("26 Oct", NOW - 30 * DAY),),
    }
    assert text(**nothing) == (
        "app, the last 30 days: fisk's record of operations is empty\n"
        "Deploys: none\n"
        "Lead time: no commit was newly deployed\n"
        "Change failure rate: nothing was deployed\n"
        "Time to restore: nothing failed\n"
        "build.yml: no build"
    )
    assert reply_picture(StatsTable(replace(USUAL, **nothing))) is None


def test_few_deploys_have_no_rate() -> None:
    assert line("Deploys:", deploys=4, back=0) == "Deploys: 4"
    assert line("Change", deploys=4, failed=1) == "Change failure rate: 1 of 4 deploys, too few for a rate"


def test_nor_has_a_short_time() -> None:
    assert line("Deploys:", since=NOW - 6 * DAY, back=0) == "Deploys: 17"


def test_what_is_not_restored_is_named() -> None:
    told = line("Time", restore=Times(), broken=1)
    assert told == "Time to restore: 1 not restored by fisk yet"
    assert line("Time", broken=1).endswith("too few for a median); 1 not restored by fisk yet")


@pytest.mark.parametrize(
    ("lead", "told"),
    [
        (Lead(Times(1, few=(90.0,))), "1 min 30 s (1 commit, push to running; too few for a median)"),
        (Lead(Times(), unknown=3), "not known"),
        (
            Lead(Times(9, Usual(3 * DAY, 9 * DAY, 9 * DAY, 9)), source="runs"),
            "median 3 days, 9 of 10 within 9 days (9 commits, the build's beginning to running)",
        ),
    ],
)
def test_lead_time_says_what_it_is_of(lead: Lead, told: str) -> None:
    assert line("Lead", lead=lead) == f"Lead time: {told}"


def test_why_pushes_are_not_known_without_githubs_list() -> None:
    assert line("When", lead=Lead(Times(), unknown=1, source="runs")) == (
        "When 1 more commit came to the branch is not known:"
        " GitHub does not tell pushes, and only a push's last commit has a build."
    )


def test_a_list_of_builds_that_is_cut_is_shown_from_where_it_is_whole() -> None:
    cut = replace(USUAL.builds[0], since=NOW - 13 * DAY)
    told = text(builds=(cut,))
    assert "    26 Oct" not in told.partition("Builds by week")[2]
    assert "build.yml: GitHub listed only the newest builds." in told


def test_gaps_are_named() -> None:
    missing = (Unknown("GitHub answers 500.", "Try again."),)
    assert text(missing=missing).splitlines()[-1] == "Not all is known: GitHub answers 500. Try again."


def test_the_picture_has_the_same_figures_and_says_them_to_whoever_does_not_see_it() -> None:
    title = "app, the last 30 days, since 3 Nov, when fisk's record begins"
    figures = (
        ("Deploys", "17, about 4.8 a week; 1 way back"),
        ("Lead time", "median 42 min, 9 of 10 within 3 h (31 commits, push to running)"),
        ("Change failure rate", "12% (2 of 17 deploys)"),
        (
            "Time to restore",
            "4 min, 12 min (2 failed deploys, failing to running again; too few for a median)",
        ),
    )
    deploys = Panel("Deploys by week", (Bar("2 Nov", 5, 0), Bar("9 Nov", 0, 0), Bar("16 Nov", 12, 2)))
    builds = Panel(
        "Builds by week", (Bar("26 Oct", 2, 0), Bar("2 Nov", 8, 1), Bar("9 Nov", 0, 0), Bar("16 Nov", 30, 10))
    )
    said = " ".join(f"{name}: {value}." for name, value in figures)
    assert reply_picture(StatsTable(USUAL)) == Picture(
        "stats.png",
        title,
        f"{title}. {said} Deploys by week: 2 Nov 5, 9 Nov 0, 16 Nov 12 with 2 failed."
        " Builds by week: 26 Oct 2, 2 Nov 8 with 1 failed, 9 Nov 0, 16 Nov 30 with 10 failed.",
        Chart(title, figures, (deploys, builds)),
    )


@pytest.mark.parametrize(
    ("took", "drawn"), [((), ""), ((0.0,), "✗"), ((60.0, 120.0, 0.0, 480.0), "▁▂✗█"), ((5.0,), "█")]
)
def test_builds_in_home_are_as_high_as_they_took(took: tuple[float, ...], drawn: str) -> None:
    assert sparks(took) == drawn


EIGHTEEN = Times(9, Usual(18 * MINUTE, 22 * MINUTE, 30 * MINUTE, 9))


@pytest.mark.parametrize(
    ("health", "told"),
    [
        (None, []),
        (Health(0, 0, Times(), ()), ["*builds* none this week"]),
        (Health(2, 1, Times(2, few=(60, 90)), (60, 0, 90)), ["*builds* ▆✗█ 2 of 3 good this week"]),
        (Health(14, 1, EIGHTEEN, (60,)), ["*builds* █ 14 of 15 good this week, median 18 min"]),
        (
            Health(29, 1, EIGHTEEN, (60,), whole=False),
            ["*builds* █ 29 of 30 good among the week's newest, median 18 min"],
        ),
    ],
)
def test_a_weeks_builds_are_a_line_in_home(health: Health | None, told: list[str]) -> None:
    assert of_week(health, SLACK) == told
