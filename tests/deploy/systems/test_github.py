"""What fisk asks GitHub, and what it makes of the answers."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import httpx
import pytest
from hypothesis import given

from deploy.core.errors import (
    CommitNotFound,
    NotThere,
    SystemFailure,
    Unexpected,
)
from deploy.core.github_model import Push, Webhook
from deploy.core.json_fields import read
from deploy.core.model import Build, Commit, Comparison, Job, JobStep
from tests.deploy.systems.any_json import any_json
from tests.deploy.systems.github_answers import AT, COMMIT, ISO, READ, SHA, github
from tests.deploy.systems.played_transport import PlayedTransport, say

BASE = "https://api.github.com/repos/Wandeon/FiskAI"
RUN = {
    "id": 7,
    "head_sha": SHA,
    "head_branch": "main",
    "event": "push",
    "status": "completed",
    "conclusion": "success",
    "run_attempt": 2,
    "run_started_at": ISO,
    "updated_at": "2023-11-14T22:31:20Z",
    "html_url": "https://github.com/Wandeon/FiskAI/actions/runs/7",
}


async def test_each_method_asks_what_github_knows() -> None:
    runs: dict[str, Any] = {"workflow_runs": []}
    comparison = {"status": "identical", "ahead_by": 0, "behind_by": 0}
    asked = []
    for answer, call in (
        (COMMIT, lambda it: it.commit("feature/x y")),
        ([COMMIT], lambda it: it.ancestors(SHA)),
        ([COMMIT], lambda it: it.ancestors(SHA, 500)),
        (comparison, lambda it: it.compare("a", "b")),
        (runs, lambda it: it.builds("build.yml")),
        (runs, lambda it: it.builds("build.yml", sha=SHA, branch="main", status="success", limit=5)),
        ({"jobs": []}, lambda it: it.jobs(7)),
        ([{"id": 1}], lambda it: it.deployments("production", sha=SHA, limit=1)),
    ):
        transport = PlayedTransport(say(200, answer))
        await call(github(transport))  # type: ignore[no-untyped-call]
        asked += [line.replace(BASE, "") for line in transport.lines]
        assert transport.asked[0].headers["Accept"] == "application/vnd.github+json"
        assert transport.asked[0].headers["X-GitHub-Api-Version"] == "2022-11-28"
    assert asked == [
        "GET /commits/feature%2Fx%20y",
        f"GET /commits?sha={SHA}&per_page=50",
        f"GET /commits?sha={SHA}&per_page=100",
        "GET /compare/a...b",
        "GET /actions/workflows/build.yml/runs?per_page=20",
        f"GET /actions/workflows/build.yml/runs?head_sha={SHA}&branch=main&status=success&per_page=5",
        "GET /actions/runs/7/jobs?filter=latest&per_page=100",
        f"GET /deployments?environment=production&sha={SHA}&per_page=1",
    ]


async def test_a_deployment_merges_nothing_and_waits_for_no_checks() -> None:
    transport = PlayedTransport(say(201, {"id": 99}))
    assert await github(transport).create_deployment(SHA, "production", "x" * 200, production=True) == 99
    assert json.loads(transport.asked[0].content) == {
        "ref": SHA,
        "environment": "production",
        "description": "x" * 139 + "…",
        "production_environment": True,
        "auto_merge": False,
        "required_contexts": [],
    }


async def test_a_status_leaves_out_what_is_not_known() -> None:
    transport = PlayedTransport(say(201, {"id": 1}))
    await github(transport).set_deployment_status(99, "in_progress")
    await github(transport).set_deployment_status(
        99, "success", description="ok", environment_url="https://app"
    )
    assert transport.lines == [f"POST {BASE}/deployments/99/statuses"] * 2
    assert [json.loads(request.content) for request in transport.asked] == [
        {"state": "in_progress"},
        {"state": "success", "description": "ok", "environment_url": "https://app"},
    ]


async def test_writes_are_sent_once() -> None:
    transport = PlayedTransport(httpx.ReadTimeout(""))
    for call in (
        github(transport).create_deployment(SHA, "production", "", production=True),
        github(transport).set_deployment_status(99, "success"),
    ):
        with pytest.raises(SystemFailure):
            await call
    assert len(transport.asked) == 2


@pytest.mark.parametrize("status", [404, 409, 422])
async def test_unknown_and_ambiguous_are_one_answer(status: int) -> None:
    with pytest.raises(CommitNotFound) as caught:
        await github(PlayedTransport(say(status, {"message": "No commit found for SHA: 3f"}))).commit("3f")
    expected = "GitHub knows no single commit `3f` in Wandeon/FiskAI: it is unknown or ambiguous."
    assert str(caught.value) == expected


@pytest.mark.parametrize("ref", ["", ".", ".."])
async def test_a_ref_that_would_ask_for_something_else_is_not_asked_for(ref: str) -> None:
    transport = PlayedTransport(say(200, []))
    with pytest.raises(CommitNotFound):
        await github(transport).commit(ref)
    assert transport.asked == []


def test_a_commit_is_read() -> None:
    assert read("GitHub", Commit, COMMIT) == READ


def test_a_commit_that_says_little_is_read_too() -> None:
    bare = {"sha": SHA, "author": None, "commit": {"message": " \n", "author": None, "committer": None}}
    assert read("GitHub", Commit, bare) == Commit(sha=SHA, title="", author="", login="", at=0)


@pytest.mark.parametrize("sha", [None, "", "3f2a1b9", SHA.upper(), 7, SHA + "\n"])
def test_a_commit_without_40_digits_is_unexpected(sha: object) -> None:
    with pytest.raises(Unexpected):
        read("GitHub", Commit, {**COMMIT, "sha": sha})


def test_a_comparison_of_more_than_250_commits_keeps_its_counts() -> None:
    commits = [{**COMMIT, "sha": f"{number:040x}", "files": None} for number in range(250)]
    raw = {"status": "ahead", "ahead_by": 1312, "behind_by": 0, "total_commits": 1312, "commits": commits}
    found = read("GitHub", Comparison, raw)
    assert (found.status, found.ahead_by, found.behind_by, len(found.commits)) == ("ahead", 1312, 0, 250)
    assert found.commits[-1].sha == f"{249:040x}"


def test_a_comparison_that_goes_back_in_time_is_read() -> None:
    raw = {"status": "behind", "ahead_by": 0, "behind_by": 3, "commits": []}
    assert read("GitHub", Comparison, raw) == Comparison("behind", 0, 3)


def test_builds_are_read() -> None:
    queued = {"id": 8, "head_sha": SHA, "status": "queued", "conclusion": None, "head_branch": None}
    assert read("GitHub", tuple[Build, ...], [RUN, queued]) == (
        Build(
            id=7,
            sha=SHA,
            branch="main",
            event="push",
            status="completed",
            conclusion="success",
            attempt=2,
            started=AT,
            updated=AT + 1080,
            url="https://github.com/Wandeon/FiskAI/actions/runs/7",
        ),
        Build(
            id=8,
            sha=SHA,
            branch="",
            event="",
            status="queued",
            conclusion="",
            attempt=1,
            started=0,
            updated=0,
            url="",
        ),
    )


def test_jobs_are_read_with_their_steps() -> None:
    step = {
        "name": "Build and push",
        "number": 7,
        "status": "in_progress",
        "conclusion": None,
        "started_at": ISO,
    }
    job = {
        "id": 9,
        "name": "build",
        "status": "in_progress",
        "conclusion": None,
        "started_at": ISO,
        "completed_at": None,
        "html_url": "https://github.com/x",
        "runner_name": "fiskai-vps-x86",
        "labels": ["self-hosted", "x64", None],
        "steps": [step],
    }
    assert read("GitHub", tuple[Job, ...], [job]) == (
        Job(
            id=9,
            name="build",
            status="in_progress",
            conclusion="",
            started=AT,
            finished=0,
            url="https://github.com/x",
            runner="fiskai-vps-x86",
            labels=("self-hosted", "x64"),
            steps=(JobStep("Build and push", 7, "in_progress", "", AT, 0),),
        ),
    )


async def test_an_unknown_workflow_is_not_there() -> None:
    with pytest.raises(NotThere, match=r"GitHub has no workflow nope\.yml in Wandeon/FiskAI"):
        await github(PlayedTransport(say(404, {}))).builds("nope.yml")


@given(
    any_json("sha", "commit", "author", "status", "commits", "workflow_runs", "jobs", "id", "steps", "labels")
)
def test_no_parser_breaks_on_anything(raw: Any) -> None:
    more = {**COMMIT, **RUN, "commit": raw, "author": raw, "files": raw, "jobs": [{**RUN, "steps": raw}]}
    for kind, key in (
        (Commit, ""),
        (tuple[Commit, ...], ""),
        (Comparison, ""),
        (tuple[Build, ...], "workflow_runs"),
        (tuple[Job, ...], "jobs"),
        (tuple[Push, ...], ""),
        (Webhook, ""),
    ):
        for answer in (raw, more):
            with suppress(SystemFailure):
                repr(read("GitHub", kind, answer, key)).encode()
