"""How long builds and their steps usually take."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from deploy.core import durations
from deploy.core.durations import Left, Usual
from deploy.core.model import Build, Job, JobStep

BUILD = Build(7, "9c41d07", "main", "push", "completed", "success", 1, started=1000, updated=2080, url="")
MINUTE = 60.0


def step(name: str, started: float, finished: float, conclusion: str = "success") -> JobStep:
    status = "completed" if finished else "in_progress" if started else "queued"
    return JobStep(name, 1, status, conclusion if finished else "", started, finished)


def job(*steps: JobStep, conclusion: str = "success") -> Job:
    ends = max(each.finished for each in steps) if conclusion else 0.0
    status = "completed" if conclusion else "in_progress"
    return Job(1, "build", status, conclusion, steps[0].started, ends, "", steps=steps)


def earlier(build: float, rest: float = 60.0) -> tuple[Job, ...]:
    """A build that set up for ten seconds, built for so many, and then needed `rest` to its end."""
    return (
        job(
            step("Set up", 100, 110),
            step("Build", 110, 110 + build),
            step("Write", 110 + build, 110 + build + rest),
        ),
    )


def test_half_are_no_longer_than_the_median_and_nine_in_ten_than_the_ninetieth_percentile() -> None:
    assert durations.usual(range(1, 102)) == Usual(51, 91, 96, 101)
    assert durations.usual([30.0]) == Usual(30, 30, 30, 1)


def test_of_nothing_nothing_is_usual() -> None:
    assert durations.usual([]) is None
    assert durations.usual([0.0, -3.0]) is None


@given(st.lists(st.floats(0.001, 1e6), min_size=1))
def test_percentiles_lie_among_the_values_in_their_order(values: list[float]) -> None:
    found = durations.usual(values)
    assert found is not None
    places = [min(values), found.p50, found.p90, found.p95, max(values)]
    assert all(lower <= upper * (1 + 1e-9) for lower, upper in pairwise(places))


def test_only_builds_that_succeeded_tell_what_is_usual() -> None:
    failed = replace(BUILD, conclusion="failure", updated=1001)
    running = replace(BUILD, status="in_progress", conclusion="")
    again = replace(BUILD, attempt=2, updated=1060)  # it may have run only what failed before
    assert durations.of_builds([BUILD, failed, running, again]) == Usual(1080, 1080, 1080, 1)
    assert (durations.took(BUILD), durations.took(running)) == (1080, 0)


def test_each_step_has_its_own_experience_and_failures_tell_nothing() -> None:
    failed = (job(step("Set up", 100, 104), step("Build", 104, 110, "failure"), conclusion="failure"),)
    found = durations.of_steps([earlier(600), earlier(800), failed])
    assert {name[1]: usual.p50 for name, usual in found.items()} == {"Set up": 10, "Build": 700, "Write": 60}


def test_a_step_that_begins_and_ends_in_one_second_took_some_of_it() -> None:
    assert durations.of_steps([(job(step("Tag", 5, 5)),)]) == {("build", "Tag"): Usual(0.5, 0.5, 0.5, 1)}


def test_what_is_left_counts_from_the_step_that_runs() -> None:
    now = (job(step("Set up", 1000, 1400), step("Build", 1400, 0), step("Write", 0, 0), conclusion=""),)
    assert durations.left(now, [earlier(600), earlier(600), earlier(600)], 1700) == Left(360, 360)
    slow = durations.left(now, [earlier(600), earlier(600), earlier(1000)], 1400 + 900)
    assert slow is not None
    assert slow.p50 == pytest.approx(-240)
    assert slow.p90 == pytest.approx(80)


def test_nobody_knows_what_is_left_where_no_step_runs_or_none_is_known() -> None:
    running = (job(step("Deploy", 1000, 0), conclusion=""),)
    failed = (job(step("Deploy", 1, 2, "failure"), conclusion="failure"),)
    assert durations.left((), [earlier(600)], 1700) is None
    assert durations.left(earlier(600), [earlier(600)], 1700) is None
    assert durations.left(running, [earlier(600), failed, ()], 1700) is None
