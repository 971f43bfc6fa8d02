"""Coolify's answers, as values."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import httpx
import pytest
from hypothesis import given, strategies as st

from deploy.core.errors import (
    NotJson,
    SystemFailure,
    Unexpected,
)
from deploy.core.model import Application, Deployment, LogLine
from deploy.systems.coolify import parsing
from deploy.systems.coolify.coolify import Coolify
from tests.deploy.systems.any_json import any_json
from tests.deploy.systems.coolify_answers import APPLICATION, DEPLOYMENT, SHA, line
from tests.deploy.systems.played_transport import PlayedTransport


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
        await Coolify(PlayedTransport(httpx.Response(200, html="<h1>Welcome to nginx</h1>")).http()).version()


async def test_the_version_is_kept_as_coolify_wrote_it() -> None:
    coolify = Coolify(PlayedTransport(httpx.Response(200, html="4.0.0-beta.460")).http())
    assert await coolify.version() == (4, 0, -1, 460)
    assert coolify.version_text == "4.0.0-beta.460"


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
        ({"ports_mappings": " \n"}, ()),
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


@pytest.mark.parametrize(
    ("path", "app"),
    [
        ("/project/p/environment/e/application/a/deployment/d", "/project/p/environment/e/application/a"),
        ("/project/p/production/application/a/deployment/d", "/project/p/production/application/a"),
        ("/deployment/d", ""),
        ("//elsewhere/project/p/environment/e/application/a/deployment/d", ""),
        ("https://elsewhere/project/p/environment/e/application/a/deployment/d", ""),
        ("/project/p/../../application/a/deployment/d", ""),
        ("/project/p/environment/e/application/a/deployment/d|x> <!here", ""),
    ],
)
def test_a_deployment_has_a_page_where_coolify_says_a_path_of_one(path: str, app: str) -> None:
    read = parsing.parse_deployment({**DEPLOYMENT, "deployment_url": path})
    assert (read.page, read.app_page, read.shown) == (path if app else "", app, path if app else read.uuid)


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
    with pytest.raises(Unexpected, match="the answer is no list"):
        parsing.parse_active("none")


def test_the_deployments_of_previews_are_not_the_applications() -> None:
    preview = {**DEPLOYMENT, "deployment_uuid": "d2", "pull_request_id": 7}
    own = {**DEPLOYMENT, "pull_request_id": 0, "logs": json.dumps([line("nobody asked for it")])}
    listed = {"count": 2, "deployments": [preview, own]}
    assert parsing.parse_history(listed) == (parsing.parse_deployment(DEPLOYMENT),)


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
        parsing.parse_printed,
        lambda raw: parsing.parse_deployment({**DEPLOYMENT, "logs": raw}),
        lambda raw: parsing.parse_trigger(raw, "abc"),
        lambda raw: parsing.parse_deployment({**DEPLOYMENT, "logs": json.dumps(raw)}),
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
