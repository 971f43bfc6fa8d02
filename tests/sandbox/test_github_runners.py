"""GitHub's stand-in: runners of an organisation, runners that hang or are lost, and what check runs say.

The contract document used here lacks check runs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import httpx
import pytest

from sandbox import story
from sandbox.github.runner import RUNNER
from sandbox.github.runs import LOST
from tests.sandbox.asking import bearer
from tests.sandbox.github import REPO

if TYPE_CHECKING:
    from sandbox.github.runs import Run
    from sandbox.world import World
    from tests.sandbox.asking import Asking

OF_ORGANISATION = "/orgs/Wandeon/actions/runners"


@pytest.fixture
async def ask(world: World) -> AsyncIterator[httpx.AsyncClient]:
    headers = bearer(world.github.token)
    async with httpx.AsyncClient(base_url=world.github.url + REPO, headers=headers) as client:
        yield client


async def test_an_organisations_runner_is_in_its_own_list_alone(world: World, github: Asking) -> None:
    assert (await github("GET", OF_ORGANISATION)).status_code == 404
    world.github.actions.organisation = True
    own = await github.get(f"{REPO}/actions/runners")
    shared = await github.get(OF_ORGANISATION)
    assert (own["runners"], [each["name"] for each in shared["runners"]]) == ([], [RUNNER])
    world.github.actions.organisation_administrator = False
    assert (await github("GET", OF_ORGANISATION)).status_code == 403


async def test_a_runner_may_be_busy_with_nothing(world: World, github: Asking) -> None:
    world.clock.skip(60 * story.MINUTE)
    world.github.runs.hangs = True
    world.github.push("Sum VAT twice")
    world.clock.skip(60 * story.MINUTE)
    (runner,) = (await github.get(f"{REPO}/actions/runners"))["runners"]
    running = await github.get(f"{REPO}/actions/runs", params={"status": "in_progress"})
    queued = await github.get(f"{REPO}/actions/runs", params={"status": "queued"})
    assert (runner["busy"], running["total_count"], queued["total_count"]) == (True, 0, 1)


async def test_a_lost_runner_leaves_a_step_without_an_end_and_no_log(
    world: World, github: Asking, ask: httpx.AsyncClient
) -> None:
    run = _lost(world)
    world.clock.skip(60 * story.MINUTE)
    (job,) = (await github.get(f"{REPO}/actions/runs/{run.id}/jobs"))["jobs"]
    steps = {(step["status"], step["conclusion"], step["completed_at"] is None) for step in job["steps"]}
    assert (job["status"], job["conclusion"]) == ("completed", "failure")
    assert steps == {
        ("completed", "success", False),
        ("in_progress", None, True),
        ("queued", None, True),
    }
    assert (await github("GET", f"{REPO}/actions/jobs/{job['id']}/logs")).status_code == 404
    (told,) = (await ask.get(f"/check-runs/{job['id']}/annotations")).json()
    assert (told["annotation_level"], told["message"]) == ("failure", LOST.format(runner=RUNNER))


async def test_a_job_that_is_refused_never_begins(world: World, github: Asking) -> None:
    world.github.push("Sum VAT twice", built=story.Built(refused="The account is unpaid."))
    run = world.github.runs.all[-1]
    (job,) = (await github.get(f"{REPO}/actions/runs/{run.id}/jobs"))["jobs"]
    assert (job["status"], job["conclusion"], job["steps"], job["runner_name"]) == (
        "completed",
        "failure",
        [],
        None,
    )


def _lost(world: World) -> Run:
    run = next(run for run in world.github.runs.all if run.commit.sha == story.BUILDING)
    world.github.runs.lose(run)
    return run
