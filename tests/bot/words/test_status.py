"""status, where and runner, word for word: what is so, what is not known, and what to do."""

# ruff: noqa: E501 (a sentence that is compared stands on one line)

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.words.format import TERMINAL, Format
from bot.words.texts import reply_text
from commands.runner import RunnersTable
from commands.status import ChainStatus, CommitJourney
from deploy.builds.failing import Failing
from deploy.builds.under_way import Building
from deploy.core.ask import Unknown
from deploy.core.durations import Left, Usual
from deploy.core.model import (
    Actor,
    Build,
    Commit,
    Comparison,
    Deployment,
    Failure,
    Health,
    Hold,
    Image,
    Job,
    JobStep,
    Offer,
    Operation,
    Origin,
    Release,
    Resource,
    Runner,
    Running,
    Target,
)
from deploy.core.outcomes import Cancelled, Failed
from deploy.deploys.arguments import DeployArguments
from deploy.deploys.proof import Proof
from deploy.engine.snapshot import Snapshot
from deploy.runner.report import JobOf, Runners, read
from deploy.status.journey import Built, Journey, There
from deploy.status.overview import Live, Memory, Status
from deploy.systems.buildkit import Answer, BuildKitStatus

SLACK = Format(slack=True, people={"ivo-peric": "U3"})
NOW, MINUTE = 1_700_000_000.0, 60.0
MAIN, RUNS, BUILT = "9c41d07" + "0" * 33, "a4c9e1f" + "0" * 33, "3f2a1b9" + "0" * 33
APP = Target("app", "ghcr.io/wandeon/fiskai-app", "uuid", "https://app/health")
ANA = Actor("U1", "ana")
HEAD = Commit(MAIN, "Add <VAT>", "Ivo Perić", "ivo-peric", NOW - 9 * MINUTE)
BUILDING = Build(
    7,
    MAIN,
    "main",
    "push",
    "in_progress",
    "",
    1,
    NOW - 9 * MINUTE,
    NOW,
    "https://gh/runs/7",
    workflow="build.yml",
)
GREEN = replace(BUILDING, id=6, sha=BUILT, status="completed", conclusion="success", updated=NOW - MINUTE)
FAILED = replace(GREEN, conclusion="failure")
QUEUED = replace(BUILDING, status="queued")
STEP = JobStep("Build and push", 2, "in_progress", "", NOW - 8 * MINUTE, 0)
JOB = Job(
    1, "build", "in_progress", "", NOW - 9 * MINUTE, 0, "", "vps", ("x64",),
    steps=(JobStep("Set up", 1, "completed", "success", NOW - 9 * MINUTE, NOW - 8 * MINUTE), STEP),
)  # fmt: skip
WAITING = Job(2, "build", "queued", "", 0, 0, "", labels=("x64",), created=NOW - 12 * MINUTE)
VPS = Runner(1, "vps", online=True, busy=True, labels=("x64", "fiskai"))
IDLE, OFFLINE = replace(VPS, busy=False), replace(VPS, online=False, busy=False)
USUAL = Usual(18 * MINUTE, 20 * MINUTE, 22 * MINUTE, 10)
LEFT = Left(9 * MINUTE, 11 * MINUTE)
IMAGE = Image(APP.image, "latest", "sha256:9f31ab3c4e90", ("linux/arm64",), BUILT, NOW - 24 * MINUTE)
RELEASE = Release("app", RUNS, RUNS, "", NOW - 3 * 3600, "d-1", ANA)
LIVE = Live(Running(RUNS, RUNS), 5, RELEASE, (), Health(200), Proof("proven"))
KIT = BuildKitStatus(None, (), Answer(platforms=("linux/arm64",)), "31GB")
DOWN = Unknown("Coolify answers 503.", "Look at it.")


def busy(job: Job = JOB, build: Build = BUILDING, *runners: Runner) -> Runners:
    return read(runners or (VPS,), [(build, [job])], NOW)


STATUS = Status(
    target=APP,
    branch="main",
    head=HEAD,
    live=LIVE,
    building=Building((BUILDING, GREEN), (JOB,), LEFT),
    image=IMAGE,
    runners=busy(),
    buildkit=KIT,
    memory=Memory((RELEASE,)),
    coolify="4.3.11",
    calls_left=(4871, 5000),
    now=NOW,
)


def lines(status: Status, fmt: Format = TERMINAL) -> list[str]:
    return reply_text(ChainStatus(status), fmt)[0].split("\n")


def test_the_chain_at_a_glance() -> None:
    assert lines(STATUS) == [
        "app   runs a4c9e1f (pinned, 5 behind main), healthy, proven · released by @ana 3 h ago",
        "build 9c41d07 building: step 2 of 2, Build and push; about 9 min left",
        "image latest is 3f2a1b9 (linux/arm64, sha256:9f31ab3c4e90…), made 24 min ago",
        "runner vps online, busy · BuildKit answers (linux/arm64), 31GB of cache",
        "holds none · under way none · Coolify 4.3.11 · GitHub 4,871 of 5,000 calls left",
    ]


def test_in_slack_names_are_bold_and_people_mentioned() -> None:
    first, second, *_ = lines(STATUS, SLACK)
    assert first.startswith("*app*   runs a4c9e1f")
    assert first.endswith("released by <@U1> 3 h ago")
    assert second.startswith("*build* 9c41d07 building")


def test_what_is_not_known_is_said_with_its_reason() -> None:
    nothing = replace(
        STATUS,
        head=DOWN,
        live=Live(DOWN, None, None, (), DOWN, DOWN),
        building=DOWN,
        image=DOWN,
        runners=Runners(Unknown("the token may not see the runners", "Give it."), (), (), NOW),
        buildkit=Unknown("vps01 did not answer within 5 s."),
        memory=DOWN,
        coolify=DOWN,
        calls_left=None,
    )
    assert lines(nothing) == [
        "app   what it runs is not known (Coolify answers 503), health not known (Coolify answers 503)",
        "build not known: Coolify answers 503",
        "image not known: Coolify answers 503",
        "runner the token may not see the runners · BuildKit: vps01 did not answer within 5 s",
        (
            "holds not known (Coolify answers 503) · under way none · Coolify: Coolify answers 503"
            " · GitHub: calls left not known"
        ),
    ]
    assert reply_text(ChainStatus(nothing), TERMINAL)[1] == ()


@pytest.mark.parametrize(
    ("live", "told"),
    [
        (replace(LIVE, behind=0), "runs a4c9e1f (pinned, the head of main), healthy, proven"),
        (replace(LIVE, behind=None), "runs a4c9e1f (pinned), healthy, proven"),
        (replace(LIVE, running=Running(RUNS, "latest")), "runs a4c9e1f (follows latest, 5 behind main), healthy, proven"),
        (replace(LIVE, running=Running("", "v1")), "runs an image that nobody can name (tag v1) (pinned, 5 behind main), healthy, proven"),
        (replace(LIVE, health=Health(503)), "runs a4c9e1f (pinned, 5 behind main), NOT healthy (503: no reason given), proven"),
        (replace(LIVE, health=Health(0, "nothing listens there")), "runs a4c9e1f (pinned, 5 behind main), NOT healthy (no answer: nothing listens there), proven"),
        (replace(LIVE, proof=Unknown("no host")), "runs a4c9e1f (pinned, 5 behind main), healthy, not proven (no host)"),
        (replace(LIVE, proof=Proof("something else", "sha256:123456789012345", sha=BUILT)), "runs a4c9e1f (pinned, 5 behind main), healthy, but the host runs 3f2a1b9"),
    ],
)  # fmt: skip
def test_how_an_app_is(live: Live, told: str) -> None:
    assert lines(replace(STATUS, live=replace(live, release=None)))[0] == f"app   {told}"


def test_a_deployment_that_coolify_makes_is_told() -> None:
    active = Deployment("u1", "in_progress", MAIN)
    told = lines(replace(STATUS, live=replace(LIVE, active=(active,))))[1]
    assert told == "      Coolify deploys it now: deployment u1 of 9c41d07 is in progress"


@pytest.mark.parametrize(
    ("building", "told"),
    [
        (Building(()), "build none on main yet"),
        (Building((QUEUED,)), "build 9c41d07 waits for a runner since 9 min"),
        (Building((GREEN,)), "build 3f2a1b9 built 1 min ago; the head, 9c41d07, has no build"),
        (Building((replace(FAILED, sha=MAIN),)), "build 9c41d07 failed 1 min ago"),
        (
            Building((GREEN, replace(QUEUED, id=5, started=NOW - 600))),
            "build 3f2a1b9 built 1 min ago; 9c41d07 waits for a runner since 10 min",
        ),
    ],
)
def test_how_the_newest_build_is(building: Building, told: str) -> None:
    assert lines(replace(STATUS, building=building))[1] == told


@pytest.mark.parametrize(
    ("image", "told"),
    [
        (None, "image ghcr.io/wandeon/fiskai-app has no tag latest"),
        (replace(IMAGE, revision=RUNS, created=0), "image latest is a4c9e1f (linux/arm64, sha256:9f31ab3c4e90…), although 3f2a1b9 is newer and was built: latest is stale"),
        (replace(IMAGE, platforms=("linux/amd64",), created=0), "image latest is 3f2a1b9 (linux/amd64, sha256:9f31ab3c4e90…): app needs linux/arm64, and this is linux/amd64"),
    ],
)  # fmt: skip
def test_how_the_image_is(image: Image | None, told: str) -> None:
    assert lines(replace(STATUS, image=image))[2] == told


def test_a_builder_that_does_not_answer_or_is_not_known() -> None:
    dead = replace(STATUS, buildkit=replace(KIT, answer=Answer("connection refused")))
    assert lines(dead)[3] == "runner vps online, busy · BuildKit does NOT answer (connection refused)"
    assert lines(replace(STATUS, buildkit=None))[3] == "runner vps online, busy · BuildKit: not configured"


def test_a_stuck_runner_is_told_with_what_to_do() -> None:
    it = lines(replace(STATUS, runners=busy(WAITING, QUEUED, IDLE)))
    assert it[3] == "runner vps online, STUCK · BuildKit answers (linux/arm64), 31GB of cache"
    assert it[4] == (
        "vps is stuck: online and idle while job build of 9c41d07 (build 7) waits for it since 12 min."
        " Restart it: `fisk runner restart`."
    )


def test_holds_and_operations_say_who_and_why() -> None:
    operation = Operation("d-7k3f", "deploy", ANA, Origin("slack"), DeployArguments("app", BUILT), (), NOW)
    memory = Memory(
        (), (Hold(Resource("app", "app"), ANA, "<incident>", NOW),), (Snapshot(operation, "running"),)
    )
    assert lines(replace(STATUS, memory=memory), SLACK)[-1].startswith(
        "holds app by <@U1> (&lt;incident&gt;) · under way d-7k3f: <@U1> is deploying 3f2a1b9 to app · Coolify"
    )


def test_a_green_build_that_does_not_run_yet_may_be_deployed() -> None:
    done = replace(STATUS, building=Building((GREEN,)))
    assert reply_text(ChainStatus(done), SLACK)[1] == (
        Offer("Deploy 3f2a1b9", "deploy 3f2a1b9 --to app"),
        Offer("Show the build", "build 6"),
    )
    assert reply_text(ChainStatus(STATUS), SLACK)[1] == (Offer("Show the build", "build 7"),)


# --- where

DEPLOY = Operation("d-7k3f", "deploy", ANA, Origin("slack"), DeployArguments("app", MAIN), (), NOW - 600)
SICK = Failure("unhealthy", "It did not become healthy.")
NOT_YET = There(APP, Running(RUNS, RUNS), "not yet", None, None, Health(200), Proof("proven"))
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
        "● built   step 2 of 2, Build and push; about 9 min left, nine in ten within 11 min",
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
        NOT_YET, running=Running(MAIN, MAIN), relation="this", release=replace(RELEASE, at=NOW - 60)
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
        (Built(None, docs_only=True), "○ built   it changed only docs, so nothing is built for it"),
        (Built(None), "✗ built   GitHub lists no build of it; start one: `fisk build start` builds the head"),
        (Built(QUEUED, waited=120), "● built   waits for a runner since 2 min"),
        (Built(replace(BUILDING, status="waiting"), waited=120), "● built   waits for an approval on GitHub since 2 min"),
        (Built(QUEUED, waited=720, stuck="vps"), "✗ built   waits for a runner since 12 min: vps is online and idle, so it is stuck. Restart it: `fisk runner restart`."),
        (Built(FAILED, failing=Failing(JOB, STEP, ("code ERESOLVE",))), "✗ built   failed after 8 min at “Build and push” (code ERESOLVE). Run it again: `fisk build rerun 6`."),
        (Built(BUILDING, (), USUAL, LEFT), "● built   about 9 min left, nine in ten within 11 min"),
        (Built(BUILDING, (JOB,), None, Left(-120, 60)), "● built   step 2 of 2, Build and push; 2 min longer than usual, nine in ten end within 60 s"),
        (Built(BUILDING, (), None, Left(-600, -60)), "● built   10 min longer than usual, and longer than nine in ten"),
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
        (replace(NOT_YET, running=DOWN), "? app   what it runs is not known: Coolify answers 503."),
        (replace(NOT_YET, relation="within"), "✓ app   live as part of a4c9e1f; healthy, proven"),
        (replace(NOT_YET, relation="elsewhere"), "○ app   runs a4c9e1f, which has no part of it"),
        (replace(NOT_YET, relation="unknown"), "? app   runs a4c9e1f; whether that has it is not known"),
        (replace(NOT_YET, release=RELEASE), "○ app   released 3 h ago by @ana, and taken back since; runs a4c9e1f, which is older"),
        (replace(NOT_YET, relation="this", deployment=Deployment("u", "finished", MAIN, NOW - 60)), "✓ app   live, deployed 1 min ago by Coolify, not by fisk; healthy, proven"),
        (replace(NOT_YET, tried=Snapshot(DEPLOY, "running", step="watch")), "● app   runs a4c9e1f, which is older; @ana is deploying 9c41d07 to app (step watch, d-7k3f)"),
        (replace(NOT_YET, tried=Snapshot(DEPLOY, "failed", outcome=Failed(SICK))), "✗ app   runs a4c9e1f, which is older; @ana tried 10 min ago: It did not become healthy. See `fisk op d-7k3f`."),
        (replace(NOT_YET, tried=Snapshot(DEPLOY, "cancelled", outcome=Cancelled(ANA))), "✗ app   runs a4c9e1f, which is older; @ana tried 10 min ago: it was cancelled. See `fisk op d-7k3f`."),
        (replace(NOT_YET, deployment=Deployment("u", "in_progress", MAIN)), "○ app   runs a4c9e1f, which is older; Coolify deploys it now (u), not asked by fisk"),
        (replace(NOT_YET, relation="this", health=Health(503)), "✗ app   live; NOT healthy (503), proven"),
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


# --- runner


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
    assert table(Runners((), (), (), NOW))[0] == "GitHub knows no self-hosted runner of this repository."


def test_an_organisations_runner_shows_in_the_jobs_that_it_runs() -> None:
    works = Runners((), (), (JobOf(BUILDING, JOB),), NOW)
    assert table(works)[1] == "vps works on job build of 9c41d07 (build 7)"
    assert lines(replace(STATUS, runners=works, buildkit=None))[3] == (
        "runner none of the repository's own; vps works on job build of 9c41d07 (build 7) · BuildKit: not configured"
    )
