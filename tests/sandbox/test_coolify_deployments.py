"""Coolify's stand-in: listing, logging and cancelling deployments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox import story
from sandbox.coolify.deployments import ENVIRONMENT, PROJECT
from tests.waiting import until

if TYPE_CHECKING:
    from sandbox.world import World
    from tests.sandbox.coolify import Asker

CHECKING = "Waiting for healthcheck"


# --- reading deployments


async def test_active_deployments_are_listed_until_they_end(coolify: Asker) -> None:
    coolify.queue.freeze()
    uuid = (await coolify.deploy())["deployment_uuid"]
    listed = (await coolify("GET", "/deployments")).json()
    coolify.queue.thaw()
    await coolify.ended(uuid)
    assert [row["deployment_uuid"] for row in listed] == [uuid]
    assert (await coolify("GET", "/deployments")).json() == []


async def test_a_deployment_says_the_path_of_its_page_below_project_and_environment(coolify: Asker) -> None:
    row = (await coolify.deployment((await coolify.deploy())["deployment_uuid"])).json()
    page = f"/project/{PROJECT}/environment/{ENVIRONMENT}/application/{coolify.app.uuid}"
    assert row["deployment_url"] == f"{page}/deployment/{row['deployment_uuid']}"


async def test_active_deployments_may_be_an_object_with_numeric_keys(world: World, coolify: Asker) -> None:
    coolify.queue.freeze()
    world.coolify.active_as_object = True
    uuid = (await coolify.deploy())["deployment_uuid"]
    listed = (await coolify("GET", "/deployments")).json()
    assert {key: row["deployment_uuid"] for key, row in listed.items()} == {"0": uuid}


async def test_history_is_newest_first_and_pages(coolify: Asker) -> None:
    rows = [coolify.queue.add(coolify.app, sha) for sha in (story.BUILT, story.SICK)]
    path = f"/deployments/applications/{coolify.app.uuid}"
    whole = (await coolify("GET", path)).json()
    page = (await coolify("GET", path, params={"skip": 1, "take": 1})).json()
    assert [row["commit"] for row in whole["deployments"]] == [story.SICK, story.BUILT, story.RUNS]
    assert (page["count"], [row["deployment_uuid"] for row in page["deployments"]]) == (3, [rows[0].uuid])


async def test_the_log_is_null_at_first_then_json_in_a_string_with_hidden_lines(coolify: Asker) -> None:
    coolify.queue.freeze()
    uuid = (await coolify.deploy())["deployment_uuid"]
    first = (await coolify.deployment(uuid)).json()["logs"]
    coolify.queue.thaw()
    await coolify.ended(uuid)
    hidden = [line["command"] for line in await coolify.lines(uuid) if line["hidden"]]
    assert (first, [command.split()[:2] for command in hidden]) == (
        None,
        [["docker", "pull"], ["docker", "compose"]],
    )


async def test_the_log_is_absent_without_read_sensitive(coolify: Asker) -> None:
    uuid = coolify.queue.of(coolify.app)[0].uuid
    reader = coolify.may("read")
    assert "logs" not in (await reader.deployment(uuid)).json()
    assert "manual_webhook_secret_github" not in await reader.get()


# --- cancelling


async def test_a_cancel_while_pulling_leaves_the_old_image_running(coolify: Asker) -> None:
    await coolify.point(story.BUILT)
    coolify.queue.freeze("Pulling image")
    uuid = (await coolify.deploy())["deployment_uuid"]
    await coolify.reached(uuid, "Pulling image")
    answer = await coolify.cancel(uuid)
    coolify.queue.thaw()
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled-by-user")
    assert ((await coolify.deployment(uuid)).json()["status"], coolify.runs) == (
        "cancelled-by-user",
        story.RUNS,
    )


async def test_a_cancel_during_the_health_check_may_come_too_late(coolify: Asker) -> None:
    coolify.app.taken_over_when_cancelled = True
    await coolify.point(story.BUILT)
    coolify.queue.freeze(CHECKING)
    uuid = (await coolify.deploy())["deployment_uuid"]
    await coolify.reached(uuid, CHECKING)
    await coolify.cancel(uuid)
    coolify.queue.thaw()
    await until(lambda: coolify.runs == story.BUILT)
    assert coolify.row(uuid).status == "cancelled-by-user"


async def test_what_has_ended_cannot_be_cancelled(coolify: Asker) -> None:
    answer = await coolify.cancel(coolify.queue.of(coolify.app)[0].uuid)
    assert (answer.status_code, answer.json()) == (
        400,
        {"message": "Deployment cannot be cancelled. Current status: finished"},
    )


async def test_a_cancel_answers_500_before_4_3_7_although_it_did_cancel(world: World, coolify: Asker) -> None:
    coolify.queue.freeze()
    world.coolify.version = "4.3.6"
    uuid = (await coolify.deploy())["deployment_uuid"]
    assert (await coolify.cancel(uuid)).status_code == 500
    assert (await coolify.deployment(uuid)).json()["status"] == "cancelled-by-user"


@pytest.mark.parametrize(("version", "goes_on"), [("4.3.6", False), ("4.3.7", True)])
async def test_what_is_queued_behind_a_cancelled_one_waits_before_4_3_7(
    world: World, coolify: Asker, version: str, *, goes_on: bool
) -> None:
    coolify.queue.freeze()
    world.coolify.version = version
    await coolify.point(story.BUILT)
    first = (await coolify.deploy())["deployment_uuid"]
    await coolify.point(story.MULTI_ARCH)
    second = (await coolify.deploy())["deployment_uuid"]
    await coolify.cancel(first)
    assert coolify.row(second).claimed == goes_on


async def test_there_is_no_cancel_before_beta_436(world: World, coolify: Asker) -> None:
    world.coolify.version = "4.0.0-beta.435"
    uuid = (await coolify.deploy())["deployment_uuid"]
    assert (await coolify.cancel(uuid)).status_code == 404


async def test_an_unknown_deployment_cannot_be_cancelled(coolify: Asker) -> None:
    assert (await coolify.cancel("nothing")).status_code == 404
