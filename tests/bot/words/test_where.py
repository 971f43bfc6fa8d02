"""where, word for word."""

# ruff: noqa: E501 (a sentence that is compared stands on one line)

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.words.format import TERMINAL, Format
from bot.words.texts import reply_text
from commands.status import CommitJourney
from deploy.builds.failing import Failing
from deploy.builds.unbuilt import Unbuilt
from deploy.core.durations import Left, Usual
from deploy.core.model import (
    Comparison,
    Deployment,
    Failure,
    Health,
    Image,
    Offer,
    Operation,
    Origin,
    Running,
)
from deploy.core.outcomes import Cancelled, Failed
from deploy.deploys.arguments import DeployArguments
from deploy.engine.snapshot import Snapshot
from deploy.status.drift import Drift
from deploy.status.journey import Built, Journey
from deploy.status.there import There
from tests.bot.words.chain import (
    ANA,
    APP,
    BUILDING,
    DIGEST,
    DOWN,
    FAILED,
    GREEN,
    HEAD,
    IMAGE,
    JOB,
    LEFT,
    MAIN,
    MINUTE,
    NOW,
    QUEUED,
    RELEASE,
    RUNS,
    SLACK,
    STEP,
)

if TYPE_CHECKING:
    from deploy.core.ask import Unknown

USUAL = Usual(18 * MINUTE, 20 * MINUTE, 22 * MINUTE, 10)
DEPLOY = Operation("d-7k3f", "deploy", ANA, Origin("slack"), DeployArguments("app", MAIN), (), NOW - 600)
SICK = Failure("unhealthy", "It failed its health check.")
NOT_YET = There(APP, Running(RUNS, RUNS, digest=DIGEST, source="host"), "not yet", None, None, Health(200))
JOURNEY = Journey(
    target=APP,
    branch="main",
    commit=HEAD,
    to_main=Comparison("identical", 0, 0),
    built=Built(BUILDING, (JOB,), USUAL, Left(9 * MINUTE, 11 * MINUTE)),
    image=None,
    there=(NOT_YET,),
    now=NOW,
)


def way(journey: Journey, fmt: Format = TERMINAL) -> list[str]:
    return reply_text(CommitJourney(journey), fmt)[0].split("\n")


def test_a_commit_on_its_way() -> None:
    assert way(JOURNEY) == [
        "9c41d07 “Add <VAT>” · Ivo Perić",
        "✓ pushed   9 min ago, the head of main",
        "● built   ▰▰▱▱▱ step 2 of 2, Build and push; about 9 min left, nine in ten within 11 min",
        "○ image   none yet",
        "○ app   runs a4c9e1f, which is older",
    ]
    assert reply_text(CommitJourney(JOURNEY), TERMINAL)[1] == (
        Offer("Deploy when it is done", "deploy 9c41d07 --to app --wait"),
        Offer("Show the build", "build 7"),
    )
    assert way(JOURNEY, SLACK)[0] == "*9c41d07 “Add &lt;VAT&gt;”* · <@U3>"


def test_a_commit_that_has_arrived() -> None:
    live = replace(
        NOT_YET,
        running=Running(MAIN, MAIN, digest=DIGEST, source="host"),
        relation="this",
        release=replace(RELEASE, at=NOW - 60),
    )
    it = replace(JOURNEY, built=Built(GREEN, (), USUAL), image=replace(IMAGE, revision=MAIN), there=(live,))
    assert way(it)[2:] == [
        "✓ built   in 8 min (usually 18 min), 1 min ago",
        "✓ image   linux/arm64 sha256:9f31ab3c4e90…, made 24 min ago",
        "✓ app   live, released 1 min ago by @ana; healthy, proven",
    ]


@pytest.mark.parametrize(
    ("built", "told"),
    [
        (DOWN, "? built   not known: Coolify answers 503. Look at it."),
        (Built(None, unbuilt=Unbuilt("says `[skip ci]`")), "○ built   it says `[skip ci]`, so nothing was built for it"),
        (Built(None, unbuilt=Unbuilt(unknown="GitHub answers 500")), "✗ built   GitHub lists no build of it, and why is not known: GitHub answers 500; start one: `fisk build start` builds the head"),
        (Built(None), "✗ built   GitHub lists no build of it; start one: `fisk build start` builds the head"),
        (Built(QUEUED, waited=120), "● built   waits for a runner since 2 min"),
        (Built(replace(BUILDING, status="waiting"), waited=120), "● built   waits for an approval on GitHub since 2 min"),
        (Built(QUEUED, waited=720, stuck="vps"), "✗ built   waits for a runner since 12 min: vps is online and does not take it, so it is stuck. Restart it: `fisk runner restart`."),
        (Built(FAILED, failing=Failing(JOB, STEP, ("code ERESOLVE",))), "✗ built   failed after 8 min at “Build and push” (code ERESOLVE). Run it again: `fisk build rerun 6`."),
        (Built(BUILDING, (), USUAL, LEFT), "● built   ▰▰▱▱▱ about 9 min left, nine in ten within 11 min"),
        (Built(BUILDING, (JOB,), None, Left(-120, 60)), "● built   ▰▰▰▰▰ step 2 of 2, Build and push; 2 min longer than usual, nine in ten end within 60 s"),
        (Built(BUILDING, (), None, Left(-600, -60)), "● built   ▰▰▰▰▰ 10 min longer than usual, and longer than nine in ten"),
        (Built(BUILDING, (), None, None), "● built   how long it will be is not known: no earlier build tells"),
    ],
)  # fmt: skip
def test_how_far_the_build_is(built: Built | Unknown, told: str) -> None:
    told = told.replace("60 s", "1 min")
    assert way(replace(JOURNEY, built=built))[2] == told


@pytest.mark.parametrize(
    ("image", "told"),
    [
        (DOWN, "? image   not known: Coolify answers 503. Look at it."),
        (None, "✗ image   none, although its build is green: look at https://gh/runs/7. Build it again: `fisk build rerun 6`."),
        (replace(IMAGE, platforms=("linux/amd64",)), "✗ image   linux/amd64 sha256:9f31ab3c4e90…, made 24 min ago: app needs linux/arm64. Build it again: `fisk build rerun 6`."),
        (IMAGE, "✗ image   linux/arm64 sha256:9f31ab3c4e90…, made 24 min ago, but it says that it was built from 3f2a1b9. Build it again: `fisk build rerun 6`."),
    ],
)  # fmt: skip
def test_how_the_image_of_a_commit_is(image: Image | Unknown | None, told: str) -> None:
    assert way(replace(JOURNEY, built=Built(GREEN, (), USUAL), image=image))[3] == told


@pytest.mark.parametrize(
    ("there", "told"),
    [
        (replace(NOT_YET, running=Running("", None, why="no host, and Coolify answers 503.")), "? app   what it runs is not known: no host, and Coolify answers 503."),
        (replace(NOT_YET, relation="within"), "✓ app   live as part of a4c9e1f; healthy, proven"),
        (replace(NOT_YET, relation="elsewhere"), "○ app   runs a4c9e1f, which has no part of it"),
        (replace(NOT_YET, relation="unknown"), "? app   runs a4c9e1f; whether that has it is not known"),
        (replace(NOT_YET, release=RELEASE), "○ app   released 3 h ago by @ana, and taken back since; runs a4c9e1f, which is older"),
        (replace(NOT_YET, relation="this", deployment=Deployment("u", "finished", MAIN, NOW - 60)), "✓ app   live, deployed 1 min ago by Coolify, not by fisk; healthy, proven"),
        (replace(NOT_YET, tried=Snapshot(DEPLOY, "running", step="watch")), "● app   runs a4c9e1f, which is older; @ana is deploying 9c41d07 to app (step watch, d-7k3f)"),
        (replace(NOT_YET, tried=Snapshot(DEPLOY, "failed", outcome=Failed(SICK))), "✗ app   runs a4c9e1f, which is older; @ana tried 10 min ago: It failed its health check. See `fisk op d-7k3f`."),
        (replace(NOT_YET, tried=Snapshot(DEPLOY, "cancelled", outcome=Cancelled(ANA))), "✗ app   runs a4c9e1f, which is older; @ana tried 10 min ago: it was cancelled. See `fisk op d-7k3f`."),
        (replace(NOT_YET, deployment=Deployment("u", "in_progress", MAIN)), "○ app   runs a4c9e1f, which is older; Coolify deploys it now (u), not asked by fisk"),
        (replace(NOT_YET, relation="this", health=Health(503)), "✗ app   live; NOT healthy (503), proven"),
        (replace(NOT_YET, relation="this", drift=Drift("e02d8aa")), "✗ app   live; healthy, proven; Coolify is set to e02d8aa: the next deploy from anywhere would ship it"),
    ],
)  # fmt: skip
def test_whether_a_target_has_a_commit(there: There, told: str) -> None:
    assert way(replace(JOURNEY, there=(there,)))[4] == told


@pytest.mark.parametrize(
    ("to_main", "told"),
    [
        (Comparison("ahead", 2, 0), "✓ pushed   9 min ago, on main; 2 commits since"),
        (
            Comparison("diverged", 1, 1),
            "✓ pushed   9 min ago, NOT on main: merge it, or deploy it with --force",
        ),
        (DOWN, "✓ pushed   9 min ago; whether it is on main is not known (Coolify answers 503.)"),
    ],
)
def test_whether_a_commit_is_on_main(to_main: Comparison | Unknown, told: str) -> None:
    assert way(replace(JOURNEY, to_main=to_main))[1] == told
