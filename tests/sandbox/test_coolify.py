"""Coolify's stand-in: deploying an image, and each pitfall, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox import story
from tests.sandbox.coolify import Asker
from tests.sandbox.coolify_health import SKIPPED, health
from tests.waiting import until

if TYPE_CHECKING:
    from sandbox.world import World


async def test_a_deployment_passes_through_every_state_and_its_image_runs(coolify: Asker) -> None:
    await coolify.point(story.BUILT)
    uuid = (await coolify.deploy())["deployment_uuid"]
    ended = await coolify.ended(uuid)
    assert [*coolify.row(uuid).passed, ended] == ["queued", "in_progress", "finished"]
    assert (coolify.runs, await health(coolify), coolify.app.deploys) == (story.BUILT, 200, 1)


async def test_the_log_tells_the_deployment_step_by_step(coolify: Asker) -> None:
    await coolify.point(story.BUILT)
    uuid = (await coolify.deploy())["deployment_uuid"]
    await coolify.ended(uuid)
    shown = [line["output"] for line in await coolify.lines(uuid) if not line["hidden"]]
    image = f"ghcr.io/wandeon/fiskai-app:{story.BUILT}"
    assert shown == [
        f"Starting deployment of {image} to vps-01.",
        f"Pulling image {image}.",
        "Rolling update started.",
        "New container started.",
        "Waiting for healthcheck to pass on the new container.",
        "Attempt 1 of 4 | Healthcheck status: starting",
        "Attempt 2 of 4 | Healthcheck status: healthy",
        "Removing old containers.",
        "Rolling update completed.",
    ]


async def test_the_story_begins_with_a_finished_deployment(coolify: Asker) -> None:
    listed = (await coolify("GET", f"/deployments/applications/{coolify.app.uuid}")).json()
    assert (listed["count"], [row["status"] for row in listed["deployments"]]) == (1, ["finished"])
    assert (listed["deployments"][0]["commit"], coolify.runs) == (story.RUNS, story.RUNS)


async def test_a_multi_arch_image_runs_too(coolify: Asker) -> None:
    assert (await coolify.release(story.MULTI_ARCH), coolify.runs) == ("finished", story.MULTI_ARCH)


async def test_an_empty_tag_deploys_latest(coolify: Asker) -> None:
    await coolify.patch(docker_registry_image_tag="", git_commit_sha="HEAD")
    await coolify.ended((await coolify.deploy())["deployment_uuid"])
    assert coolify.runs == story.BUILT


async def test_a_tag_can_pin_a_digest(world: World, coolify: Asker) -> None:
    shipped = world.registry.find(story.IMAGE, story.BUILT)
    assert shipped
    await coolify.patch(docker_registry_image_tag=shipped.digest.replace(":", "-"))
    await coolify.ended((await coolify.deploy())["deployment_uuid"])
    assert coolify.runs == story.BUILT


async def test_a_second_deploy_of_the_same_key_hands_out_a_deployment_that_never_existed(
    coolify: Asker,
) -> None:
    coolify.queue.freeze()
    await coolify.point(story.BUILT)
    await coolify.deploy()
    again = await coolify.deploy()
    assert again["message"] == SKIPPED
    assert (await coolify.deployment(again["deployment_uuid"])).status_code == 404


async def test_image_apps_that_never_set_a_commit_share_the_key_head(coolify: Asker) -> None:
    coolify.queue.freeze()
    coolify.app.columns["git_commit_sha"] = "HEAD"
    await coolify.patch(docker_registry_image_tag=story.BUILT)
    await coolify.deploy()
    await coolify.patch(docker_registry_image_tag=story.MULTI_ARCH)
    assert (await coolify.deploy())["message"] == SKIPPED


async def test_the_key_is_always_head_before_4_1_0(world: World, coolify: Asker) -> None:
    coolify.queue.freeze()
    world.coolify.version = "4.0.0"
    await coolify.point(story.BUILT)
    first = await coolify.deploy()
    await coolify.point(story.MULTI_ARCH)
    assert coolify.row(first["deployment_uuid"]).commit == "HEAD"
    assert (await coolify.deploy())["message"] == SKIPPED


async def test_force_skips_the_duplicate_check(coolify: Asker) -> None:
    coolify.queue.freeze()
    await coolify.point(story.BUILT)
    await coolify.deploy()
    forced = await coolify.deploy(force="true")
    assert (await coolify.deployment(forced["deployment_uuid"])).status_code == 200


async def test_the_tag_is_read_when_the_job_runs_not_when_it_was_queued(coolify: Asker) -> None:
    await coolify.point(story.BUILT)
    coolify.queue.freeze("Pulling image")
    first = (await coolify.deploy())["deployment_uuid"]
    await coolify.reached(first, "Pulling image")
    await coolify.point(story.MULTI_ARCH)
    second = (await coolify.deploy())["deployment_uuid"]
    await coolify.point(story.RUNS)
    coolify.queue.thaw()
    await coolify.ended(first)
    assert coolify.runs == story.BUILT
    await coolify.ended(second)
    assert (coolify.row(second).commit, coolify.runs) == (story.MULTI_ARCH, story.RUNS)


async def test_one_application_deploys_one_thing_at_a_time_and_two_applications_at_once(
    world: World, coolify: Asker
) -> None:
    staging = Asker(world, coolify.client, coolify.token, world.coolify.apps["staging"])
    coolify.queue.freeze()
    await coolify.point(story.BUILT)
    first = (await coolify.deploy())["deployment_uuid"]
    await coolify.point(story.MULTI_ARCH)
    second = (await coolify.deploy())["deployment_uuid"]
    other = (await staging.deploy())["deployment_uuid"]
    assert [coolify.row(uuid).claimed for uuid in (first, second, other)] == [True, False, True]


async def test_the_record_never_says_which_tag_ran(coolify: Asker) -> None:
    coolify.queue.freeze()
    await coolify.point(story.BUILT)
    uuid = (await coolify.deploy())["deployment_uuid"]
    row = (await coolify.deployment(uuid)).json()
    assert (row["docker_registry_image_tag"], row["commit"]) == (None, story.BUILT)


async def test_an_image_that_is_not_healthy_leaves_the_old_one_running_and_its_tag_configured(
    coolify: Asker,
) -> None:
    assert await coolify.release(story.SICK) == "failed"
    assert (coolify.runs, await health(coolify)) == (story.RUNS, 200)
    assert (await coolify.get())["docker_registry_image_tag"] == story.SICK


async def test_the_next_deploy_from_anywhere_ships_the_tag_that_was_left(coolify: Asker) -> None:
    await coolify.release(story.SICK)
    coolify.app.columns["health_check_enabled"] = False
    answer = await coolify("POST", f"/applications/{coolify.app.uuid}/restart")
    await coolify.ended(answer.json()["deployment_uuid"])
    assert (coolify.runs, await health(coolify)) == (story.SICK, 503)


async def test_an_unknown_tag_fails_at_the_pull(coolify: Asker) -> None:
    await coolify.point(story.DOCS_ONLY)
    uuid = (await coolify.deploy())["deployment_uuid"]
    assert await coolify.ended(uuid) == "failed"
    assert any("manifest unknown" in line["output"] for line in await coolify.lines(uuid))
    assert coolify.runs == story.RUNS


async def test_an_image_for_another_platform_never_becomes_healthy(coolify: Asker) -> None:
    assert (await coolify.release(story.AMD64_ONLY), coolify.runs) == ("failed", story.RUNS)


NOT_ROLLING = [
    {"ports_mappings": "3000:3000"},
    {"is_consistent_container_name_enabled": True},
    {"custom_internal_name": "fiskai"},
    {"custom_docker_run_options": "--ip 10.0.1.7"},
]


@pytest.mark.parametrize("settings", NOT_ROLLING, ids=str)
async def test_where_the_update_is_not_rolling_a_missing_image_takes_the_app_down(
    coolify: Asker, settings: dict[str, object]
) -> None:
    await coolify.patch(**settings)
    assert await coolify.release(story.DOCS_ONLY) == "failed"
    assert (coolify.runs, await health(coolify)) == ("", 502)


@pytest.mark.parametrize("settings", NOT_ROLLING, ids=str)
async def test_where_the_update_is_not_rolling_a_broken_image_ends_finished(
    coolify: Asker, settings: dict[str, object]
) -> None:
    await coolify.patch(**settings)
    assert await coolify.release(story.SICK) == "finished"
    assert (coolify.runs, await health(coolify)) == (story.SICK, 503)


async def test_without_a_health_check_nothing_is_checked(coolify: Asker) -> None:
    await coolify.patch(health_check_enabled=False)
    assert await coolify.release(story.SICK) == "finished"
    assert await health(coolify) == 503


async def test_finished_comes_before_the_post_deployment_command(coolify: Asker) -> None:
    await coolify.patch(post_deployment_command="npm run migrate")
    await coolify.release(story.BUILT)
    newest = coolify.queue.of(coolify.app)[0]
    assert [line["output"] for line in newest.lines[-3:]] == [
        "Rolling update completed.",
        "Executing the post-deployment command.",
        "",
    ]


async def test_right_after_a_healthy_deploy_the_status_reads_unhealthy(coolify: Asker) -> None:
    coolify.queue.scan = 60
    await coolify.release(story.BUILT)
    assert ((await coolify.get())["status"], await health(coolify)) == ("running:unhealthy", 200)


async def test_the_next_container_scan_corrects_the_status(coolify: Asker) -> None:
    coolify.queue.scan = 0
    await coolify.release(story.BUILT)
    await until(lambda: coolify.app.status == "running:healthy")


async def test_rollback_ignores_the_commit_it_is_given(coolify: Asker) -> None:
    await coolify.point(story.BUILT)
    path = f"/applications/{coolify.app.uuid}/rollback"
    uuid = (await coolify("POST", path, json={"commit": story.MULTI_ARCH})).json()["deployment_uuid"]
    await coolify.ended(uuid)
    assert (coolify.row(uuid).commit, coolify.runs) == (story.MULTI_ARCH, story.BUILT)


async def test_there_is_no_rollback_before_4_3_0(world: World, coolify: Asker) -> None:
    world.coolify.version = "4.2.9"
    path = f"/applications/{coolify.app.uuid}/rollback"
    assert (await coolify("POST", path, json={"commit": story.RUNS})).status_code == 404
