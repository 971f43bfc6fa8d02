"""The notice of a build, word for word."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.words.format import TERMINAL, Format
from bot.words.notices import notice_text, offers, reminder
from deploy.builds.failing import Failing
from deploy.core.ask import Unknown
from deploy.core.github_model import Commit, Job, JobStep
from deploy.core.model import Dialog, Offer
from deploy.deploys.offers import deploying
from deploy.notices.policy import Checked, Notice
from tests.deploy.notices.test_policy import (
    APP,
    COMMIT,
    GOOD,
    MINUTE,
    NOW,
    SHA,
    SILENT,
    WORKER,
    a_build,
    an_image,
    built,
    running,
)

SLACK = Format(slack=True, people={"markobabic": "U0MARKO01"}, mentions=True)
STAGING = Checked(replace(APP, name="staging"), an_image())
SHOW, LOG = Offer("Show it", "build 77"), Offer("Log", "build 77")
RERUN = Offer("Rerun", "build rerun 77")
DEPLOY = deploying("Deploy", "3f2a1b9", "app")
STOP = Dialog(
    "The build of 3f2a1b9 is under way. Cancel it? It can be run again.", "Cancel the build", "Let it build"
)
PUSH = JobStep("Build and push", 7, "completed", "failure", NOW, NOW + 60)
JOB = Job(1, "build", "completed", "failure", NOW, NOW + 60, "https://x", steps=(PUSH,))
TAIL = ("npm ERR! code ERESOLVE", "exit code: 1")


def failed(
    conclusion: str = "failure", failing: Failing | Unknown | None = None, **changes: object
) -> Notice:
    build = replace(a_build("completed", conclusion, started=NOW - 6 * MINUTE), **changes)  # type: ignore[arg-type]
    return Notice(build, NOW, COMMIT, 19 * MINUTE, 24 * MINUTE, failing=failing)


TEXTS: list[tuple[Notice, str, tuple[Offer, ...]]] = [
    (
        running(2),
        (
            "Building 3f2a1b9 “Round VAT per line”. Began <!date^1799999880^{time}|07:58 UTC>;"
            " usually takes 18 min.   Marko Babić"
        ),
        (Offer("Show it", "build 3f2a1b9"),),
    ),
    (
        running(27),
        (
            "Building 3f2a1b9 “Round VAT per line” is slow: 27 min so far."
            " 95 of 100 builds take at most 25 min, usually 18 min.   Marko Babić"
        ),
        (Offer("Show it", "build 3f2a1b9"),),
    ),
    (
        running(41),
        (
            "Building 3f2a1b9 “Round VAT per line” has taken 41 min, more than twice the usual 18 min."
            " The usual cause is emulation: QEMU builds where BuildKit should. `/fisk doctor` checks that."
            "   Marko Babić"
        ),
        (
            Offer("Doctor", "doctor"),
            SHOW,
            Offer("Cancel the build", "build cancel 77", danger=True, asks=STOP),
        ),
    ),
    (
        built(GOOD),
        (
            "Built 3f2a1b9 “Round VAT per line” in 18 min (usually 19 min)."
            " Image linux/arm64 (sha256:9f31…).   <@U0MARKO01>"
        ),
        (DEPLOY, SHOW),
    ),
    (
        built(GOOD, STAGING),
        (
            "Built 3f2a1b9 “Round VAT per line” in 18 min (usually 19 min)."
            " Image linux/arm64 (sha256:9f31…).   <@U0MARKO01>"
        ),
        (DEPLOY, deploying("Deploy to staging", "3f2a1b9", "staging"), SHOW),
    ),
    (
        built(GOOD, Checked(WORKER, left_out=True)),
        (
            "Built 3f2a1b9 “Round VAT per line” in 18 min (usually 19 min). Image linux/arm64 (sha256:9f31…)."
            " It was not about worker.   <@U0MARKO01>"
        ),
        (DEPLOY, SHOW),
    ),
    (
        built(Checked(APP, left_out=True), Checked(WORKER, left_out=True)),
        (
            "The build of 3f2a1b9 “Round VAT per line” ended green after 18 min. It was not about app, worker:"
            " no job of it pushed an image.   <@U0MARKO01>"
        ),
        (Offer("Show it", "build 3f2a1b9"),),
    ),
    (
        built(GOOD, Checked(replace(WORKER, image="ghcr.io/wandeon/fiskai-worker"))),
        (
            "The build of 3f2a1b9 “Round VAT per line” ended green after 18 min, but it pushed no image:"
            " ghcr.io/wandeon/fiskai-worker has no tag 3f2a1b9, so worker cannot be deployed. app can be deployed."
            "   <@U0MARKO01>"
        ),
        (RERUN, DEPLOY, LOG),
    ),
    (
        built(GOOD, Checked(APP, left_out=Unknown("GitHub answers 500."))),
        (
            "Built 3f2a1b9 “Round VAT per line” in 18 min (usually 19 min). Image linux/arm64 (sha256:9f31…)."
            " Its image is not checked: GitHub answers 500.   <@U0MARKO01>"
        ),
        (DEPLOY, deploying("Deploy to app", "3f2a1b9", "app"), SHOW),
    ),
    (
        built(Checked(APP, SILENT)),
        (
            "Built 3f2a1b9 “Round VAT per line” in 18 min (usually 19 min). Its image is not checked:"
            " The registry did not answer within 3 s.   <@U0MARKO01>"
        ),
        (DEPLOY, SHOW),
    ),
    (
        built(Checked(APP)),
        (
            "The build of 3f2a1b9 “Round VAT per line” ended green after 18 min, but it pushed no image:"
            " ghcr.io/wandeon/fiskai-app has no tag 3f2a1b9, so nothing can be deployed.   <@U0MARKO01>"
        ),
        (RERUN, LOG),
    ),
    (
        built(Checked(APP), build=a_build("completed", "success", event="workflow_dispatch")),
        (
            "The build of 3f2a1b9 “Round VAT per line” ended green after 18 min, but it pushed no image:"
            " ghcr.io/wandeon/fiskai-app has no tag 3f2a1b9, so nothing can be deployed. A dry run pushes none."
            "   <@U0MARKO01>"
        ),
        (RERUN, LOG),
    ),
    (
        built(Checked(APP, an_image("linux/amd64"))),
        (
            "The build of 3f2a1b9 “Round VAT per line” ended green after 18 min, but it made no image that app can run:"
            " it is for linux/amd64, and app runs on linux/arm64.   <@U0MARKO01>"
        ),
        (RERUN, LOG),
    ),
    (
        built(Checked(APP, an_image(revision="a4c9e1f27b60"))),
        (
            "The build of 3f2a1b9 “Round VAT per line” ended green after 18 min, but it pushed an image that says it"
            " was built from a4c9e1f: do not deploy it.   <@U0MARKO01>"
        ),
        (RERUN, LOG),
    ),
    (
        failed(failing=Failing(JOB, PUSH, TAIL)),
        (
            "Build of 3f2a1b9 “Round VAT per line” failed at “Build and push” after 6 min (usually 19 min)."
            "   <@U0MARKO01>\n```\nnpm ERR! code ERESOLVE\nexit code: 1\n```"
        ),
        (Offer("Rerun", "build rerun 77 --failed"), LOG),
    ),
    (
        failed(failing=Failing(JOB, PUSH, Unknown("The log has expired."))),
        (
            "Build of 3f2a1b9 “Round VAT per line” failed at “Build and push” after 6 min (usually 19 min)."
            "   <@U0MARKO01>\nIts log cannot be shown: The log has expired."
        ),
        (Offer("Rerun", "build rerun 77 --failed"), LOG),
    ),
    (
        failed("timed_out", attempt=2),
        (
            "Build of 3f2a1b9 “Round VAT per line” (attempt 2) ran out of time after 6 min (usually 19 min)."
            "   <@U0MARKO01>"
        ),
        (Offer("Rerun", "build rerun 77 --failed"), LOG),
    ),
    (
        failed("startup_failure"),
        (
            "Build of 3f2a1b9 “Round VAT per line” could not start: GitHub does not accept the workflow file."
            "   <@U0MARKO01>"
        ),
        (Offer("Rerun", "build rerun 77 --failed"), LOG),
    ),
    (
        failed("haunted"),
        "Build of 3f2a1b9 “Round VAT per line” ended as haunted after 6 min (usually 19 min).   <@U0MARKO01>",
        (Offer("Rerun", "build rerun 77 --failed"), LOG),
    ),
    (
        failed("cancelled"),
        "The build of 3f2a1b9 “Round VAT per line” was cancelled after 6 min.   <@U0MARKO01>",
        (RERUN, SHOW),
    ),
    (
        failed("skipped"),
        "The build of 3f2a1b9 “Round VAT per line” was skipped: nothing was built.   <@U0MARKO01>",
        (Offer("Show it", "build 3f2a1b9"),),
    ),
    (
        failed("deleted"),
        (
            "The build of 3f2a1b9 “Round VAT per line” is gone: GitHub knows its run no more, so nobody can say how it"
            " ended.   <@U0MARKO01>"
        ),
        (Offer("Builds", "builds"),),
    ),
    (
        replace(running(2), superseded=True),
        (
            "Built again: an attempt to build 3f2a1b9 “Round VAT per line” has ended, and the next one has its own"
            " message.   Marko Babić"
        ),
        (Offer("Builds", "builds"),),
    ),
]


@pytest.mark.parametrize(("notice", "text", "next_steps"), TEXTS, ids=[each[0].verdict for each in TEXTS])
def test_a_notice_says_what_is_true_and_what_to_do(
    notice: Notice, text: str, next_steps: tuple[Offer, ...]
) -> None:
    assert (notice_text(notice, SLACK), offers(notice)) == (text, next_steps)


def test_without_a_commit_it_says_what_github_said_and_what_it_did_not() -> None:
    assert notice_text(built(GOOD, commit=None, usual=0.0), SLACK) == (
        "Built 3f2a1b9 “Round VAT per line” in 18 min. Image linux/arm64 (sha256:9f31…)."
        "   GitHub does not say whose it is."
    )


def test_a_slow_build_says_where_it_is() -> None:
    for minutes in (27, 41):
        assert " min. It is at “Build &amp; push”." in notice_text(running(minutes, at="Build & push"), SLACK)


def test_each_platform_has_its_image() -> None:
    worker = Checked(WORKER, replace(an_image("linux/amd64"), digest="sha256:77aa00"))
    assert "Image linux/arm64 (sha256:9f31…). Image linux/amd64 (sha256:77aa…)." in notice_text(
        built(GOOD, worker), SLACK
    )


def test_nobody_pings_a_channel_with_a_commit_a_step_or_a_log() -> None:
    bad = "<!channel> & <@U024BE7LH> ```"
    commit = Commit(SHA, bad, bad, "", NOW)
    notice = replace(failed(failing=Failing(JOB, replace(PUSH, name=bad), (bad,))), commit=commit)
    text = notice_text(notice, SLACK)
    assert "<!" not in text
    assert "<@" not in text
    assert text.count("```") == 2, "the block's own"


def test_a_long_title_is_cut() -> None:
    text = notice_text(built(GOOD, commit=replace(COMMIT, title="x" * 200)), SLACK)
    assert f"“{'x' * 71}…”" in text


def test_in_a_terminal_it_names_commands_as_one_types_them_there() -> None:
    assert "`fisk doctor` checks that." in notice_text(running(41), TERMINAL)


@pytest.mark.parametrize(
    ("notice", "text"),
    [
        (running(27), "is slow"),
        (running(41), "is very slow"),
        (built(GOOD), "is done"),
        (built(Checked(APP, SILENT)), "is done, but its image is not checked yet"),
        (built(Checked(APP)), "left nothing that can be deployed"),
        (failed(), "failed"),
        (failed("cancelled"), "was cancelled"),
    ],
)
def test_its_author_is_reminded_in_one_line(notice: Notice, text: str) -> None:
    assert reminder(notice, SLACK) == f"<@U0MARKO01> your build of 3f2a1b9 {text}."
