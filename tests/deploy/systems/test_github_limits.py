"""GitHub's refs, comparisons and rate limits, against its stand-in, through real sockets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deploy.core.errors import CommitNotFound, NotThere, RateLimited, Unauthorized
from sandbox import story

if TYPE_CHECKING:
    from sandbox.world import World
    from tests.deploy.systems.conftest import Clients


async def test_any_prefix_of_a_commit_becomes_its_40_digits(clients: Clients) -> None:
    commit = await clients.github().commit(story.BUILT[:7])
    assert (commit.sha, commit.title, commit.author, commit.login, commit.files) == (
        story.BUILT,
        "Round VAT per line",
        "Marko Babić",
        "markobabic",
        ("lib/vat/round.ts", "tests/vat/round.test.ts"),
    )


@pytest.mark.parametrize("status", [409, 422])
@pytest.mark.parametrize("ref", [story.AMBIGUOUS, story.UNKNOWN, "no/such branch"])
async def test_an_ambiguous_or_unknown_ref_is_not_found(
    clients: Clients, world: World, ref: str, status: int
) -> None:
    world.github.app.ambiguous_status = status
    with pytest.raises(CommitNotFound):
        await clients.github().commit(ref)


async def test_the_branch_is_a_ref_too(clients: Clients) -> None:
    github = clients.github()
    assert (await github.commit(github.branch)).sha == story.HEADS[story.BRANCH]
    assert (await github.commit(story.OFF_MAIN_BRANCH)).sha == story.OFF_MAIN


async def test_ancestors_come_newest_first(clients: Clients) -> None:
    ancestors = await clients.github().ancestors(story.BUILDING, 3)
    assert [commit.sha for commit in ancestors] == [story.BUILDING, story.DOCS_ONLY, story.BUILT]


async def test_commits_compare_in_every_direction(clients: Clients) -> None:
    github = clients.github()
    told = {}
    for base, head in (
        (story.RUNS, story.BUILT),
        (story.BUILT, story.RUNS),
        (story.BUILT, story.BUILT),
        (story.BUILDING, story.OFF_MAIN),
    ):
        compared = await github.compare(base, head)
        commits = tuple(commit.sha for commit in compared.commits)
        told[base, head] = (compared.status, compared.ahead_by, compared.behind_by, commits)
    assert told == {
        (story.RUNS, story.BUILT): ("ahead", 3, 0, (story.AMD64_ONLY, story.SICK, story.BUILT)),
        (story.BUILT, story.RUNS): ("behind", 0, 3, ()),
        (story.BUILT, story.BUILT): ("identical", 0, 0, ()),
        (story.BUILDING, story.OFF_MAIN): ("diverged", 1, 2, (story.OFF_MAIN,)),
    }


async def test_builds_are_found_by_commit_and_by_state(clients: Clients) -> None:
    github = clients.github()
    (build,) = await github.builds(story.WORKFLOW, sha=story.BUILT)
    running = await github.builds(story.WORKFLOW, status="in_progress")
    docs = await github.builds(story.WORKFLOW, sha=story.DOCS_ONLY)
    assert (build.sha, build.status, build.conclusion) == (story.BUILT, "completed", "success")
    assert [each.sha for each in running] == [story.BUILDING]
    assert docs == ()
    (job,) = await github.jobs(running[0].id)
    assert (job.status, job.conclusion, job.runner) == ("in_progress", "", "fiskai-vps-x86")
    assert {step.status for step in job.steps} == {"completed", "in_progress", "queued"}


async def test_a_workflow_that_is_not_there_is_named(clients: Clients) -> None:
    with pytest.raises(NotThere, match="GitHub has no workflow nope"):
        await clients.github().builds("nope.yml")


async def test_a_deployment_is_shown_on_githubs_own_page(clients: Clients, world: World) -> None:
    github = clients.github()
    made = await github.create_deployment(story.BUILT, "production", "d-1 by Ana", production=True)
    await github.set_deployment_status(made, "in_progress", description="d-1")
    await github.set_deployment_status(made, "success", environment_url="https://app.fiskai.example")
    (kept,) = world.github.deployments.all
    assert (kept.id, kept.sha, kept.environment, kept.production) == (made, story.BUILT, "production", True)
    assert [status.state for status in kept.statuses] == ["in_progress", "success"]
    assert await github.deployments("production") == (made,)
    assert await github.deployments("production", sha=story.RUNS) == ()


async def test_a_deployment_behind_main_is_made_all_the_same(clients: Clients) -> None:
    github = clients.github()
    assert await github.create_deployment(story.RUNS, "production", "", production=True) > 0
    assert await github.create_deployment(story.BUILD_FAILED, "production", "", production=True) > 0


async def test_an_unchanged_answer_costs_no_call(clients: Clients) -> None:
    github = clients.github()
    first = await github.commit(story.BUILT)
    left = github.calls_left
    assert await github.commit(story.BUILT) == first
    assert (left, github.calls_left) == ((4999, 5000), (4999, 5000))


async def test_the_hourly_limit_says_how_long_it_lasts(clients: Clients, world: World) -> None:
    world.github.allowance.limit = 1
    github = clients.github()
    await github.commit(story.BUILT)
    with pytest.raises(RateLimited) as caught:
        await github.commit(story.RUNS)
    assert 3500 < float(str(caught.value.facts["retry_after"])) <= 3600
    assert github.calls_left == (0, 1)


async def test_a_wrong_token_names_its_setting(clients: Clients) -> None:
    with pytest.raises(Unauthorized) as caught:
        await clients.github("wrong").commit("main")
    assert caught.value.failure.hint == "Put a valid token in FISK_GITHUB_TOKEN and restart fisk."
