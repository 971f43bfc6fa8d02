"""Each pitfall of Coolify by name, against its stand-in, through real sockets."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from deploy.core.errors import (
    MissingAbility,
    NotJson,
    NotThere,
    RateLimited,
    Rejected,
    ServerFault,
    Unauthorized,
)
from deploy.core.model import Application, Deployment, LogLine
from sandbox import story
from sandbox.world import APP_UUID, STAGING_UUID, World

if TYPE_CHECKING:
    from deploy.systems.coolify.coolify import Coolify
    from tests.deploy.systems.conftest import Clients

APP = "/api/v1/applications/" + APP_UUID
IMAGE = f"{story.REGISTRY}/{story.IMAGE}"


async def finished(coolify: Coolify, uuid: str) -> Deployment:
    """The deployment when it is over; a test's time limit bounds the wait."""
    while True:
        found = await coolify.deployment(uuid)
        assert found is not None
        if not found.active:
            return found
        await asyncio.sleep(0.005)


async def test_an_application_is_read_as_it_is_configured(clients: Clients) -> None:
    assert await clients.coolify().application(APP_UUID) == Application(
        uuid=APP_UUID,
        name="fiskai-app",
        status="running:healthy",
        build_pack="dockerimage",
        image=IMAGE,
        tag=story.RUNS,
        commit=story.RUNS,
        health_check=True,
    )


async def test_a_deploy_points_triggers_and_is_proven_to_exist(clients: Clients, world: World) -> None:
    coolify = clients.coolify()
    await coolify.point(APP_UUID, IMAGE, story.BUILT, story.BUILT)
    configured = await coolify.application(APP_UUID)
    world.coolify.queue.freeze()
    uuid = await coolify.deploy(APP_UUID)
    proven = await coolify.deployment(uuid)
    world.coolify.queue.thaw()
    assert (configured.tag, configured.commit) == (story.BUILT, story.BUILT)
    assert proven is not None
    assert (proven.uuid, proven.commit, proven.active) == (uuid, story.BUILT, True)
    over = await finished(coolify, uuid)
    assert over.status == "finished"
    assert LogLine(f"Pulling image {IMAGE}:{story.BUILT}.") in over.logs
    assert not any("docker pull" in line.text for line in over.logs), "hidden lines are not shown"
    assert world.coolify.running("app") == story.BUILT
    assert (await coolify.deployments(APP_UUID))[0].uuid == uuid


async def test_the_phantom_deployment_id_is_handed_on_and_then_not_found(
    clients: Clients, world: World
) -> None:
    coolify = clients.coolify()
    world.coolify.queue.freeze()
    first = await coolify.deploy(APP_UUID)
    phantom = await coolify.deploy(APP_UUID)
    assert phantom != first
    assert await coolify.deployment(phantom) is None
    assert [each.uuid for each in await coolify.deployments(APP_UUID) if each.active] == [first]
    world.coolify.queue.thaw()
    await finished(coolify, first)


async def test_the_late_bound_tag_is_the_one_of_the_last_point(clients: Clients, world: World) -> None:
    coolify = clients.coolify()
    world.coolify.queue.freeze()
    await coolify.point(APP_UUID, IMAGE, story.BUILT, story.BUILT)
    uuid = await coolify.deploy(APP_UUID)
    await coolify.point(APP_UUID, IMAGE, story.MULTI_ARCH, story.MULTI_ARCH)
    world.coolify.queue.thaw()
    assert (await finished(coolify, uuid)).commit == story.BUILT, "the record never says which tag ran"
    assert world.coolify.running("app") == story.MULTI_ARCH


async def test_the_bad_tag_is_left_after_a_failed_health_check(clients: Clients, world: World) -> None:
    coolify = clients.coolify()
    await coolify.point(APP_UUID, IMAGE, story.SICK, story.SICK)
    over = await finished(coolify, await coolify.deploy(APP_UUID))
    assert over.status == "failed"
    assert world.coolify.running("app") == story.RUNS
    assert (await coolify.application(APP_UUID)).tag == story.SICK


async def test_before_4_1_0_the_key_stays_head_and_nothing_fails(clients: Clients, world: World) -> None:
    world.coolify.version = "4.0.0-beta.470"
    coolify = clients.coolify()
    await coolify.point(APP_UUID, IMAGE, story.BUILT, story.BUILT)
    over = await finished(coolify, await coolify.deploy(APP_UUID))
    assert (over.status, over.commit) == ("finished", "HEAD")


async def test_a_failure_that_is_200_is_a_missing_ability(clients: Clients, world: World) -> None:
    world.coolify.apps["app"].may_deploy = False
    with pytest.raises(MissingAbility, match=r"Unauthorized to deploy this application\."):
        await clients.coolify().deploy(APP_UUID)


async def test_a_full_queue_asks_for_patience(clients: Clients, world: World) -> None:
    world.coolify.queue.limit = 0
    with pytest.raises(RateLimited) as caught:
        await clients.coolify().deploy(APP_UUID)
    assert caught.value.facts["retry_after"] == 60
    assert world.coolify.asked("POST /api/v1/deploy") == 1


async def test_403_with_success_true_is_a_refusal(clients: Clients, world: World) -> None:
    world.coolify.access.api_enabled = False
    with pytest.raises(MissingAbility, match="API is disabled"):
        await clients.coolify().application(APP_UUID)
    with pytest.raises(MissingAbility, match="API is disabled"):
        await clients.coolify().abilities(APP_UUID)


async def test_an_address_that_is_not_on_the_list_is_a_refusal(clients: Clients, world: World) -> None:
    world.coolify.access.allowed = False
    with pytest.raises(MissingAbility, match="You are not allowed to access the API"):
        await clients.coolify().application(APP_UUID)


@pytest.mark.parametrize("version", ["4.3.11", "4.1.1"])
async def test_an_invalid_token_is_unauthorized_on_every_version(
    clients: Clients, world: World, version: str
) -> None:
    world.coolify.version = version
    with pytest.raises(Unauthorized):
        await clients.coolify(world.coolify.access.issue(team=False)).application(APP_UUID)


async def test_an_unknown_token_is_unauthorized(clients: Clients) -> None:
    with pytest.raises(Unauthorized) as caught:
        await clients.coolify("9|wrong").application(APP_UUID)
    assert caught.value.code == "coolify_unauthorized"


async def test_errors_as_a_list_and_as_a_string_are_both_reasons(clients: Clients, world: World) -> None:
    coolify = clients.coolify()
    with pytest.raises(Rejected, match=r"docker_registry_image_tag: .* format is invalid"):
        await coolify.point(APP_UUID, IMAGE, "not a tag", story.BUILT)
    said = '{"message": "Validation failed.", "errors": {"git_commit_sha": "It is not one."}}'
    world.coolify.faults.queue(f"PATCH {APP}", status=422, body=said)
    with pytest.raises(Rejected, match="git_commit_sha: It is not one"):
        await coolify.point(APP_UUID, IMAGE, story.BUILT, story.BUILT)


async def test_deployments_as_an_object_are_read(clients: Clients, world: World) -> None:
    world.coolify.active_as_object = True
    world.coolify.queue.freeze()
    coolify = clients.coolify()
    uuids = {await coolify.deploy(APP_UUID), await coolify.deploy(STAGING_UUID)}
    assert {each.uuid for each in await coolify.active()} == uuids
    world.coolify.queue.thaw()
    for uuid in uuids:
        await finished(coolify, uuid)
    assert await coolify.active() == ()


async def test_one_request_tells_all_who_watch_a_deployment_of_its_log(
    clients: Clients, world: World
) -> None:
    world.coolify.queue.freeze()
    coolify = clients.coolify()
    ours, others = await coolify.deploy(APP_UUID), await coolify.deploy(STAGING_UUID)
    row = world.coolify.queue.find(ours)
    assert row is not None
    row.say("Pulling the image.")
    with coolify.watching(), coolify.watching():
        looks = await asyncio.gather(*(coolify.watched(uuid, 3600) for uuid in [ours, others] * 100))
    assert {each.uuid: each.logs for each in looks if each} == {
        ours: (LogLine("Pulling the image."),),
        others: (),
    }
    assert [each.line for each in world.coolify.received[-1:]] == ["GET /api/v1/deployments"]
    assert world.coolify.asked("GET /api/v1/deployments") == 1
    world.coolify.queue.thaw()


async def test_one_that_is_watched_alone_or_where_the_list_cannot_be_read_is_asked_for_by_itself(
    clients: Clients, world: World
) -> None:
    world.coolify.queue.freeze()
    coolify = clients.coolify()
    uuid = await coolify.deploy(APP_UUID)
    with coolify.watching():
        assert await coolify.watched(uuid, 3600) == await coolify.deployment(uuid)
        assert world.coolify.asked("GET /api/v1/deployments") == 0
        world.coolify.faults.queue("GET /api/v1/deployments", status=500, times=10**6)
        with coolify.watching():
            assert await coolify.watched(uuid, 3600) == await coolify.deployment(uuid)
    world.coolify.queue.thaw()


async def test_without_read_sensitive_there_are_no_log_lines(clients: Clients, world: World) -> None:
    token = world.coolify.access.issue("read", "deploy")
    coolify = clients.coolify(token)
    over = await finished(coolify, await coolify.deploy(APP_UUID))
    assert (over.status, over.logs) == ("finished", ())


@pytest.mark.parametrize("version", ["4.3.11", "4.3.6"])
async def test_a_cancel_is_read_again_though_it_may_answer_500(
    clients: Clients, world: World, version: str
) -> None:
    world.coolify.version = version
    world.coolify.queue.seconds = 30
    coolify = clients.coolify()
    uuid = await coolify.deploy(APP_UUID)
    assert (await coolify.cancel(uuid)).status == "cancelled-by-user"


async def test_a_cancel_of_what_is_over_says_how_it_ended(clients: Clients) -> None:
    coolify = clients.coolify()
    uuid = await coolify.deploy(APP_UUID)
    over = await finished(coolify, uuid)
    assert await coolify.cancel(uuid) == over


async def test_an_unknown_application_is_not_there(clients: Clients) -> None:
    coolify = clients.coolify()
    for asking in (
        coolify.application("nope"),
        coolify.deployments("nope"),
        coolify.point("nope", IMAGE, story.BUILT, story.BUILT),
        coolify.deploy("nope"),
        coolify.abilities("nope"),
    ):
        with pytest.raises(NotThere, match="Coolify has no application nope"):
            await asking


async def test_a_page_in_place_of_json_is_said_to_be_one(clients: Clients, world: World) -> None:
    world.coolify.faults.queue(f"GET {APP}", status=200, body="<html>Log in</html>", content_type="text/html")
    with pytest.raises(NotJson, match="an HTML page"):
        await clients.coolify().application(APP_UUID)


async def test_the_limit_of_a_minute_is_named_with_its_seconds(clients: Clients, world: World) -> None:
    world.coolify.access.per_minute = 0
    headers = {"Retry-After": "42"}
    world.coolify.faults.queue(f"GET {APP}", status=429, body="{}", headers=headers)
    with pytest.raises(RateLimited, match="42 s"):
        await clients.coolify().application(APP_UUID)


async def test_a_dropped_connection_is_tried_again_for_a_read(clients: Clients, world: World) -> None:
    world.coolify.faults.queue(f"GET {APP}", drop=True)
    assert (await clients.coolify().application(APP_UUID)).uuid == APP_UUID
    assert world.coolify.asked(f"GET {APP}") == 2


async def test_a_trigger_whose_answer_is_lost_was_sent_once(clients: Clients, world: World) -> None:
    world.coolify.faults.queue("POST /api/v1/deploy", status=502, after=True)
    world.coolify.queue.freeze()
    coolify = clients.coolify()
    with pytest.raises(ServerFault):
        await coolify.deploy(APP_UUID)
    assert world.coolify.apps["app"].deploys == 1
    (uuid,) = [each.uuid for each in await coolify.deployments(APP_UUID) if each.active]
    world.coolify.queue.thaw()
    await finished(coolify, uuid)


# --- abilities


@pytest.mark.parametrize(
    "abilities",
    [
        {"read"},
        {"read", "read:sensitive"},
        {"read", "write"},
        {"read", "deploy"},
        {"write", "deploy"},
        {"read", "read:sensitive", "write", "deploy"},
    ],
    ids=lambda abilities: "+".join(sorted(abilities)),
)
async def test_a_tokens_abilities_are_found_out(clients: Clients, world: World, abilities: set[str]) -> None:
    token = world.coolify.access.issue(*abilities)
    assert await clients.coolify(token).abilities(APP_UUID) == abilities


async def test_finding_out_changes_nothing(clients: Clients, world: World) -> None:
    app = world.coolify.apps["app"]
    before = (dict(app.columns), dict(app.settings), app.deploys, len(world.coolify.queue.rows))
    await clients.coolify().abilities(APP_UUID)
    assert (app.columns, app.settings, app.deploys, len(world.coolify.queue.rows)) == before


async def test_an_app_without_deployments_gives_no_evidence_against_read_sensitive(
    clients: Clients, world: World
) -> None:
    world.coolify.queue.rows.clear()
    token = world.coolify.access.issue("read")
    assert await clients.coolify(token).abilities(APP_UUID) == {"read", "read:sensitive"}


async def test_root_may_do_everything(clients: Clients, world: World) -> None:
    token = world.coolify.access.issue("root")
    expected = {"read", "read:sensitive", "write", "deploy"}
    assert await clients.coolify(token).abilities(APP_UUID) == expected


async def test_what_stops_the_old_container_first_is_read(clients: Clients, world: World) -> None:
    app = world.coolify.apps["app"]
    app.columns |= {"ports_mappings": "3000:3000", "custom_docker_run_options": "--ip 10.0.0.4"}
    app.settings |= {"is_consistent_container_name_enabled": True, "custom_internal_name": "fiskai"}
    assert (await clients.coolify().application(APP_UUID)).not_rolling == (
        "ports_mappings",
        "is_consistent_container_name_enabled",
        "custom_internal_name",
        "custom_docker_run_options",
    )
