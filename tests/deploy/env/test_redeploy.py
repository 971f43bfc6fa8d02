"""--redeploy: copied variables take effect at once, however the application is deployed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from deploy.core.model import Resource
from deploy.engine.engine import Suspended
from deploy.env.kinds import COPY
from deploy.env.outcomes import EnvCopied
from deploy.env.propose import propose, two_owners
from sandbox import story
from tests.deploy.env.copying import values
from tests.deploy.play import IMAGE, TIMEOUTS

if TYPE_CHECKING:
    from deploy.env.order import Order
    from sandbox.coolify.applications import App
    from tests.deploy.env.copying import Copying


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
    assert COPY.locks(order) == (Resource("env", "w0rker"), Resource("app", "w0rker"))
    outcome = await ended(copying, order)
    (deployment,) = copying.coolify.queue.of(worker)
    assert (outcome.deployed, deployment.status) == (f"deployment {deployment.page}", "finished")


async def test_a_run_that_died_after_its_request_finds_its_own_deployment(
    copying: Copying, worker: App
) -> None:
    queue, journal = copying.coolify.queue, copying.play.journal

    def die() -> None:
        queue.of(worker)[0].become("in_progress")
        raise Suspended("the power went")

    queue.freeze()
    journal.before_keeping["trigger"] = die
    journal.at["watch"] = queue.thaw
    outcome = await ended(copying, await to_worker(copying))
    (deployment,) = queue.of(worker)
    assert (outcome.deployed, outcome.status) == (f"deployment {deployment.page}", "done")
    assert worker.deploys == 1


async def test_one_that_began_before_the_copy_is_waited_for_and_is_not_taken_for_the_deploy(
    copying: Copying, worker: App
) -> None:
    queue = copying.coolify.queue
    earlier = queue.remember(worker, worker.commit, 0)
    earlier.status = "in_progress"
    operation = await copying.begin(await to_worker(copying))
    await copying.play.until(lambda: worker.deploys)
    earlier.status = "finished"
    outcome = await copying.play.end(operation)
    assert isinstance(outcome, EnvCopied)
    assert outcome.deployed == f"deployment {queue.of(worker)[0].page}"
    assert (outcome.status, queue.of(worker)[1:], worker.deploys) == ("done", [earlier], 2)


async def test_one_that_still_waits_reads_the_new_variables_and_will_do(
    copying: Copying, worker: App
) -> None:
    queue = copying.coolify.queue
    queue.freeze()
    waits = queue.ask(worker, "another").deployment
    assert waits
    copying.play.journal.at["watch"] = queue.thaw
    outcome = await ended(copying, await to_worker(copying))
    assert outcome.deployed == f"deployment {waits.page}"
    assert queue.of(worker) == [waits]


async def test_coolify_away_for_a_moment_is_no_failed_deploy(copying: Copying, worker: App) -> None:
    faults = copying.coolify.faults
    copying.play.journal.at["watch"] = lambda: faults.queue("GET /api/v1/deployments/*", status=500)
    outcome = await ended(copying, await to_worker(copying))
    assert (outcome.status, [row.status for row in copying.coolify.queue.of(worker)]) == (
        "done",
        ["finished"],
    )


async def test_a_cancel_stops_the_deploy_and_leaves_the_copy(copying: Copying, worker: App) -> None:
    copying.coolify.queue.freeze()
    copying.play.journal.cancel_at = "watch"
    outcome = await ended(copying, await to_worker(copying))
    copying.coolify.queue.thaw()
    assert outcome.not_deployed is not None
    assert outcome.not_deployed.code == "cancelled"
    assert [row.status for row in copying.coolify.queue.of(worker)] == ["cancelled-by-user"]
    assert values(worker)["APP_URL"] == "https://app.fiskai.example"


async def test_a_deployment_that_does_not_end_is_named(copying: Copying, worker: App) -> None:
    copying.coolify.queue.freeze()
    copying.play.world = replace(copying.play.world, timeouts=replace(TIMEOUTS, deploy_within=0))
    copying.play.engine = copying.play.another_engine("hasty")
    outcome = await ended(copying, await to_worker(copying))
    copying.coolify.queue.thaw()
    (deployment,) = copying.coolify.queue.of(worker)
    assert outcome.not_deployed is not None
    assert outcome.not_deployed.sentence == (
        "Coolify did not finish the deployment of what runs within 0 min; it is queued."
    )
    assert outcome.not_deployed.hint == f"Look at the deployment {deployment.page} in Coolify."


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
