"""fisk's requests to GitHub and Coolify, validated against their OpenAPI documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox import story
from sandbox.world import APP_UUID
from tests.contracts import contract

if TYPE_CHECKING:
    from sandbox.serving import StandIn
    from sandbox.world import World
    from tests.deploy.systems.conftest import Clients


IMAGE = "ghcr.io/wandeon/fiskai-app"


def faults(document: str, stand_in: StandIn) -> dict[str, list[str]]:
    """By request, what the document does not allow; a request without a fault has an empty list."""
    known = contract(document)
    return {
        asked.line: known.request(
            asked.method, asked.path, query=asked.query, body=asked.json if asked.body else None
        )
        for asked in stand_in.received
    }


async def test_github_is_asked_as_its_document_says(clients: Clients, world: World) -> None:
    github = clients.github()
    await github.commit(story.BUILT[:7])
    await github.ancestors(story.BUILT)
    await github.compare(story.RUNS, story.BUILT)
    builds = await github.builds(story.WORKFLOW, sha=story.BUILT, branch="main", status="success")
    await github.jobs(builds[0].id)
    made = await github.create_deployment(story.BUILT, "production", "d-1 by Ana", production=True)
    await github.set_deployment_status(
        made, "success", description="d-1", log_url="https://ci", environment_url="https://app"
    )
    await github.deployments("production", sha=story.BUILT)
    repo = f"/repos/{story.REPOSITORY}"
    assert faults("github", world.github) == {
        f"GET {repo}/commits/{story.BUILT[:7]}": [],
        f"GET {repo}/commits": [],
        f"GET {repo}/compare/{story.RUNS}...{story.BUILT}": [],
        f"GET {repo}/actions/workflows/{story.WORKFLOW}/runs": [],
        f"GET {repo}/actions/runs/{builds[0].id}/jobs": [],
        f"POST {repo}/deployments": [],
        f"POST {repo}/deployments/{made}/statuses": [],
        f"GET {repo}/deployments": [],
    }


async def test_coolify_is_asked_as_its_document_says(clients: Clients, world: World) -> None:
    coolify = clients.coolify()
    await coolify.version()
    await coolify.application(APP_UUID)
    assert len(await coolify.applications()) == len(world.coolify.apps)
    await coolify.point(APP_UUID, IMAGE, story.BUILT, story.BUILT)
    uuid = await coolify.deploy(APP_UUID)
    await coolify.deployment(uuid)
    await coolify.deployments(APP_UUID)
    await coolify.cancel(uuid)
    assert faults("coolify", world.coolify) == {
        "GET /api/v1/version": [],
        "GET /api/v1/applications": [],
        f"GET /api/v1/applications/{APP_UUID}": [],
        f"PATCH /api/v1/applications/{APP_UUID}": [],
        "POST /api/v1/deploy": [],
        f"GET /api/v1/deployments/{uuid}": [],
        f"GET /api/v1/deployments/applications/{APP_UUID}": [],
        f"POST /api/v1/deployments/{uuid}/cancel": [],
    }


async def test_asking_for_abilities_goes_wrong_in_one_way_only(clients: Clients, world: World) -> None:
    await clients.coolify().abilities(APP_UUID)
    wrong = {line: found for line, found in faults("coolify", world.coolify).items() if found}
    assert wrong == {
        f"PATCH /api/v1/applications/{APP_UUID}": [
            "body: fisk_asks_whether_it_may_write is not documented",
        ]
    }
