"""Texts of builds and build, and of outcomes of operations on builds, word for word."""

# ruff: noqa: E501 (a sentence that is compared stands on one line)

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.slack import blocks
from bot.words.format import TERMINAL, Format
from bot.words.texts import outcome_offers, outcome_text, reply_text
from commands.builds import BuildsTable, OneBuild
from deploy.builds.arguments import RerunArguments
from deploy.builds.failing import Failing
from deploy.builds.outcomes import BuildRunsAgain, BuildStarted, BuildStopped, BuildUnsure
from deploy.builds.report import BuildList, BuildReport
from deploy.core.ask import Unknown
from deploy.core.durations import Left, Usual
from deploy.core.model import Actor, Build, Dialog, Failure, Job, JobStep, Offer, Operation, Origin

if TYPE_CHECKING:
    from deploy.core.outcomes import Outcome

SLACK = Format(slack=True)
NOW, MINUTE = 1_700_000_000.0, 60.0
SHA = "9c41d07" + "0" * 33
USUAL = Usual(18 * MINUTE, 20 * MINUTE, 22 * MINUTE, 10)
RUNNING = Build(
    7,
    SHA,
    "main",
    "push",
    "in_progress",
    "",
    1,
    NOW - 9 * MINUTE,
    NOW,
    "https://gh/runs/7",
    "Add <VAT>",
    "b.yml",
    "ivo",
)
GREEN = replace(RUNNING, status="completed", conclusion="success", updated=NOW - MINUTE)
RED = replace(GREEN, conclusion="failure")


STOP = Dialog(
    "The build of 9c41d07 is under way. Cancel it? It can be run again.", "Cancel the build", "Let it build"
)
DEPLOY = Dialog("Deploy 9c41d07 to app, in place of what runs there?", "Deploy 9c41d07", "Keep what runs")


def step(name: str, took: float, conclusion: str = "success") -> JobStep:
    return JobStep(name, 1, "completed", conclusion, NOW - 600, NOW - 600 + took)


DONE_STEPS = (step("Set up", 2), step("Build", 400), step("Post", 3))
DONE = Job(1, "build", "completed", "success", NOW - 600, NOW - 60, "", "vps", steps=DONE_STEPS)
NOW_STEP = JobStep("Build", 2, "in_progress", "", NOW - 480, 0)
COMING = (JobStep("Push", 3, "queued", "", 0, 0), JobStep("Tidy", 4, "queued", "", 0, 0))
AT_WORK = Job(
    1, "build", "in_progress", "", NOW - 500, 0, "", "vps", steps=(step("Set up", 2), NOW_STEP, *COMING)
)
BROKEN_STEPS = (step("Set up", 2), step("Build", 9, "failure"), step("Push", 0, "skipped"))
BROKEN = replace(DONE, conclusion="failure", steps=BROKEN_STEPS)
STEPS = (
    (("build", "Build"), Usual(MINUTE * 17, MINUTE * 19, 1, 3)),
    (("build", "Push"), Usual(40, 50, 1, 3)),
    (("build", "Tidy"), Usual(1, 2, 1, 3)),
)
REPORT = BuildReport(RUNNING, (AT_WORK,), USUAL, STEPS, Left(9 * MINUTE, 11 * MINUTE), None, NOW)


def lines(report: BuildReport, fmt: Format = TERMINAL) -> list[str]:
    return reply_text(OneBuild(report, "main"), fmt)[0].split("\n")


def test_a_build_under_way() -> None:
    assert lines(REPORT) == [
        "9c41d07 “Add <VAT>”: ▰▰▱▱▱ step 2 of 4, Build; about 9 min left, nine in ten within 11 min · build 7 · ivo",
        "● job build on vps: for 8 min 20 s",
        "    ● Build: for 8 min (usually 17 min, nine in ten within 19 min)",
        "    ○ Push: queued (usually 40 s, nine in ten within 50 s)",
        "    and 2 short steps",
        "All of it: https://gh/runs/7",
    ]
    assert reply_text(OneBuild(REPORT, "main"), SLACK)[1] == (
        Offer("Cancel the build", "build cancel 7", danger=True, asks=STOP),
    )


def test_a_build_that_succeeded() -> None:
    it = replace(REPORT, build=replace(GREEN, branch="x", attempt=2), jobs=(DONE,), left=None)
    assert lines(it) == [
        "9c41d07 “Add <VAT>” on x: built in 8 min (usually 18 min, nine in ten within 20 min), 1 min ago · build 7, attempt 2 · ivo",
        "✓ job build on vps: 9 min",
        "    ✓ Build: 6 min 40 s (usually 17 min, nine in ten within 19 min)",
        "    and 2 short steps",
        "All of it: https://gh/runs/7",
    ]
    assert reply_text(OneBuild(it, "main"), SLACK)[1] == (
        Offer("Deploy 9c41d07", "deploy 9c41d07", asks=DEPLOY),
    )


def test_a_build_that_failed_shows_the_end_of_its_log() -> None:
    log = ("#14 RUN npm ci", "<b>ERESOLVE</b> ```")
    it = replace(
        REPORT, build=RED, jobs=(BROKEN,), left=None, failing=Failing(BROKEN, BROKEN_STEPS[1], log), steps=()
    )
    assert lines(it)[1:] == [
        "✗ job build on vps: failure after 9 min",
        "    ✗ Build: failure after 9 s",
        "    and 2 short steps",
        "The end of “Build”:",
        "    #14 RUN npm ci",
        "    <b>ERESOLVE</b> ```",
        "All of it: https://gh/runs/7",
    ]
    assert (
        "```\n#14 RUN npm ci\n&lt;b&gt;ERESOLVE&lt;/b&gt; '''\n```"
        in reply_text(OneBuild(it, "main"), SLACK)[0]
    )
    assert reply_text(OneBuild(it, "main"), SLACK)[1] == (
        Offer("Rerun", "build rerun 7"),
        Offer("Rerun what failed", "build rerun 7 --failed"),
    )


def test_what_is_missing_of_a_build_is_said() -> None:
    gone = Unknown("GitHub has no log of job 1: it has expired.", "Its page may show more.")
    it = replace(REPORT, build=RED, jobs=gone, left=None, usual=None, failing=Failing(BROKEN, None, gone))
    assert lines(it)[1:3] == [
        "Its jobs are not known: GitHub has no log of job 1: it has expired. Its page may show more.",
        "Its log is not to be had: GitHub has no log of job 1: it has expired. Its page may show more.",
    ]


def test_a_build_that_waits_or_was_cancelled() -> None:
    waits = replace(REPORT, build=replace(RUNNING, status="queued", title="", actor=""), jobs=())
    assert lines(waits)[0] == "9c41d07: waits for a runner since 9 min · build 7"
    stopped = replace(REPORT, build=replace(RED, conclusion="cancelled"), jobs=(), usual=None)
    assert lines(stopped)[0] == "9c41d07 “Add <VAT>”: cancelled in 8 min, 1 min ago · build 7 · ivo"
    assert reply_text(OneBuild(stopped, "main"), SLACK)[1] == (Offer("Rerun", "build rerun 7"),)


def test_a_long_log_stays_in_blocks_of_code_that_slack_takes() -> None:
    log = tuple(f"{number} {'&' * 130}" for number in range(30))
    it = replace(REPORT, build=RED, jobs=(BROKEN,), failing=Failing(BROKEN, BROKEN_STEPS[1], log))
    message = blocks.message(*reply_text(OneBuild(it, "main"), SLACK))
    texts = [block["text"]["text"] for block in message["blocks"] if block["type"] == "section"]
    assert len(texts) > 1
    assert all(len(text) <= blocks.SECTION and text.count("```") % 2 == 0 for text in texts)
    assert "29 &amp;" in texts[-1]


def test_the_newest_builds() -> None:
    builds = (
        replace(RUNNING, title="x" * 70),
        replace(GREEN, branch="feature/x", attempt=2, event="workflow_dispatch"),
        replace(RED, title="", updated=NOW - 3 * 86_400),
        replace(RUNNING, status="queued"),
    )
    text, next_steps = reply_text(BuildsTable(BuildList(builds, USUAL, 200, NOW), "main"), SLACK)
    assert text.split("\n") == [
        f"● 9c41d07 · “{'x' * 59}…” · building ▰▰▱▱▱ 9 min of about 18 min · 7",
        "✓ 9c41d07 · “Add &lt;VAT&gt;” · built in 8 min, 1 min ago · on feature/x · attempt 2 · workflow dispatch · 7",
        "✗ 9c41d07 · failed in 0 s, 3 days ago · 7",
        "● 9c41d07 · “Add &lt;VAT&gt;” · waits for a runner since 9 min · 7",
        "A build usually takes 18 min, nine in ten within 20 min.",
        "GitHub lists 100 at once, so these are the newest 100.",
    ]
    assert next_steps == (Offer("Show 9c41d07", "build 7"),)
    assert (
        reply_text(BuildsTable(BuildList((), None, 10, NOW), "main"), SLACK)[0]
        == "GitHub lists no build yet."
    )


# --- how acts end

OPERATION = Operation("b-7k3f", "build rerun", Actor("U1"), Origin("slack"), RerunArguments(7, SHA), (), NOW)
LOG = Offer("Log", "op b-7k3f")
AGAIN = BuildRunsAgain(7, SHA, 2, "queued", "https://gh/7")
STOPPED = BuildStopped(7, SHA, "cancelled", "https://gh/7")
STARTED = BuildStarted(8, SHA, "main", "in_progress", "https://gh/8")
NOT_SHOWN = Failure("build_not_shown", "GitHub took it, but shows nothing.", "Look at it.")


@pytest.mark.parametrize(
    ("outcome", "words", "first"),
    [
        (AGAIN, "build of 9c41d07 runs again as attempt 2; it waits for a runner. https://gh/7", "Show the build"),
        (replace(AGAIN, failed_only=True, state="completed"), "build of 9c41d07: what failed of it runs again as attempt 2; it is over already. https://gh/7", "Show the build"),
        (STOPPED, "build of 9c41d07 stopped. https://gh/7", "Rerun"),
        (replace(STOPPED, conclusion="success"), "build of 9c41d07 ended before it could be stopped: success. https://gh/7", "Show the build"),
        (replace(STOPPED, error=Failure("github_server_fault", "GitHub answers 500.", "Try again.")), "build of 9c41d07 stopped. It does not run again: GitHub answers 500. Try again. https://gh/7", "Rerun"),
        (STARTED, "build of 9c41d07, the head of main, started; it is under way. https://gh/8", "Show the build"),
        (replace(STARTED, no_cache=True), "build of 9c41d07, the head of main, started without any cache; it is under way. https://gh/8", "Show the build"),
        (BuildUnsure(NOT_SHOWN, 7, SHA), "build of 9c41d07: GitHub took it, but shows nothing. It may come yet.\nLook at it.", "Look"),
        (BuildUnsure(NOT_SHOWN, 0, SHA, "GitHub answers 502."), (
            "build of 9c41d07: GitHub took it, but shows nothing. Its answer was lost: GitHub answers 502."
            " It may come yet.\nLook at it."
        ), "Look"),
    ],
)  # fmt: skip
def test_how_an_act_on_a_build_ended(outcome: Outcome, words: str, first: str) -> None:
    assert outcome_text(outcome, OPERATION, TERMINAL) == words
    next_steps = outcome_offers(outcome, OPERATION)
    assert (next_steps[0].label, next_steps[-1]) == (first, LOG)
