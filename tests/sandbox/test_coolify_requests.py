"""Requests to deploy, start, restart and stop, and what Coolify's stand-in answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox import story
from tests.sandbox.coolify_health import SKIPPED, health

if TYPE_CHECKING:
    from sandbox.world import World
    from tests.sandbox.coolify import Asker


@pytest.mark.parametrize("verb", ["start", "restart"])
async def test_start_and_restart_are_whole_deployments_and_skipped_ones_answer_a_message_alone(
    coolify: Asker, verb: str
) -> None:
    coolify.queue.freeze()
    await coolify.point(story.BUILT)
    first = (await coolify("POST", f"/applications/{coolify.app.uuid}/{verb}")).json()
    second = (await coolify("POST", f"/applications/{coolify.app.uuid}/{verb}")).json()
    coolify.queue.thaw()
    await coolify.ended(first["deployment_uuid"])
    assert (second, coolify.runs) == ({"message": SKIPPED}, story.BUILT)


async def test_stop_takes_the_app_down(coolify: Asker) -> None:
    await coolify("POST", f"/applications/{coolify.app.uuid}/stop")
    assert (coolify.runs, await health(coolify), (await coolify.get())["status"]) == ("", 502, "exited")


async def test_instant_deploy_starts_a_deployment_and_hides_its_id(coolify: Asker) -> None:
    coolify.queue.freeze()
    answer = await coolify.patch(docker_registry_image_tag=story.BUILT, instant_deploy=True)
    assert answer.json() == {"uuid": coolify.app.uuid}
    assert coolify.queue.of(coolify.app)[0].active


async def test_a_failure_is_a_200_entry_without_an_id(coolify: Asker) -> None:
    coolify.app.may_deploy = False
    assert await coolify.deploy() == {
        "message": "Unauthorized to deploy this application.",
        "resource_uuid": coolify.app.uuid,
    }
    assert coolify.app.deploys == 0


async def test_an_unknown_application_among_several_is_skipped_in_silence(coolify: Asker) -> None:
    entry = await coolify.deploy(uuid=f"nothing,{coolify.app.uuid}")
    assert entry["resource_uuid"] == coolify.app.uuid


async def test_an_unknown_application_alone_is_not_found(coolify: Asker) -> None:
    answers = [await coolify("POST", "/deploy", params={"uuid": "nothing"})]
    answers += [await coolify("GET", f"/{kind}/nothing") for kind in ("applications", "deployments")]
    answers += [await coolify("GET", "/deployments/applications/nothing")]
    assert [answer.status_code for answer in answers] == [404] * 4


async def test_a_full_queue_is_a_429_of_sixty_seconds(coolify: Asker) -> None:
    coolify.queue.limit = 0
    answer = await coolify("POST", "/deploy", params={"uuid": coolify.app.uuid})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    assert answer.json()["message"].startswith("Deployment queue is full")


async def test_a_restart_on_a_full_queue_hands_out_a_deployment_that_never_existed(coolify: Asker) -> None:
    coolify.queue.limit = 0
    answer = await coolify("POST", f"/applications/{coolify.app.uuid}/restart")
    assert answer.status_code == 200
    assert (await coolify.deployment(answer.json()["deployment_uuid"])).status_code == 404


async def test_the_queue_had_no_limit_before_beta_454(world: World, coolify: Asker) -> None:
    coolify.queue.limit = 0
    world.coolify.version = "4.0.0-beta.453"
    assert "deployment_uuid" in await coolify.deploy()
