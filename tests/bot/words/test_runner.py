"""runner, word for word."""

from __future__ import annotations

from dataclasses import replace

from bot.words.format import TERMINAL
from bot.words.texts import reply_text
from commands.runner import RunnersTable
from deploy.core.ask import Unknown
from deploy.runner.report import JobOf, Runners, read
from tests.bot.words.chain import BUILDING, IDLE, JOB, NOW, OFFLINE, QUEUED, STATUS, WAITING, busy, lines


def table(it: Runners) -> list[str]:
    return reply_text(RunnersTable(it), TERMINAL)[0].split("\n")


def test_a_runner_at_work() -> None:
    assert table(busy()) == [
        "vps online, busy with job build of 9c41d07 (build 7) · labels x64, fiskai",
        "No job waits for a runner.",
    ]


def test_a_job_that_just_came_does_not_make_its_runner_stuck() -> None:
    fresh = replace(WAITING, created=NOW - 10)
    assert table(busy(fresh, QUEUED, IDLE)) == [
        "vps online, idle · labels x64, fiskai",
        "Job build of 9c41d07 (build 7) has waited 10 s for a runner.",
    ]


def test_a_job_with_other_labels_makes_nobody_stuck() -> None:
    other = replace(WAITING, labels=("gpu",))
    assert table(busy(other, QUEUED, IDLE))[0] == "vps online, idle · labels x64, fiskai"


def test_a_job_that_waits_for_an_approval_makes_nobody_stuck() -> None:
    approval = replace(WAITING, status="waiting")
    assert table(busy(approval, QUEUED, IDLE)) == [
        "vps online, idle · labels x64, fiskai",
        "No job waits for a runner.",
    ]


def test_jobs_wait_for_a_runner_that_is_offline() -> None:
    assert table(busy(WAITING, QUEUED, OFFLINE)) == [
        "vps OFFLINE · labels x64, fiskai",
        "Job build of 9c41d07 (build 7) has waited 12 min for a runner.",
        (
            "1 job waited up to 12 min, and vps is offline. Look at its service on its host, or restart it:"
            " `fisk runner restart`."
        ),
    ]


def test_without_sight_of_the_runners_the_jobs_tell_what_they_can() -> None:
    hidden = Unknown("the token may not see the runners.", "Give it the right.")
    works = Runners(hidden, (), (JobOf(BUILDING, JOB),), NOW)
    waits = Runners(hidden, (JobOf(QUEUED, WAITING),), (), NOW)
    assert table(works)[:2] == [
        "Not known: the token may not see the runners. Give it the right.",
        "vps works on job build of 9c41d07 (build 7)",
    ]
    assert table(waits)[1] == (
        "job build of 9c41d07 (build 7) has waited 12 min and nothing runs: the runner is offline or stuck"
    )
    assert table(Runners((), (), (), NOW))[0] == (
        "The token sees no self-hosted runner, neither the repository's own nor the organisation's."
    )


def test_a_runner_that_is_busy_with_nothing_is_stuck() -> None:
    seen = read((replace(IDLE, busy=True),), [(QUEUED, (WAITING,))], NOW, complete=True)
    assert table(seen) == [
        "vps online, STUCK · labels x64, fiskai",
        "Job build of 9c41d07 (build 7) has waited 12 min for a runner.",
        (
            "vps is stuck: busy, but with no job that GitHub knows, while job build of 9c41d07 (build 7)"
            " waits for it since 12 min. Restart it: `fisk runner restart`."
        ),
    ]


def test_an_organisations_runner_may_be_busy_with_another_repository() -> None:
    seen = read((replace(IDLE, busy=True, shared=True),), [(QUEUED, (WAITING,))], NOW, complete=True)
    assert table(seen) == [
        "vps (the organisation's) online, busy · labels x64, fiskai",
        "Job build of 9c41d07 (build 7) has waited 12 min for a runner.",
    ]


def test_an_organisations_runner_shows_in_the_jobs_that_it_runs() -> None:
    works = Runners((), (), (JobOf(BUILDING, JOB),), NOW)
    assert table(works)[1] == "vps works on job build of 9c41d07 (build 7)"
    assert lines(replace(STATUS, runners=works, buildkit=None))[3] == (
        "runner none that the token sees; vps works on job build of 9c41d07 (build 7) · BuildKit: not configured"
    )
