"""GitHub's stand-in: each fact that fisk relies on, and every answer held against GitHub's own contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from sandbox import story
from sandbox.github.runs import STEPS
from tests.sandbox.asking import Asking, bearer

if TYPE_CHECKING:
    from sandbox.world import World

REPO = "/repos/Wandeon/FiskAI"
RUNS = f"{REPO}/actions/workflows/build.yml/runs"

# What GitHub answers without its contract saying so.
DIFFERENCES = {
    r"documents no 401": "a bad token is refused everywhere",
    r"documents no 403": "and so is one that asked too often",
    r"documents no 429": "the secondary limit may come as a 429 too",
    r"documents no 304": "any GET may be conditional",
    r"runs documents no 404|jobs documents no 404|logs documents no 404": "unknown workflows, runs and jobs",
    r"logs documents no 410": "logs expire",
    r"deployments documents no JSON body for 409": "but it has one, with the reason",
}


@pytest.fixture
def github(world: World, client: httpx.AsyncClient) -> Asking:
    return Asking(client, world.github.url, "github", bearer(world.github.token), DIFFERENCES)


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


@pytest.mark.parametrize("ref", [story.UNKNOWN, "no-such-branch", "3f2", story.TWINS])
async def test_an_unknown_and_an_ambiguous_commit_are_both_a_422(github: Asking, ref: str) -> None:
    answer = await github("GET", f"{REPO}/commits/{ref}")
    assert (answer.status_code, answer.json()["message"]) == (422, f"No commit found for SHA: {ref}")


async def test_an_ambiguous_commit_may_be_a_409_as_well(world: World, github: Asking) -> None:
    world.github.ambiguous_status = 409
    assert (await github("GET", f"{REPO}/commits/{story.TWINS}")).status_code == 409


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
    assert "npm ERR! code ERESOLVE" in (await client.get(link)).text


async def test_a_link_to_a_log_dies(world: World, github: Asking, client: httpx.AsyncClient) -> None:
    world.github.log_link_seconds = -1
    run = world.github.runs[0]
    answer = await github("GET", f"{REPO}/actions/jobs/{run.job_id}/logs")
    assert (await client.get(answer.headers["Location"])).status_code == 403


async def test_a_log_is_missing_while_the_job_runs_and_gone_when_it_expired(
    world: World, github: Asking
) -> None:
    first, last = world.github.runs[0], world.github.runs[-2]
    world.github.expired_logs.add(first.id)
    assert last.commit.sha == story.BUILDING
    assert (await github("GET", f"{REPO}/actions/jobs/{last.job_id}/logs")).status_code == 404
    assert (await github("GET", f"{REPO}/actions/jobs/{first.job_id}/logs")).status_code == 410


async def test_single_runs_jobs_workflows_and_the_repository_keep_to_the_contract(
    world: World, github: Asking
) -> None:
    run = world.github.runs[-1]
    paths = ("", "/actions/workflows/build.yml", f"/actions/runs/{run.id}", f"/actions/jobs/{run.job_id}")
    for path in (*paths, "/actions/runs"):
        await github.get(REPO + path)
    unknown = ("/actions/workflows/other.yml/runs", "/actions/runs/1/jobs", "/actions/jobs/1/logs")
    assert [(await github("GET", REPO + path)).status_code for path in unknown] == [404, 404, 404]


# --- deployments

PLAIN: dict[str, Any] = {"auto_merge": False, "required_contexts": []}


async def test_a_deployment_goes_through_its_statuses(world: World, github: Asking) -> None:
    body = {"ref": story.BUILT, "environment": "production", "description": "d-7k3f", **PLAIN}
    made = (await github("POST", f"{REPO}/deployments", json=body)).json()
    url = f"{REPO}/deployments/{made['id']}"
    for state in ("queued", "in_progress", "success"):
        status = {"state": state, "log_url": "https://fiskai.example/log", "description": state}
        assert (await github("POST", f"{url}/statuses", json=status)).status_code == 201
    listed = await github.get(f"{url}/statuses")
    assert [status["state"] for status in listed] == ["success", "in_progress", "queued"]
    assert (await github.get(url))["sha"] == story.BUILT
    assert [one.state for one in world.github.deployments.all] == ["success"]


async def test_deployments_are_found_by_place_and_commit_newest_first(github: Asking) -> None:
    async def make(sha: str, environment: str) -> int:
        body = {"ref": sha, "environment": environment, **PLAIN}
        return int((await github("POST", f"{REPO}/deployments", json=body)).json()["id"])

    async def ids(**query: str) -> list[int]:
        return [one["id"] for one in await github.get(f"{REPO}/deployments", params=query)]

    first, second = await make(story.RUNS, "production"), await make(story.BUILT, "production")
    other = await make(story.BUILT, "staging")
    assert await ids(environment="production") == [second, first]
    assert await ids(sha=story.BUILT) == [other, second]


async def test_a_deployment_merges_main_in_unless_told_not_to(world: World, github: Asking) -> None:
    answer = await github("POST", f"{REPO}/deployments", json={"ref": story.BUILT, "required_contexts": []})
    assert (answer.status_code, world.github.deployments.all) == (202, [])


async def test_a_deployment_wants_green_checks_unless_told_not_to(github: Asking) -> None:
    body = {"ref": story.BUILD_FAILED, "auto_merge": False}
    assert (await github("POST", f"{REPO}/deployments", json=body)).status_code == 409


@pytest.mark.parametrize("body", [{}, {"ref": "no-such-branch"}])
async def test_a_deployment_without_a_known_ref_is_a_422(github: Asking, body: dict[str, Any]) -> None:
    assert (await github("POST", f"{REPO}/deployments", json=body)).status_code == 422


@pytest.mark.parametrize("body", [{"state": "done"}, {"state": "success", "description": "x" * 141}])
async def test_a_status_of_no_known_state_or_too_long_is_a_422(
    world: World, github: Asking, body: dict[str, Any]
) -> None:
    made = world.github.deployments.add(story.BUILT, {"ref": "main"})
    answer = await github("POST", f"{REPO}/deployments/{made.id}/statuses", json=body)
    assert answer.status_code == 422


async def test_a_success_ends_the_earlier_one_of_a_place_that_is_not_production(
    world: World, github: Asking
) -> None:
    everything = world.github.deployments
    places = ("staging", "staging", "production", "production")
    made = [everything.add(story.BUILT, {"ref": "main", "environment": place}) for place in places]
    for one in made:
        await github("POST", f"{REPO}/deployments/{one.id}/statuses", json={"state": "success"})
    assert [one.state for one in made] == ["inactive", "success", "success", "success"]


# --- limits


async def test_every_answer_says_how_many_calls_are_left(github: Asking) -> None:
    left = [(await github("GET", REPO)).headers["x-ratelimit-remaining"] for _ in range(2)]
    assert left == ["4999", "4998"]


async def test_an_unchanged_answer_is_free_for_a_token(github: Asking) -> None:
    first = await github("GET", REPO)
    again = await github("GET", REPO, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["x-ratelimit-remaining"] == first.headers["x-ratelimit-remaining"] == "4999"


async def test_an_unchanged_answer_counts_for_an_anonymous_caller(
    world: World, client: httpx.AsyncClient
) -> None:
    first = await client.get(world.github.url + REPO)
    again = await client.get(world.github.url + REPO, headers={"If-None-Match": first.headers["ETag"]})
    assert (first.headers["x-ratelimit-remaining"], again.headers["x-ratelimit-remaining"]) == ("59", "58")


async def test_a_changed_answer_comes_whole(world: World, github: Asking) -> None:
    first = await github("GET", RUNS)
    world.clock.skip(9 * story.MINUTE)
    again = await github("GET", RUNS, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.headers["ETag"] != first.headers["ETag"]) == (200, True)


async def test_asking_for_the_limit_costs_nothing(github: Asking) -> None:
    await github.get(REPO)
    for _ in range(2):
        limits = await github.get("/rate_limit")
    assert (limits["rate"]["used"], limits["rate"]["remaining"]) == (1, 4999)


async def test_a_used_up_hour_is_a_403_that_says_when_it_ends(world: World, github: Asking) -> None:
    world.github.allowance.limit = 1
    await github.get(REPO)
    answer = await github("GET", REPO)
    assert answer.status_code == 403
    assert answer.json()["message"].startswith("API rate limit exceeded")
    assert answer.headers["x-ratelimit-remaining"] == "0"
    assert int(answer.headers["x-ratelimit-reset"]) > world.clock.start


@pytest.mark.parametrize("status", [403, 429])
async def test_the_secondary_limit_says_how_long_to_wait(world: World, github: Asking, status: int) -> None:
    world.github.throttle(status=status, retry_after=7)
    answer = await github("GET", REPO)
    assert (answer.status_code, answer.headers["Retry-After"]) == (status, "7")
    await github.get(REPO)


async def test_a_wrong_token_is_a_401_and_no_token_may_not_write(github: Asking) -> None:
    wrong = await github("GET", REPO, headers=bearer("wrong"))
    nobody = await github("POST", f"{REPO}/deployments", json={}, headers={"Authorization": ""})
    assert (wrong.status_code, wrong.json()["message"]) == (401, "Bad credentials")
    assert (nobody.status_code, nobody.json()["message"]) == (401, "Requires authentication")
