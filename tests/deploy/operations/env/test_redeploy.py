"""--redeploy: what was copied takes effect at once, by whichever way the application is deployed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from deploy.operations.env.propose import propose, two_owners
from deploy.outcomes.env import EnvCopied
from sandbox import story
from tests.deploy.operations.env.copying import values
from tests.deploy.operations.play import IMAGE

if TYPE_CHECKING:
    from deploy.operations.env.order import Order
    from sandbox.coolify.applications import App
    from tests.deploy.operations.env.copying import Copying


@pytest.fixture
def worker(copying: Copying) -> App:
    """An application that is no target of fisk's."""
    return copying.coolify.add(
        "worker",
        "w0rker",
        "fiskai-worker",
        docker_registry_image_name=IMAGE,
        docker_registry_image_tag=story.RUNS,
        git_commit_sha=story.RUNS,
    )


async def to_worker(copying: Copying) -> Order:
    source, target = await two_owners(copying.play.world, "fiskai-app", "fiskai-worker")
    return replace(await copying.order(redeploy=True), source=source, target=target)


async def ended(copying: Copying, order: Order) -> EnvCopied:
    outcome = await copying.play.end(await copying.begin(order))
    assert isinstance(outcome, EnvCopied), outcome
    return outcome


async def test_a_target_is_deployed_by_its_own_story(copying: Copying) -> None:
    outcome = await ended(copying, await copying.order(redeploy=True))
    assert (outcome.deployed, outcome.status) == (story.RUNS[:7], "done")
    assert copying.staging.deploys == 1
    assert copying.coolify.running("staging") == story.RUNS


async def test_another_application_is_deployed_as_coolify_does_it(copying: Copying, worker: App) -> None:
    order = await to_worker(copying)
    assert order.locks == ("env:w0rker", "app:w0rker")
    outcome = await ended(copying, order)
    (deployment,) = copying.coolify.queue.of(worker)
    assert (outcome.deployed, deployment.status) == (f"deployment {deployment.uuid}", "finished")


async def test_a_deploy_that_fails_leaves_the_copy_and_says_why(copying: Copying, worker: App) -> None:
    worker.columns["docker_registry_image_tag"] = "no-such-tag"
    outcome = await ended(copying, await to_worker(copying))
    assert (outcome.deployed, outcome.status) == ("", "failed")
    assert outcome.not_deployed is not None
    assert outcome.not_deployed.code == "deployment_failed"
    assert values(worker)["APP_URL"] == "https://app.fiskai.example"


async def test_a_gate_that_says_no_to_the_deploy_leaves_the_copy(copying: Copying) -> None:
    copying.staging.columns["build_pack"] = "nixpacks"
    outcome = await ended(copying, await copying.order(redeploy=True))
    assert outcome.not_deployed is not None
    assert outcome.not_deployed.code == "wrong_build_pack"
    assert copying.staging.deploys == 0
    assert (await propose(copying.play.world, await copying.order())).plan.acts is False
