"""The gates: pure decisions, each verdict by its code, and which of them --force overrides."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from deploy.builds.unbuilt import Unbuilt
from deploy.core.model import (
    Application,
    Build,
    Commit,
    Comparison,
    Deployment,
    Image,
    Running,
    Target,
)
from deploy.deploys.coolify_gates import NEEDED_ABILITIES
from deploy.deploys.gate_report import Situation
from deploy.deploys.gates import judge
from deploy.deploys.origin import Evidence

SHA, RUNS, OLDER = "3f2a1b9" + "0" * 33, "a4c9e1f" + "0" * 33, "0b94ac7" + "0" * 33
IMAGE = "ghcr.io/wandeon/fiskai-app"
TARGET = Target("app", IMAGE, "uuid", "http://app/api/health")
COMMIT = Commit(SHA, "Round VAT per line", "Marko", "marko", 0, files=("lib/vat.ts",))
BUILD = Build(7, SHA, "main", "push", "completed", "success", 1, 0, 1080, "http://github/runs/7")
SHIPPED = Image(IMAGE, SHA, "sha256:9f31" + "0" * 60, ("linux/arm64",), SHA)
APPLICATION = Application("uuid", "fiskai-app", "running:healthy", "dockerimage", IMAGE, RUNS, RUNS, True)  # noqa: FBT003 (a value)
GOOD = Situation(
    target=TARGET,
    branch="main",
    commit=COMMIT,
    tag=SHA,
    to_main=Comparison("ahead", 2, 0),
    since=Comparison("ahead", 4, 0, (COMMIT,)),
    build=BUILD,
    image=SHIPPED,
    ancestor=None,
    application=APPLICATION,
    running=Running(RUNS, RUNS),
    active=(),
    abilities=frozenset(NEEDED_ABILITIES),
    evidence=Evidence("log"),
)
BEHIND = Comparison("behind", 0, 3)
SKIPPED = Unbuilt("says `[skip ci]`")
AMD64 = replace(SHIPPED, platforms=("linux/amd64",))

# What is changed about a good situation, the code of the refusal, and whether --force passes it.
REFUSED: dict[str, tuple[dict[str, Any], str, bool]] = {
    "a commit of another branch": ({"to_main": Comparison("diverged", 1, 1)}, "off_main", True),
    "a build under way": (
        {"build": replace(BUILD, status="in_progress", conclusion=""), "image": None},
        "build_running",
        False,
    ),
    "a commit that never gets a build": (
        {"build": None, "image": None, "unbuilt": SKIPPED, "ancestor": replace(COMMIT, sha=OLDER)},
        "not_built",
        False,
    ),
    "the same, and no commit near it has an image": (
        {"build": None, "image": None, "unbuilt": SKIPPED},
        "not_built",
        False,
    ),
    "a commit without a build, and nobody knows why": (
        {"build": None, "image": None, "unbuilt": Unbuilt(unknown="GitHub answers 500")},
        "no_build",
        False,
    ),
    "no image": ({"image": None}, "no_image", False),
    "a build that was about another target": ({"image": None, "left_out": True}, "left_out", False),
    "an image for another platform": ({"image": AMD64}, "wrong_platform", False),
    "an image of another commit": ({"image": replace(SHIPPED, revision=RUNS)}, "wrong_revision", False),
    "an image that its build's log contradicts": (
        {"evidence": Evidence("contradicted", built=("sha256:aaaa" + "0" * 60,))},
        "not_its_build",
        False,
    ),
    "names that mean no image": (
        {"application": replace(APPLICATION, image=f"{IMAGE}@sha256", tag="sha256-" + "0" * 64)},
        "wrong_image_name",
        False,
    ),
    "an image that runs already": (
        {
            "running": Running(RUNS, SHA, digest=SHIPPED.digest, source="host"),
            "application": replace(APPLICATION, tag=SHA),
        },
        "runs_already",
        True,
    ),
    "a step back in time": ({"since": BEHIND}, "downgrade", True),
    "an application that Coolify builds itself": (
        {"application": replace(APPLICATION, build_pack="nixpacks")},
        "wrong_build_pack",
        False,
    ),
    "another image configured": (
        {"application": replace(APPLICATION, image="ghcr.io/else/where")},
        "wrong_image_name",
        False,
    ),
    "a token that may not deploy": (
        {"abilities": frozenset({"read", "read:sensitive", "write"})},
        "token_unable",
        False,
    ),
    "a deployment of Coolify's own": (
        {"active": (Deployment("d1", "in_progress", "HEAD"),)},
        "coolify_busy",
        False,
    ),
}

# What is changed, the gate that doubts, and what it says.
DOUBTED: dict[str, tuple[dict[str, Any], str, str]] = {
    "a build that GitHub forgot": ({"build": None}, "build", "GitHub no longer lists its build"),
    "a build that failed, its image pushed": (
        {"build": replace(BUILD, conclusion="failure")},
        "build",
        "its build ended as failure, but the registry has its image",
    ),
    "a rerun under way": (
        {"build": replace(BUILD, status="in_progress", conclusion="", attempt=2)},
        "build",
        "it is being built again, but the registry has its image",
    ),
    "a build that has pushed and is not over": (
        {"build": replace(BUILD, status="in_progress", conclusion="")},
        "build",
        "its build is not over yet, but the registry has its image",
    ),
    "an image that does not say its revision": (
        {"image": replace(SHIPPED, revision="")},
        "revision",
        "the image does not say which commit it was built from",
    ),
    "a label inherited from a base image of another repository": (
        {
            "image": replace(SHIPPED, revision=RUNS, source="https://github.com/nodejs/node"),
            "label_counts": False,
        },
        "revision",
        "the image's label names a4c9e1f of https://github.com/nodejs/node: a base image's, so it says nothing",
    ),
    "a build whose log is gone": (
        {"evidence": Evidence("tag", "GitHub has no log of job 7: it has expired.")},
        "origin",
        (
            "whether it is the commit's build is not proven: only its tag says so"
            " (GitHub has no log of job 7: it has expired)"
        ),
    ),
    "nobody knows what runs": (
        {"since": None, "running": Running("", "latest")},
        "direction",
        "nobody can say what runs now",
    ),
    "what runs is gone from GitHub": (
        {"since": None},
        "direction",
        "GitHub does not compare it with a4c9e1f, which runs now",
    ),
    "GitHub is silent": (
        {"to_main": None, "build": None},
        "build",
        "GitHub does not say how its build went",
    ),
    "a rollback to what is red by now": (
        {"build": replace(BUILD, conclusion="failure"), "going_back": True},
        "build",
        "its build ended as failure, but it ran healthy",
    ),
    "a rollback to what is being built again": (
        {"build": replace(BUILD, status="in_progress", conclusion="", attempt=2), "going_back": True},
        "build",
        "it is being built again, but it ran healthy as it is",
    ),
    "what runs is on another branch": (
        {"since": Comparison("diverged", 2, 1)},
        "direction",
        "leaves out 1 commit that run now",
    ),
    "a rollback": ({"since": BEHIND, "going_back": True}, "direction", "leaves out 3 commits that run now"),
    "a rollback off main": (
        {"to_main": Comparison("diverged", 1, 1), "going_back": True},
        "main",
        "not on main",
    ),
    "no rolling update": (
        {"application": replace(APPLICATION, not_rolling=("ports_mappings",))},
        "rolling",
        "not a rolling update (ports_mappings): the app is down while it changes",
    ),
    "no health check in Coolify": (
        {"application": replace(APPLICATION, health_check=False)},
        "rolling",
        "Coolify checks no health, so only fisk's own look decides",
    ),
}


def test_a_good_situation_is_let_through_with_a_note_of_every_gate() -> None:
    report = judge(GOOD)
    assert report.refusals == ()
    assert report.warnings == ()
    assert {verdict.gate: verdict.note for verdict in report.verdicts} == {
        "hold": "nobody holds it, and it is not frozen",
        "main": "on main, 2 behind its head",
        "build": "built in 18 min",
        "image": "sha256:9f3100000000",
        "platform": "linux/arm64",
        "revision": "built from this commit",
        "origin": "its build's log names this image",
        "direction": "4 commits ahead of what runs",
        "build pack": "Coolify runs an image",
        "image name": IMAGE,
        "token": "Coolify's token may do it",
        "rolling": "the old container serves until the new one is healthy",
        "Coolify": "no deployment under way",
    }
    assert (report.digest, report.commits, report.running) == (
        SHIPPED.digest,
        (COMMIT,),
        GOOD.running,
    )


@pytest.mark.parametrize(("changed", "code", "forceable"), REFUSED.values(), ids=REFUSED)
def test_a_gate_says_no_by_its_code(changed: dict[str, Any], code: str, forceable: bool) -> None:  # noqa: FBT001 (a parameter)
    situation = replace(GOOD, **changed)
    assert [failure.code for failure in judge(situation).refusals] == [code]
    left = [failure.code for failure in judge(situation, force=True).refusals]
    assert left == ([] if forceable else [code])


@pytest.mark.parametrize(("changed", "gate", "note"), DOUBTED.values(), ids=DOUBTED)
def test_a_gate_that_only_doubts_warns(changed: dict[str, Any], gate: str, note: str) -> None:
    report = judge(replace(GOOD, **changed))
    assert report.refusals == ()
    assert (gate, note) in {(verdict.gate, verdict.note) for verdict in report.verdicts if verdict.warning}
    assert note in report.warnings


def test_what_was_forced_is_said() -> None:
    report = judge(replace(GOOD, since=BEHIND), force=True)
    assert report.warnings == (
        "forced: 3f2a1b9 is 3 commits behind a4c9e1f, which runs now: this would go back in time.",
    )


def test_all_refusals_are_told_in_the_order_of_the_gates() -> None:
    situation = replace(GOOD, to_main=Comparison("diverged", 1, 1), image=AMD64, since=BEHIND)
    assert [failure.code for failure in judge(situation).refusals] == [
        "off_main",
        "wrong_platform",
        "downgrade",
    ]


changes = st.lists(st.sampled_from([changed for changed, _, _ in REFUSED.values()]), max_size=5)


@given(changes, st.sampled_from([None, AMD64, replace(SHIPPED, platforms=())]))
def test_force_never_passes_a_missing_image_or_a_wrong_platform(
    changed: list[dict[str, Any]], image: Image | None
) -> None:
    merged: dict[str, Any] = {key: value for change in changed for key, value in change.items()}
    report = judge(replace(GOOD, **{**merged, "image": image}), force=True)
    assert report.refusals


@given(changes)
def test_force_only_ever_takes_refusals_away(changed: list[dict[str, Any]]) -> None:
    merged: dict[str, Any] = {key: value for change in changed for key, value in change.items()}
    situation = replace(GOOD, **merged)
    with_force = [failure.code for failure in judge(situation, force=True).refusals]
    without = [failure.code for failure in judge(situation).refusals]
    forceable = {code for _, code, forceable in REFUSED.values() if forceable}
    assert set(with_force) - {"no_image"} == set(without) - forceable - {"no_image"}
