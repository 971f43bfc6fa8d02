"""The values that the words of status, where and runner are about."""

from __future__ import annotations

from dataclasses import replace

from bot.words.format import TERMINAL, Format
from bot.words.texts import reply_text
from commands.status import ChainStatus
from deploy.builds.under_way import Building
from deploy.core.ask import Unknown
from deploy.core.durations import Left
from deploy.core.model import (
    Actor,
    Build,
    Commit,
    Health,
    Image,
    Job,
    JobStep,
    Release,
    Runner,
    Running,
    Target,
)
from deploy.runner.report import Runners, read
from deploy.status.overview import Live, Memory, Status
from deploy.systems.buildkit import Answer, BuildKitStatus

SLACK = Format(slack=True, people={"ivo-peric": "U3"}, mentions=True)
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
LEFT = Left(9 * MINUTE, 11 * MINUTE)
IMAGE = Image(APP.image, "latest", "sha256:9f31ab3c4e90", ("linux/arm64",), BUILT, NOW - 24 * MINUTE)
RELEASE = Release("app", RUNS, RUNS, "", NOW - 3 * 3600, "d-1", ANA)
DIGEST = IMAGE.digest
LIVE = Live(Running(RUNS, RUNS, digest=DIGEST, source="host"), 5, RELEASE, (), Health(200))
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
