"""status, word for word: what is so, what is not known, and what to do."""

# ruff: noqa: E501 (a sentence that is compared stands on one line)

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.words.format import TERMINAL
from bot.words.links import Links
from bot.words.texts import reply_text
from commands.status import ChainStatus
from deploy.builds.sight import Unseen
from deploy.builds.under_way import Building
from deploy.core.ask import Unknown
from deploy.core.model import (
    Deployment,
    Failure,
    Health,
    Hold,
    Image,
    Offer,
    Operation,
    Origin,
    Resource,
    Running,
)
from deploy.deploys.arguments import DeployArguments
from deploy.deploys.offers import deploying
from deploy.engine.claims import Aside
from deploy.engine.snapshot import Snapshot
from deploy.runner.report import Runners
from deploy.status.drift import Drift
from deploy.status.overview import Live, Memory
from deploy.systems.buildkit import Answer
from tests.bot.words.chain import (
    ANA,
    BUILT,
    DOWN,
    FAILED,
    GREEN,
    IDLE,
    IMAGE,
    KIT,
    LIVE,
    MAIN,
    NOW,
    QUEUED,
    RUNS,
    SLACK,
    STATUS,
    WAITING,
    busy,
    lines,
)


def test_the_chain_at_a_glance() -> None:
    assert lines(STATUS) == [
        "app   runs a4c9e1f (pinned, 5 behind main), healthy, proven · released by @ana 3 h ago",
        "build 9c41d07 building: ▰▰▱▱▱ step 2 of 2, Build and push; about 9 min left",
        "image latest is 3f2a1b9 (linux/arm64, sha256:9f31ab3c4e90…), made 24 min ago",
        "runner vps online, busy · BuildKit answers (linux/arm64), 31GB of cache",
        "holds none · under way none · Coolify 4.3.11 · GitHub 4,871 of 5,000 calls left",
    ]


def test_in_slack_names_are_bold_and_people_mentioned() -> None:
    first, second, *_ = lines(STATUS, SLACK)
    assert first.startswith("*app*   runs a4c9e1f")
    assert first.endswith("released by <@U1> 3 h ago")
    assert second.startswith("*build* 9c41d07 building")


def test_what_keeps_fisk_from_seeing_builds_has_a_line() -> None:
    unseen = Unseen(
        NOW - 3 * 3600, Failure("x", "GitHub refuses fisk's credentials.", "Put a valid token in X.")
    )
    assert lines(replace(STATUS, memory=Memory(set_aside=(Aside("d-7k3f", "forged"),), left=2, lines=1)))[
        -3:
    ] == [
        (
            "d-7k3f: set aside, since what is written down of it is not as this installation wrote it."
            " Look at what it was about, then `fisk op d-7k3f retry` or `fisk op d-7k3f abandon`."
        ),
        "2 messages for another version of fisk to send",
        "1 typed line for another version of fisk to do",
    ]
    assert lines(replace(STATUS, memory=Memory(unseen=unseen)))[-1] == (
        "fisk has not seen builds for 3 h: GitHub refuses fisk's credentials. Put a valid token in X."
    )


def test_a_renamed_repository_has_one_line_that_says_what_to_set() -> None:
    assert lines(replace(STATUS, renamed="acme/next"))[-1] == (
        "GitHub: the repository is called acme/next now, so fisk reads but cannot act there."
        " Set FISK_GITHUB_REPOSITORY to acme/next and restart fisk."
    )


def test_what_is_not_known_is_said_with_its_reason() -> None:
    nothing = replace(
        STATUS,
        head=DOWN,
        live=Live(Running("", None, why=DOWN.why), None, None, (), DOWN),
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


AGAIN = replace(IMAGE, digest="sha256:77aa11bb22cc", revision=RUNS, created=NOW - 300)
BY_HOST = LIVE.running
BY_LOG = replace(BY_HOST, source="log", at=NOW - 3 * 3600, why="no host")


@pytest.mark.parametrize(
    ("live", "told"),
    [
        (replace(LIVE, behind=0), "runs a4c9e1f (pinned, the head of main), healthy, proven"),
        (replace(LIVE, behind=None), "runs a4c9e1f (pinned), healthy, proven"),
        (replace(LIVE, running=replace(BY_HOST, tag="latest")), "runs a4c9e1f (follows latest, 5 behind main), healthy, proven"),
        (replace(LIVE, running=replace(BY_HOST, tag=None), behind=None), "runs a4c9e1f, healthy, proven"),
        (replace(LIVE, running=replace(BY_HOST, sha="", why="no log names it.")), "runs the image sha256:9f31ab3c4e90… (pinned, 5 behind main), healthy, its commit is not known (no log names it)"),
        (replace(LIVE, health=Health(503)), "runs a4c9e1f (pinned, 5 behind main), NOT healthy (503: no reason given), proven"),
        (replace(LIVE, health=Health(0, "nothing listens there")), "runs a4c9e1f (pinned, 5 behind main), NOT healthy (no answer: nothing listens there), proven"),
        (replace(LIVE, running=BY_LOG), "runs a4c9e1f (pinned, 5 behind main), healthy, by Coolify's log, 3 h ago, by its digest: not proven (no host)"),
        (replace(LIVE, running=replace(BY_LOG, digest="", deployed=RUNS)), "runs a4c9e1f (pinned, 5 behind main), healthy, by Coolify's log, 3 h ago, by its tag: not proven (no host)"),
        (
            replace(LIVE, running=replace(BY_LOG, sha="", digest="", deployed="latest"), behind=None),
            "runs `latest` (pinned), healthy, by Coolify's log, 3 h ago, by its tag; which image that is, is not known: not proven (no host)",
        ),
    ],
)  # fmt: skip
def test_how_an_app_is(live: Live, told: str) -> None:
    assert lines(replace(STATUS, live=replace(live, release=None)))[0] == f"app   {told}"


@pytest.mark.parametrize(
    ("drift", "told"),
    [
        (
            Drift(answers=BUILT),
            "3f2a1b9 answers at the health URL: an earlier container, or one started by hand?",
        ),
        (Drift("e02d8aa"), "Coolify is set to e02d8aa: the next deploy from anywhere would ship it"),
        (Drift("", AGAIN, built=True), "it runs an earlier image of a4c9e1f, which was built again 5 min ago"),
        (Drift("", AGAIN), "the tag a4c9e1f names another image now (sha256:77aa11bb22cc…), which no build log of it names"),
    ],
)  # fmt: skip
def test_how_what_runs_differs_from_what_was_meant(drift: Drift, told: str) -> None:
    assert lines(replace(STATUS, live=replace(LIVE, drift=drift)))[1] == f"      {told}"


def test_a_commit_that_was_built_again_may_be_deployed_again() -> None:
    again = replace(STATUS, live=replace(LIVE, drift=Drift("", AGAIN, built=True)))
    assert reply_text(ChainStatus(again), SLACK)[1] == (
        deploying("Deploy it again", "a4c9e1f", "app", "a4c9e1f"),
        Offer("Show the build", "build 7"),
    )


def test_a_target_is_a_link_to_its_page_at_coolify_where_that_is_known() -> None:
    live = replace(LIVE, app_page="/project/p/environment/e/application/a")
    slack = replace(SLACK, links=Links(coolify="https://coolify.example.com"))
    known, unknown = (lines(replace(STATUS, live=each), slack)[0] for each in (live, LIVE))
    link = "<https://coolify.example.com/project/p/environment/e/application/a|app>"
    assert (known, unknown.startswith("*app*   ")) == (unknown.replace("*app*", f"*{link}*"), True)


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
        deploying("Deploy 3f2a1b9", "3f2a1b9", "app", "a4c9e1f"),
        Offer("Show the build", "build 6"),
    )
    assert reply_text(ChainStatus(STATUS), SLACK)[1] == (Offer("Show the build", "build 7"),)
