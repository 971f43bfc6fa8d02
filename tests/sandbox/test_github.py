"""GitHub's stand-in: commits and workflow runs, each answer validated against GitHub's contract."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from sandbox import story
from sandbox.github.phases import STEPS
from tests.sandbox.github import REPO, RUNS

if TYPE_CHECKING:
    from sandbox.world import World
    from tests.sandbox.asking import Asking


async def the_run(github: Asking, sha: str) -> dict[str, Any]:
    listed = await github.get(RUNS, params={"head_sha": sha})
    return dict(listed["workflow_runs"][0])


# --- commits


async def test_a_prefix_becomes_the_forty_digits(github: Asking) -> None:
    commit = await github.get(f"{REPO}/commits/3f2a1b9")
    assert (commit["sha"], commit["commit"]["message"].splitlines()[0], commit["author"]["login"]) == (
        story.BUILT,
        "Round VAT per line",
        "markobabic",
    )


async def test_a_branch_names_its_newest_commit_slashes_and_all(github: Asking) -> None:
    names = ("main", "heads/main", story.OFF_MAIN_BRANCH)
    shas = [(await github.get(f"{REPO}/commits/{name}"))["sha"] for name in names]
    assert shas == [story.BUILDING, story.BUILDING, story.OFF_MAIN]


@pytest.mark.parametrize("ref", [story.UNKNOWN, "no-such-branch", "3f2", story.AMBIGUOUS])
async def test_an_unknown_and_an_ambiguous_commit_are_both_a_422(github: Asking, ref: str) -> None:
    answer = await github("GET", f"{REPO}/commits/{ref}")
    assert (answer.status_code, answer.json()["message"]) == (422, f"No commit found for SHA: {ref}")


async def test_an_ambiguous_commit_may_be_a_409_as_well(world: World, github: Asking) -> None:
    world.github.app.ambiguous_status = 409
    assert (await github("GET", f"{REPO}/commits/{story.AMBIGUOUS}")).status_code == 409


async def test_another_repository_is_not_found(github: Asking) -> None:
    assert (await github("GET", "/repos/Wandeon/Other/commits/main")).status_code == 404


async def test_the_newest_six_of_main_are_the_story(github: Asking) -> None:
    listed = await github.get(f"{REPO}/commits", params={"sha": "main", "per_page": 6})
    assert [commit["sha"][:7] for commit in reversed(listed)] == [
        "a4c9e1f",
        "51ab3c4",
        "e02d8aa",
        "3f2a1b9",
        "b7d0c5e",
        "9c41d07",
    ]


async def test_pages_follow_one_another_until_none_is_left(github: Asking) -> None:
    seen, url = [], f"{REPO}/commits?per_page=4"
    while url:
        answer = await github("GET", url)
        seen += [commit["sha"] for commit in answer.json()]
        url = answer.links.get("next", {}).get("url", "").removeprefix(github.url)
    assert seen == [commit.sha for commit in reversed(story.COMMITS.values()) if commit.branch == "main"]


async def test_a_docs_commit_touched_docs_alone_and_started_no_build(github: Asking) -> None:
    commit = await github.get(f"{REPO}/commits/{story.DOCS_ONLY}")
    runs = await github.get(RUNS, params={"head_sha": story.DOCS_ONLY})
    assert [file["filename"] for file in commit["files"]] == ["README.md", "docs/vat.md"]
    assert runs == {"total_count": 0, "workflow_runs": []}


async def test_a_title_tries_to_ping_the_channel(github: Asking) -> None:
    commit = await github.get(f"{REPO}/commits/{story.AMD64_ONLY}")
    assert "<!channel> &" in commit["commit"]["message"]


@pytest.mark.parametrize(
    ("base", "head", "expected"),
    [
        (story.RUNS, story.BUILT, ("ahead", 3, 0)),
        (story.BUILT, story.RUNS, ("behind", 0, 3)),
        (story.BUILT, story.BUILT, ("identical", 0, 0)),
        (story.BUILDING, story.OFF_MAIN, ("diverged", 1, 2)),
    ],
)
async def test_a_comparison_says_which_way_a_deploy_would_go(
    github: Asking, base: str, head: str, expected: tuple[str, int, int]
) -> None:
    compared = await github.get(f"{REPO}/compare/{base}...{head}")
    assert (compared["status"], compared["ahead_by"], compared["behind_by"]) == expected
    assert len(compared["commits"]) == expected[1]


async def test_a_comparison_lists_its_commits_oldest_first(github: Asking) -> None:
    compared = await github.get(f"{REPO}/compare/{story.RUNS}...{story.BUILT}")
    assert [one["sha"] for one in compared["commits"]] == [story.AMD64_ONLY, story.SICK, story.BUILT]


async def test_a_comparison_lists_its_first_three_hundred_files_as_github_does(
    world: World, github: Asking
) -> None:
    commits = world.github.history.commits
    commits[story.SICK] = replace(
        commits[story.SICK], files=tuple(f"lib/{number}.ts" for number in range(400))
    )
    compared = await github.get(f"{REPO}/compare/{story.RUNS}...{story.BUILT}")
    assert len(compared["files"]) == 300


async def test_a_comparison_with_an_unknown_commit_is_not_found(github: Asking) -> None:
    assert (await github("GET", f"{REPO}/compare/{story.UNKNOWN}...main")).status_code == 404


# --- workflow runs


async def test_the_newest_build_is_under_way_and_ends_with_the_clock(world: World, github: Asking) -> None:
    before = await the_run(github, story.BUILDING)
    world.clock.skip(9 * story.MINUTE)
    after = await the_run(github, story.BUILDING)
    assert (before["status"], before["conclusion"]) == ("in_progress", None)
    assert (after["status"], after["conclusion"]) == ("completed", "success")
    assert (before["id"], before["run_started_at"]) == (after["id"], after["run_started_at"])


async def test_runs_are_found_by_status_conclusion_branch_and_event(github: Asking) -> None:
    async def shas(**query: str) -> list[str]:
        return [run["head_sha"] for run in (await github.get(RUNS, params=query))["workflow_runs"]]

    assert await shas(status="in_progress") == [story.BUILDING]
    assert await shas(status="failure") == [story.BUILD_FAILED]
    assert await shas(branch=story.OFF_MAIN_BRANCH) == [story.OFF_MAIN]
    assert await shas(event="workflow_dispatch") == []
    assert await shas(branch="main", status="success", per_page="2") == [story.BUILT, story.SICK]


async def test_a_job_shows_its_steps_as_far_as_they_have_come(github: Asking) -> None:
    run = await the_run(github, story.BUILDING)
    (job,) = (await github.get(f"{REPO}/actions/runs/{run['id']}/jobs?filter=latest"))["jobs"]
    assert [step["name"] for step in job["steps"]] == [name for name, _ in STEPS]
    assert [(step["status"], step["conclusion"]) for step in job["steps"]] == [
        *[("completed", "success")] * 6,
        ("in_progress", None),
        *[("queued", None)] * 5,
    ]
    assert (job["status"], job["completed_at"], job["runner_name"]) == ("in_progress", None, "fiskai-vps-x86")


async def test_a_failed_build_names_the_step_and_skips_the_rest(github: Asking) -> None:
    run = await the_run(github, story.BUILD_FAILED)
    (job,) = (await github.get(f"{REPO}/actions/runs/{run['id']}/jobs"))["jobs"]
    concluded = {step["name"]: step["conclusion"] for step in job["steps"]}
    assert concluded["Build and push"] == "failure"
    assert concluded["Write the summary"] == "skipped"
    assert concluded["Complete job"] == "success"


async def test_a_log_lies_behind_a_link_that_wants_no_token(
    github: Asking, client: httpx.AsyncClient
) -> None:
    run = await the_run(github, story.BUILD_FAILED)
    (job,) = (await github.get(f"{REPO}/actions/runs/{run['id']}/jobs"))["jobs"]
    answer = await github("GET", f"{REPO}/actions/jobs/{job['id']}/logs")
    link = answer.headers["Location"]
    assert answer.status_code == 302
    assert httpx.URL(link).port != httpx.URL(github.url).port
    assert (await client.get(link, headers=github.headers)).status_code == 400
    assert "code ERESOLVE" in (await client.get(link)).text


async def test_a_link_to_a_log_dies(world: World, github: Asking, client: httpx.AsyncClient) -> None:
    world.github.actions.log_link_seconds = -1
    run = world.github.runs.all[0]
    answer = await github("GET", f"{REPO}/actions/jobs/{run.job_id}/logs")
    assert (await client.get(answer.headers["Location"])).status_code == 403


async def test_a_log_is_missing_while_the_job_runs_and_gone_when_it_expired(
    world: World, github: Asking
) -> None:
    first, last = world.github.runs.all[0], world.github.runs.all[-2]
    world.github.actions.expired_logs.add(first.id)
    assert last.commit.sha == story.BUILDING
    assert (await github("GET", f"{REPO}/actions/jobs/{last.job_id}/logs")).status_code == 404
    assert (await github("GET", f"{REPO}/actions/jobs/{first.job_id}/logs")).status_code == 410


async def test_single_runs_jobs_workflows_and_the_repository_keep_to_the_contract(
    world: World, github: Asking
) -> None:
    run = world.github.runs.all[-1]
    paths = ("", "/actions/workflows/build.yml", f"/actions/runs/{run.id}", f"/actions/jobs/{run.job_id}")
    for path in (*paths, "/actions/runs"):
        await github.get(REPO + path)
    unknown = ("/actions/workflows/other.yml/runs", "/actions/runs/1/jobs", "/actions/jobs/1/logs")
    assert [(await github("GET", REPO + path)).status_code for path in unknown] == [404, 404, 404]
