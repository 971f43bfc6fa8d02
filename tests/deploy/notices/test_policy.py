"""Which changes of a build are posted, and where: pure decisions."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from deploy.core.ask import Unknown
from deploy.core.github_model import Build, Commit
from deploy.core.model import Image, Target
from deploy.notices.policy import (
    DAY,
    LOOK_AGAIN,
    LOOK_UNTIL,
    WHILE_RUNNING,
    Checked,
    Notice,
    Rule,
    Stage,
    Verdict,
    about,
    fresh,
    order,
    wanted,
)

SHA = "3f2a1b9c85e4d7f60a19b3c2e8d5f4a7061b9e3c"
NOW = 1_800_000_000.0
MINUTE = 60.0
APP = Target("app", "ghcr.io/wandeon/fiskai-app", "uuid", "https://app.example/health")
WORKER = replace(APP, name="worker", platform="linux/amd64")
COMMIT = Commit(SHA, "Round VAT per line", "Marko Babić", "markobabic", NOW)
SILENT = Unknown("The registry did not answer within 3 s.")


def a_build(status: str = "in_progress", conclusion: str = "", **changes: object) -> Build:
    build = Build(
        id=77,
        sha=SHA,
        branch="main",
        event="push",
        status=status,
        conclusion=conclusion,
        attempt=1,
        started=NOW - 18 * MINUTE,
        updated=NOW,
        url="https://github.com/Wandeon/FiskAI/actions/runs/77",
        title="Round VAT per line",
        workflow="build.yml",
        actor="markobabic",
    )
    return replace(build, **changes)  # type: ignore[arg-type]


def an_image(*platforms: str, revision: str = SHA) -> Image:
    return Image(APP.image, SHA, "sha256:9f31aa77c0", platforms or ("linux/arm64",), revision)


def built(*images: Checked, **changes: object) -> Notice:
    notice = Notice(a_build("completed", "success"), NOW, COMMIT, 19 * MINUTE, 24 * MINUTE, images)
    return replace(notice, **changes)  # type: ignore[arg-type]


def running(for_minutes: float, **changes: object) -> Notice:
    build = a_build(started=NOW - for_minutes * MINUTE)
    notice = Notice(build, NOW, COMMIT, usual=18 * MINUTE, late=25 * MINUTE)
    return replace(notice, **changes)  # type: ignore[arg-type]


GOOD = Checked(APP, an_image())
STATES = [
    a_build(status, attempt=attempt)
    for attempt in (1, 2)
    for status in ("queued", "in_progress", "completed")
]


# --- order


def test_a_run_goes_from_queued_to_completed_and_then_to_its_next_attempt() -> None:
    assert [order(build) for build in STATES] == sorted({order(build) for build in STATES})


@pytest.mark.parametrize("status", ["queued", "requested", "waiting", "pending", "what GitHub adds later"])
def test_whatever_else_github_calls_it_a_build_that_does_not_run_waits(status: str) -> None:
    assert order(a_build("queued")) == order(a_build(status)) < order(a_build("in_progress"))


@given(st.permutations(STATES), st.lists(st.sampled_from(STATES)))
def test_in_whatever_order_its_states_come_the_newest_is_left(
    states: list[Build], repeated: list[Build]
) -> None:
    known = states[0]
    for seen in [*states, *repeated]:
        known = seen if order(seen) > order(known) else known
    assert known == STATES[-1]


def test_a_rerun_has_a_message_of_its_own() -> None:
    assert [about(a_build()), about(a_build(attempt=2))] == ["77.1", "77.2"]


# --- what concerns whom


def test_what_ended_before_fisk_looked_or_long_ago_is_history() -> None:
    ended = a_build("completed", "success")
    assert fresh(ended, NOW + DAY)
    assert not fresh(ended, NOW + DAY + 1)
    assert not fresh(ended, NOW + 1, since=NOW + 1)
    assert fresh(a_build(updated=NOW - 1), NOW, since=NOW), "what runs is news, since whenever it does"
    assert not fresh(a_build(updated=NOW - DAY - 1), NOW), "an old webhook that somebody delivers again"


# --- what became of it


@pytest.mark.parametrize(
    ("images", "verdict"),
    [
        ((), "built"),
        ((GOOD,), "built"),
        ((Checked(APP, an_image(revision="")),), "built"),
        ((Checked(APP, an_image("linux/amd64", "linux/arm64")),), "built"),
        ((Checked(APP),), "no image"),
        ((Checked(APP, an_image("linux/amd64")),), "wrong platform"),
        ((Checked(APP, an_image(revision="a4c9e1f")),), "wrong revision"),
        ((Checked(APP, SILENT),), "unchecked"),
        ((GOOD, Checked(WORKER, left_out=True)), "built"),
        ((GOOD, Checked(WORKER)), "no image"),
        ((GOOD, Checked(WORKER, left_out=SILENT)), "unchecked"),
        ((Checked(APP, left_out=True), Checked(WORKER, left_out=True)), "not built"),
        ((GOOD, Checked(WORKER, an_image())), "wrong platform"),
        ((Checked(APP, SILENT), Checked(WORKER)), "no image"),
    ],
)
def test_a_green_build_is_as_good_as_its_worst_image(images: tuple[Checked, ...], verdict: Verdict) -> None:
    assert built(*images).verdict == verdict


@pytest.mark.parametrize(
    ("conclusion", "verdict"),
    [
        ("failure", "failed"),
        ("timed_out", "failed"),
        ("startup_failure", "failed"),
        ("action_required", "failed"),
        ("what GitHub adds later", "failed"),
        ("cancelled", "cancelled"),
        ("skipped", "skipped"),
        ("neutral", "skipped"),
        ("deleted", "deleted"),
    ],
)
def test_every_other_conclusion_is_told_as_what_it_is(conclusion: str, verdict: Verdict) -> None:
    notice = Notice(a_build("completed", conclusion), NOW, COMMIT)
    assert (notice.verdict, notice.stage, notice.look_again) == (verdict, Stage.OVER, 0)


@pytest.mark.parametrize(
    ("minutes", "verdict"),
    [(24, "running"), (26, "slow"), (36, "slow"), (37, "crawling"), (300, "crawling")],
)
def test_a_build_is_slow_past_its_95th_percentile_and_crawls_past_twice_the_median(
    minutes: float, verdict: Verdict
) -> None:
    assert running(minutes).verdict == verdict


def test_where_builds_always_differ_crawling_is_not_less_than_slow() -> None:
    assert running(40, late=45 * MINUTE).verdict == "running"
    assert running(46, late=45 * MINUTE).verdict == "crawling"


def test_waiting_for_a_runner_makes_no_build_slow() -> None:
    waited = running(60, began=NOW - 10 * MINUTE)
    assert (waited.verdict, waited.took, waited.look_again) == ("running", 10 * MINUTE, NOW + WHILE_RUNNING)
    assert running(60, began=NOW - 26 * MINUTE).verdict == "slow"


def test_without_experience_nothing_is_slow() -> None:
    assert running(600, usual=0.0, late=0.0).verdict == "running"


# --- when to look again


def test_a_running_build_is_looked_at_when_it_becomes_slow_at_the_latest() -> None:
    assert running(1).look_again == NOW + WHILE_RUNNING
    assert running(24.5).look_again == NOW + 30 + 1
    assert running(35.5).look_again == NOW + 30 + 1
    assert running(300).look_again == NOW + WHILE_RUNNING


def test_what_could_not_be_found_out_is_looked_up_again_for_an_hour() -> None:
    silent = built(Checked(APP, SILENT))
    assert (silent.stage, silent.look_again) == (Stage.UNCHECKED, NOW + LOOK_AGAIN)
    assert built(GOOD, commit=None).look_again == NOW + LOOK_AGAIN
    assert replace(silent, now=NOW + LOOK_UNTIL).look_again == 0


# --- rules


@pytest.mark.parametrize(
    ("notice", "rules"),
    [
        (running(1), {"all"}),
        (running(300), {"all"}),
        (built(GOOD), {"all"}),
        (built(Checked(APP)), {"all", "failures"}),
        (built(Checked(APP, SILENT)), {"all"}),
        (built(build=a_build("completed", "failure")), {"all", "failures"}),
        (built(build=a_build("completed", "cancelled")), {"all"}),
        (built(build=a_build("completed", "skipped")), set()),
        (replace(running(1), superseded=True), set()),
    ],
)
def test_a_channel_hears_what_its_rule_says(notice: Notice, rules: set[Rule]) -> None:
    every: tuple[Rule, ...] = ("all", "failures", "off")
    assert {rule for rule in every if wanted(notice, rule, mentioned=True)} == rules


def test_mentions_only_means_builds_whose_author_is_in_slack() -> None:
    assert wanted(built(GOOD), "mentions", mentioned=True)
    assert not wanted(built(GOOD), "mentions", mentioned=False)
