"""GitHub's stand-in: deployments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox import story
from tests.sandbox.github import REPO

if TYPE_CHECKING:
    from sandbox.world import World
    from tests.sandbox.asking import Asking


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
