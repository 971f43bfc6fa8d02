"""Coolify's stand-in: tokens, switches, rate limits, HTTP methods, and validation of PATCH."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox import story
from tests.sandbox.coolify import API, Asker

if TYPE_CHECKING:
    import httpx

    from sandbox.world import World


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["message"]


# --- tokens and abilities


async def test_a_wrong_token_is_always_a_401_in_json(world: World, client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{world.coolify.url}{API}/version", headers={"Authorization": "Bearer 9|x"})
    assert said(answer) == (401, "Unauthenticated.")


@pytest.mark.parametrize(("version", "status"), [("4.1.1", 400), ("4.1.2", 401)])
async def test_a_token_without_a_team_is_invalid(
    world: World, coolify: Asker, version: str, status: int
) -> None:
    world.coolify.version = version
    coolify.token = world.coolify.access.issue(team=False)
    assert said(await coolify("GET", f"/applications/{coolify.app.uuid}")) == (status, "Invalid token.")


async def test_write_does_not_include_deploy(coolify: Asker) -> None:
    writer = coolify.may("read", "write")
    assert (await writer.patch(docker_registry_image_tag=story.BUILT)).status_code == 200
    answers = [
        await writer("POST", "/deploy", params={"uuid": coolify.app.uuid}),
        await writer.cancel("nothing"),
        *[await writer("POST", f"/applications/{coolify.app.uuid}/{verb}") for verb in ("start", "stop")],
    ]
    assert [said(answer) for answer in answers] == [(403, "Missing required permissions: deploy")] * 4


async def test_root_may_do_everything(coolify: Asker) -> None:
    root = coolify.may("root")
    await root.point(story.BUILT)
    assert "logs" in (await root.deployment((await root.deploy())["deployment_uuid"])).json()


@pytest.mark.parametrize(
    ("version", "status"), [("4.0.0-beta.463", 200), ("4.0.0-beta.464", 403), ("4.3.11", 403)]
)
async def test_restart_needed_only_write_before_beta_464(
    world: World, coolify: Asker, version: str, status: int
) -> None:
    world.coolify.version = version
    answer = await coolify.may("write")("POST", f"/applications/{coolify.app.uuid}/restart")
    assert answer.status_code == status


async def test_abilities_are_looked_at_before_what_is_asked(coolify: Asker) -> None:
    reader = coolify.may("read")
    assert said(await reader.patch(nobody_knows=1)) == (403, "Missing required permissions: write")
    assert said(await reader("POST", "/deploy")) == (403, "Missing required permissions: deploy")
    assert said(await coolify.patch(nobody_knows=1)) == (422, "Validation failed.")
    assert said(await coolify("POST", "/deploy")) == (400, "You must provide uuid or tag.")


# --- switches and limits


@pytest.mark.parametrize(
    ("switch", "text"),
    [
        ("api_enabled", "API is disabled."),
        ("allowed", "You are not allowed to access the API."),
    ],
)
async def test_a_closed_door_is_a_403_that_calls_itself_a_success(
    world: World, coolify: Asker, switch: str, text: str
) -> None:
    setattr(world.coolify.access, switch, False)
    answer = await coolify("GET", f"/applications/{coolify.app.uuid}")
    assert (answer.status_code, answer.json()) == (403, {"success": True, "message": text})


async def test_the_limit_is_of_the_person_not_of_the_token(world: World, coolify: Asker) -> None:
    world.coolify.access.per_minute = 2
    for _ in range(2):
        await coolify.get()
    answer = await coolify.may("read")("GET", f"/applications/{coolify.app.uuid}")
    assert said(answer) == (429, "Too Many Attempts.")
    assert 0 < int(answer.headers["Retry-After"]) <= 60


async def test_the_limit_is_said_in_html_to_who_does_not_ask_for_json(world: World, coolify: Asker) -> None:
    world.coolify.access.per_minute = 0
    answer = await coolify.as_a_browser()("GET", f"/applications/{coolify.app.uuid}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (429, "text/html; charset=utf-8")


async def test_a_missing_field_sends_a_browser_back(coolify: Asker) -> None:
    path = f"/applications/{coolify.app.uuid}/rollback"
    assert (await coolify("POST", path, json={"other": 1})).status_code == 422
    assert (await coolify.as_a_browser()("POST", path, json={"other": 1})).status_code == 302


# --- verbs and versions


async def test_version_and_health_are_plain_text(coolify: Asker) -> None:
    version, health = await coolify("GET", "/version"), await coolify("GET", "/health")
    assert (version.text, health.text) == ("4.3.11", "OK")


@pytest.mark.parametrize("path", ["/deploy", "/applications/{uuid}/restart"])
@pytest.mark.parametrize(("version", "status"), [("4.1.9", 200), ("4.2.0", 405), ("4.3.11", 405)])
async def test_get_deployed_until_4_2_0(
    world: World, coolify: Asker, path: str, version: str, status: int
) -> None:
    world.coolify.version = version
    query = {"uuid": coolify.app.uuid} if path == "/deploy" else {}
    answer = await coolify("GET", path.format(uuid=coolify.app.uuid), params=query)
    assert (answer.status_code, coolify.app.deploys) == (status, int(status == 200))


async def test_a_wrong_method_anywhere_else_is_a_404(coolify: Asker) -> None:
    answers = [await coolify("DELETE", "/deployments"), await coolify("PUT", "/version")]
    assert [said(answer) for answer in answers] == [(404, "Not found.")] * 2


# --- PATCH


async def test_patch_writes_the_fields_of_the_application_and_of_its_settings(coolify: Asker) -> None:
    await coolify.patch(name="fiskai", ports_mappings="80:3000", is_consistent_container_name_enabled=True)
    now = await coolify.get()
    assert (now["name"], now["ports_mappings"]) == ("fiskai", "80:3000")
    assert now["settings"]["is_consistent_container_name_enabled"] is True


async def test_patch_touches_nothing_that_runs(coolify: Asker) -> None:
    await coolify.point(story.BUILT)
    assert (coolify.runs, coolify.app.deploys) == (story.RUNS, 0)


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"nobody_knows": 1}, {"nobody_knows": ["This field is not allowed."]}),
        ({"status": "running"}, {"status": ["This field is not allowed."]}),
        ({"build_pack": "dockerimage"}, {"build_pack": ["The selected build pack is invalid."]}),
        (
            {"docker_registry_image_tag": "not a tag"},
            {"docker_registry_image_tag": ["The docker registry image tag field format is invalid."]},
        ),
        ({"git_commit_sha": "$(id)"}, {"git_commit_sha": ["The git commit sha field format is invalid."]}),
        (
            {"health_check_enabled": "yes"},
            {"health_check_enabled": ["The health check enabled field must be true or false."]},
        ),
        ({"custom_labels": 1}, {"custom_labels": "The custom_labels should be base64 encoded."}),
    ],
    ids=str,
)
async def test_what_patch_does_not_take_is_a_422_and_nothing_is_written(
    coolify: Asker, fields: dict[str, Any], errors: dict[str, Any]
) -> None:
    before = await coolify.get()
    answer = await coolify.patch(**fields, docker_registry_image_name="other")
    assert (answer.status_code, answer.json()["errors"]) == (422, errors)
    assert await coolify.get() == before


async def test_a_domain_of_another_application_is_a_409_unless_forced(coolify: Asker) -> None:
    taken = coolify.world.coolify.apps["staging"].columns["fqdn"]
    assert (await coolify.patch(domains=taken)).status_code == 409
    assert (await coolify.patch(domains=taken, force_domain_override=True)).status_code == 200


async def test_a_body_that_is_no_json_object_is_a_400(coolify: Asker) -> None:
    path = f"/applications/{coolify.app.uuid}"
    answers = [
        await coolify("PATCH", path, content=b"{", headers={"Content-Type": "application/json"}),
        await coolify("PATCH", path, content=b"name=x"),
        await coolify("PATCH", path, json={}),
    ]
    assert [said(answer) for answer in answers] == [(400, "Invalid request.")] * 3


async def test_the_application_answers_what_decides_whether_an_update_rolls(coolify: Asker) -> None:
    app = await coolify.get()
    assert {
        name: app[name]
        for name in (
            "build_pack",
            "custom_docker_run_options",
            "docker_registry_image_name",
            "docker_registry_image_tag",
            "git_commit_sha",
            "health_check_enabled",
            "ports_mappings",
            "status",
        )
    } == {
        "build_pack": "dockerimage",
        "custom_docker_run_options": None,
        "docker_registry_image_name": "ghcr.io/wandeon/fiskai-app",
        "docker_registry_image_tag": story.RUNS,
        "git_commit_sha": story.RUNS,
        "health_check_enabled": True,
        "ports_mappings": None,
        "status": "running:healthy",
    }
    assert app["settings"]["is_consistent_container_name_enabled"] is False
    assert app["settings"]["custom_internal_name"] is None
