"""The output of an application's container, as returned by Docker and Coolify."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from sandbox import story
from sandbox.host import DATABASE, Container
from sandbox.output import Output
from sandbox.printed import Line, logs

if TYPE_CHECKING:
    from sandbox.world import World
    from tests.sandbox.coolify import Asker

AT = 1_780_000_000.25
LINES = [Line(AT, "one"), Line(AT + 1, "two", error=True), Line(AT + 2, "three")]


def test_docker_keeps_the_streams_apart_and_counts_both() -> None:
    assert logs(LINES, ["--tail", "2", "app"]) == Output("three\n", "two\n")
    assert logs(LINES, ["app"]) == Output("one\nthree\n", "two\n")
    assert logs(LINES, ["--tail", "0", "app"]) == Output("", "")


def test_docker_puts_the_time_before_each_line() -> None:
    assert logs(LINES[:1], ["--timestamps", "app"]) == Output("2026-05-28T20:26:40.250000000Z one\n")


def test_a_container_for_another_platform_says_why_it_does_not_run() -> None:
    (line,) = Container("0" * 40, "sha256:0", healthy=False, answers=False).logs
    assert (line.text, line.error) == ("exec /usr/local/bin/docker-entrypoint.sh: exec format error", True)


async def test_coolify_gives_the_last_lines_of_both_streams(world: World, coolify: Asker) -> None:
    world.host.running["app"] = Container(story.BUILT, "sha256:0", healthy=False)
    assert await coolify.printed() == (
        f"fiskai {story.BUILT[:7]} starts\ncannot connect to {DATABASE}\nlistening on 0.0.0.0:3000"
    )
    assert await coolify.printed(lines="1") == "listening on 0.0.0.0:3000"


@pytest.mark.parametrize("lines", ["0", "-3", "many"])
async def test_what_is_no_number_of_lines_means_a_hundred(world: World, coolify: Asker, lines: str) -> None:
    world.host.running["app"].logs.extend(Line(AT, str(number)) for number in range(300))
    assert (await coolify.printed(lines=lines)).splitlines() == [str(number) for number in range(200, 300)]


@pytest.mark.parametrize(("version", "stamped"), [("4.1.2", False), ("4.2.0", True)])
async def test_times_are_told_since_4_2(world: World, coolify: Asker, version: str, *, stamped: bool) -> None:
    world.coolify.version = version
    (line,) = (await coolify.printed(lines="1", show_timestamps="true")).splitlines()
    assert bool(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z ", line)) == stamped


async def test_an_application_that_does_not_run_has_no_log(world: World, coolify: Asker) -> None:
    del world.host.running["app"]
    answer = await coolify("GET", f"/applications/{coolify.app.uuid}/logs")
    assert (answer.status_code, answer.json()) == (400, {"message": "Application is not running."})
