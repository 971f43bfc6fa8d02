from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.core.errors import (
    FiskError,
    MissingAbility,
    NotJson,
    NotThere,
    Rejected,
    SystemFailure,
    Unauthorized,
    Unexpected,
)
from deploy.core.model import Application, Deployment, LogLine
from deploy.systems.coolify import parsing
from deploy.systems.coolify.coolify import Coolify
from tests.deploy.systems.any_json import any_json
from tests.deploy.systems.played_transport import Wire, say

SHA = "3f2a1b9c85e4d7f60a19b3c2e8d5f4a7061b9e3c"
APPLICATION = {
    "uuid": "abc",
    "name": "fiskai-app",
    "status": "running:healthy",
    "build_pack": "dockerimage",
    "docker_registry_image_name": "ghcr.io/wandeon/fiskai-app",
    "docker_registry_image_tag": SHA,
    "git_commit_sha": SHA,
    "health_check_enabled": True,
    "ports_mappings": None,
    "custom_docker_run_options": None,
}
DEPLOYMENT = {
    "deployment_uuid": "d1",
    "status": "in_progress",
    "commit": SHA,
    "created_at": "2023-11-14T22:13:20.000000Z",
}


def line(output: str, **more: Any) -> dict[str, Any]:
    return {"command": None, "output": output, "type": "stdout", "hidden": False, "batch": 1, **more}


def bodies(wire: Wire) -> list[Any]:
    return [json.loads(request.content) if request.content else None for request in wire.asked]


# --- requests, exactly


async def test_each_method_asks_what_coolify_knows() -> None:
    asked = {}
    for name, answer, call in (
        ("version", httpx.Response(200, text="4.3.11"), lambda it: it.version()),
        ("application", say(200, APPLICATION), lambda it: it.application("abc")),
        ("point", say(200, {"uuid": "abc"}), lambda it: it.point("abc", SHA, SHA)),
        ("deploy", say(200, {"deployments": [{"deployment_uuid": "d1"}]}), lambda it: it.deploy("abc")),
        ("deployment", say(200, DEPLOYMENT), lambda it: it.deployment("d1")),
        ("deployments", say(200, {"count": 0, "deployments": []}), lambda it: it.deployments("abc", 3)),
        ("cancel", say(200, DEPLOYMENT), lambda it: it.cancel("d1")),
    ):
        wire = Wire(answer)
        await call(Coolify(wire.http()))  # type: ignore[no-untyped-call]
        asked[name] = [line.replace("https://coolify.example/api/v1", "") for line in wire.lines]
        assert all("application/json" in request.headers["Accept"] for request in wire.asked)
    assert asked == {
        "version": ["GET /version"],
        "application": ["GET /applications/abc"],
        "point": ["PATCH /applications/abc"],
        "deploy": ["POST /deploy?uuid=abc"],
        "deployment": ["GET /deployments/d1"],
        "deployments": ["GET /deployments/applications/abc?skip=0&take=3"],
        "cancel": ["POST /deployments/d1/cancel", "GET /deployments/d1"],
    }


async def test_pointing_sets_the_tag_and_the_commit_together_and_may_be_repeated() -> None:
    wire = Wire(httpx.ReadTimeout(""), say(200, {"uuid": "abc"}))
    await Coolify(wire.http()).point("abc", SHA, SHA)
    assert bodies(wire) == [{"docker_registry_image_tag": SHA, "git_commit_sha": SHA}] * 2


@pytest.mark.parametrize("lost", [httpx.ReadTimeout(""), httpx.ReadError(""), say(502), say(503)], ids=repr)
async def test_a_deployment_is_asked_for_once_whatever_happens(lost: httpx.Response | Exception) -> None:
    wire = Wire(lost)
    with pytest.raises(FiskError):
        await Coolify(wire.http()).deploy("abc")
    assert wire.lines == ["POST https://coolify.example/api/v1/deploy?uuid=abc"]


async def test_an_id_never_leaves_its_place_in_the_path() -> None:
    wire = Wire(say(404, {}))
    assert await Coolify(wire.http()).deployment("../applications/abc?x=1") is None
    assert wire.asked[0].url.raw_path == b"/api/v1/deployments/..%2Fapplications%2Fabc%3Fx%3D1"


# --- versions


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("4.3.11", (4, 3, 11)),
        ("v4.3.11\n", (4, 3, 11)),
        ("4.0.0-beta.460", (4, 0, -1, 460)),
        ("4.1.2-rc.1", (4, 1, 1, 1)),
    ],
)
def test_a_version_is_numbers(text: str, version: tuple[int, ...]) -> None:
    assert parsing.parse_version(text) == version


def test_versions_compare_as_they_came_out() -> None:
    came_out = [
        "4.0.0-beta.99",
        "4.0.0-beta.436",
        "4.0.0",
        "4.0.9",
        "4.1.0-beta.1",
        "4.1.0",
        "4.3.7",
        "4.3.11",
    ]
    versions = [parsing.parse_version(text) for text in came_out]
    assert versions == sorted(versions)


@pytest.mark.parametrize("text", ["", "OK", "4.3", "latest", "<b>4.3.11</b>"])
def test_what_is_no_version_is_unexpected(text: str) -> None:
    with pytest.raises(Unexpected):
        parsing.parse_version(text)


async def test_a_page_in_place_of_the_version_is_said_to_be_one() -> None:
    with pytest.raises(NotJson, match="an HTML page"):
        await Coolify(Wire(httpx.Response(200, html="<h1>Welcome to nginx</h1>")).http()).version()


async def test_the_version_is_kept_as_coolify_wrote_it() -> None:
    coolify = Coolify(Wire(httpx.Response(200, html="4.0.0-beta.460")).http())
    assert await coolify.version() == (4, 0, -1, 460)
    assert coolify.version_text == "4.0.0-beta.460"


# --- applications


def test_an_application_is_read() -> None:
    assert parsing.parse_application(APPLICATION) == Application(
        uuid="abc",
        name="fiskai-app",
        status="running:healthy",
        build_pack="dockerimage",
        image="ghcr.io/wandeon/fiskai-app",
        tag=SHA,
        commit=SHA,
        health_check=True,
    )


def test_an_application_that_says_little_is_read_too() -> None:
    assert parsing.parse_application({"uuid": "abc", "build_pack": "nixpacks"}) == Application(
        uuid="abc",
        name="",
        status="",
        build_pack="nixpacks",
        image="",
        tag="",
        commit="HEAD",
        health_check=False,
    )


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"ports_mappings": "3000:3000"}, ("ports_mappings",)),
        ({"ports_mappings": ""}, ()),
        (
            {"settings": {"is_consistent_container_name_enabled": True}},
            ("is_consistent_container_name_enabled",),
        ),
        ({"is_consistent_container_name_enabled": 1}, ("is_consistent_container_name_enabled",)),
        ({"settings": {"is_consistent_container_name_enabled": False}}, ()),
        ({"settings": {"is_consistent_container_name_enabled": 0}}, ()),
        ({"settings": {"custom_internal_name": "fiskai"}}, ("custom_internal_name",)),
        ({"custom_internal_name": ""}, ()),
        ({"custom_docker_run_options": "--ip 10.0.0.4"}, ("custom_docker_run_options",)),
        ({"custom_docker_run_options": "--cap-add SYS_ADMIN --ip6=fd00::4"}, ("custom_docker_run_options",)),
        ({"custom_docker_run_options": "--gpus all"}, ()),
        ({"settings": None}, ()),
    ],
)
def test_what_stops_the_old_container_first_is_named(
    settings: dict[str, Any], expected: tuple[str, ...]
) -> None:
    assert parsing.parse_application({**APPLICATION, **settings}).not_rolling == expected


# --- deployments


def test_a_deployment_is_read_with_the_lines_that_are_meant_to_be_seen() -> None:
    logs = json.dumps(
        [
            line("Pulling image.\n\nDone.\n"),
            line("", command="docker pull x", hidden=True),
            line("secret", hidden=True),
            line("no such image", type="stderr"),
            line(" "),
            "no object",
        ]
    )
    assert parsing.parse_deployment({**DEPLOYMENT, "logs": logs}) == Deployment(
        uuid="d1",
        status="in_progress",
        commit=SHA,
        at=1_700_000_000.0,
        logs=(LogLine("Pulling image."), LogLine("Done."), LogLine("no such image", error=True)),
    )


def test_what_looks_like_a_secret_is_not_read_from_a_log() -> None:
    told = "\x1b[31mdocker login -u fisk\x1b[0m with token=ghs_verysecretverysecret"
    logs = json.dumps([line(told, type="stderr")])
    (shown,) = parsing.parse_deployment({**DEPLOYMENT, "logs": logs}).logs
    assert shown == LogLine("docker login -u fisk with token=***", error=True)


@pytest.mark.parametrize("logs", [None, "", "[]", "not json", "[" * 100_000, "{}", 7, {"a": 1}])
def test_logs_that_are_not_there_yet_are_no_lines(logs: Any) -> None:
    assert parsing.parse_deployment({**DEPLOYMENT, "logs": logs}).logs == ()


def test_logs_that_may_not_be_read_are_no_lines() -> None:
    assert parsing.parse_deployment(DEPLOYMENT).logs == ()


def test_active_deployments_are_read_from_a_list_and_from_an_object() -> None:
    expected = (replace(parsing.parse_deployment(DEPLOYMENT), logs=()),)
    assert parsing.parse_active([DEPLOYMENT]) == expected
    assert parsing.parse_active({"3": DEPLOYMENT}) == expected
    assert parsing.parse_active({}) == parsing.parse_active([]) == ()
    with pytest.raises(Unexpected, match="deployments that are no list"):
        parsing.parse_active("none")


def test_the_deployments_of_previews_are_not_the_applications() -> None:
    preview = {**DEPLOYMENT, "deployment_uuid": "d2", "pull_request_id": 7}
    own = {**DEPLOYMENT, "pull_request_id": 0, "logs": json.dumps([line("nobody asked for it")])}
    listed = {"count": 2, "deployments": [preview, own]}
    assert parsing.parse_history(listed) == (parsing.parse_deployment(DEPLOYMENT),)


# --- what /deploy answers with status 200


def entry(message: str, **more: str) -> dict[str, Any]:
    return {"deployments": [{"message": message, "resource_uuid": "abc", **more}]}


def test_a_claimed_deployment_is_returned_for_the_caller_to_prove() -> None:
    queued = "Deployment already queued for this commit."
    assert parsing.parse_trigger(entry(queued, deployment_uuid="phantom"), "abc") == "phantom"


@pytest.mark.parametrize(
    ("answer", "kind", "sentence"),
    [
        (
            entry("Unauthorized to deploy this application."),
            MissingAbility,
            "Coolify does not let fisk's token do that: Unauthorized to deploy this application.",
        ),
        (
            entry("Server is not reachable."),
            Rejected,
            "Coolify rejected the request: Server is not reachable.",
        ),
        (entry(""), Rejected, "Coolify rejected the request: it started nothing and did not say why."),
        ({"deployments": []}, NotThere, "Coolify has no application abc."),
        (
            {"deployments": [{"resource_uuid": "other", "deployment_uuid": "d9"}]},
            NotThere,
            "Coolify has no application abc.",
        ),
    ],
)
def test_a_failure_that_is_200_is_a_failure(answer: Any, kind: type[FiskError], sentence: str) -> None:
    with pytest.raises(kind) as caught:
        parsing.parse_trigger(answer, "abc")
    assert (type(caught.value), str(caught.value)) == (kind, sentence)
    assert caught.value.failure.hint


# --- errors


async def test_an_invalid_token_was_a_bad_request_once() -> None:
    with pytest.raises(Unauthorized) as caught:
        await Coolify(Wire(say(400, {"message": "Invalid token."})).http()).application("abc")
    assert caught.value.failure.hint == "Put a valid token in FISK_COOLIFY_TOKEN and restart fisk."


async def test_another_bad_request_is_not_about_the_token() -> None:
    with pytest.raises(Rejected):
        await Coolify(
            Wire(say(400, {"message": "Invalid token in the body of the request."})).http()
        ).application("abc")


async def test_a_missing_right_names_the_ability() -> None:
    with pytest.raises(MissingAbility) as caught:
        await Coolify(Wire(say(403, {"message": "Missing required permissions: write"})).http()).point(
            "abc", "t", "c"
        )
    assert caught.value.ability == "write"


async def test_a_closed_api_is_no_missing_ability_of_the_token() -> None:
    """It is raised, whatever words it uses: what the token may do is not known."""
    closed = {"message": "The administrator has no permission for you to use the API."}
    with pytest.raises(MissingAbility):
        await Coolify(Wire(say(403, closed)).http()).abilities("abc")


async def test_a_page_that_is_not_found_is_no_missing_deployment() -> None:
    with pytest.raises(NotJson):
        await Coolify(Wire(httpx.Response(404, html="<h1>404</h1>")).http()).deployment("d1")


@pytest.mark.parametrize(
    "answer",
    [say(500, {}), say(400, {"message": "already over"}), httpx.ReadTimeout(""), httpx.ReadError("")],
)
async def test_whatever_a_cancel_answers_the_deployment_is_read_again(
    answer: httpx.Response | Exception,
) -> None:
    cancelled = {**DEPLOYMENT, "status": "cancelled-by-user"}
    wire = Wire(answer, say(200, cancelled))
    assert await Coolify(wire.http()).cancel("d1") == parsing.parse_deployment(cancelled)


async def test_a_cancel_that_is_not_allowed_says_so() -> None:
    wire = Wire(say(403, {"message": "Missing required permissions: deploy"}))
    with pytest.raises(MissingAbility):
        await Coolify(wire.http()).cancel("d1")


async def test_a_cancel_of_nothing_says_so() -> None:
    with pytest.raises(NotThere, match="Coolify has no deployment d1"):
        await Coolify(Wire(say(404, {})).http()).cancel("d1")


# --- parsers take anything

KEYS = (
    "deployments",
    "deployment_uuid",
    "resource_uuid",
    "status",
    "uuid",
    "build_pack",
    "settings",
    "logs",
    "output",
)


@given(any_json(*KEYS))
def test_no_parser_breaks_on_anything(raw: Any) -> None:
    for parse in (
        parsing.parse_application,
        parsing.parse_deployment,
        parsing.parse_history,
        parsing.parse_logs,
        lambda raw: parsing.parse_trigger(raw, "abc"),
        lambda raw: parsing.parse_logs(json.dumps(raw)),
    ):
        with suppress(SystemFailure):
            repr(parse(raw)).encode()


@given(st.text())
def test_no_version_breaks_the_parser(text: str) -> None:
    with suppress(Unexpected):
        assert len(parsing.parse_version(text)) in {3, 4}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, ()),
        ({"dockerfile": "FROM node", "build_command": " "}, ("dockerfile",)),
        (
            {"install_command": "npm ci", "build_command": "npm run build"},
            ("install_command", "build_command"),
        ),
        ({"settings": {"is_build_server_enabled": True}}, ("is_build_server_enabled",)),
        ({"settings": {"is_build_server_enabled": 0}}, ()),
    ],
)
def test_what_is_set_up_to_build_is_named(settings: dict[str, Any], expected: tuple[str, ...]) -> None:
    assert parsing.parse_application({**APPLICATION, **settings}).builds == expected
