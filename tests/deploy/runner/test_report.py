"""A busy runner is called stuck only where the jobs of every build under way are known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deploy.core.ask import Unknown
from deploy.core.github_model import Build, Job, Runner
from deploy.runner.report import GRACE, LOOKED_AT, are_all, read

NOW = 1_800_000_000.0
BUSY = Runner(21, "vps", online=True, busy=True, labels=("x64",))
QUEUED = Build(7, "9c41d07", "main", "push", "queued", "", 1, NOW - 900, NOW, "")
RUNNING = replace(QUEUED, id=8, status="in_progress")
WAITING = Job(1, "build", "queued", "", 0, 0, "", labels=("x64",), created=NOW - GRACE - 1)
ELSEWHERE = Job(2, "build", "in_progress", "", NOW - 60, 0, "", runner="vps", labels=("x64",))


def stuck(runner: Runner, *, complete: bool, running: tuple[Job, ...] = ()) -> bool:
    seen = read([runner], [(QUEUED, (WAITING,)), (RUNNING, running)], NOW, complete=complete)
    assert not isinstance(seen.runners, Unknown)
    return seen.runners[0].stuck


def test_a_busy_runner_without_a_job_is_stuck_where_all_jobs_are_known() -> None:
    assert stuck(BUSY, complete=True)
    assert not stuck(BUSY, complete=False)
    assert not stuck(BUSY, complete=True, running=(ELSEWHERE,))
    assert not stuck(replace(BUSY, shared=True), complete=True)
    assert not stuck(replace(BUSY, online=False), complete=True)


def test_an_idle_one_needs_no_such_knowledge() -> None:
    assert stuck(replace(BUSY, busy=False), complete=False)


@pytest.mark.parametrize(
    ("running", "jobs", "all_known"),
    [
        ((RUNNING,), [(RUNNING, (ELSEWHERE,))], True),
        ((), [], True),
        ((RUNNING,), [(QUEUED, (WAITING,))], False),
        ((RUNNING,) * LOOKED_AT, [(RUNNING, (ELSEWHERE,))], False),
        (Unknown("GitHub answers 500."), [], False),
    ],
)
def test_builds_that_github_does_not_tell_of_leave_it_open(
    running: tuple[Build, ...] | Unknown,
    jobs: list[tuple[Build, tuple[Job, ...]]],
    all_known: bool,  # noqa: FBT001 (a parameter)
) -> None:
    assert are_all(running, jobs) is all_known
