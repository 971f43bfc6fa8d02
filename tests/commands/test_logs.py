"""logs: the last lines of an app's container, for deployers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from commands.grammar import parse
from commands.grammar.logs import Logs
from commands.logs import AppLog
from deploy.access.errors import NotAllowed
from deploy.access.policy import Policy
from deploy.core import errors
from deploy.logs.errors import NoContainer, NothingPrinted, NoTimes, NotRunning
from deploy.logs.tail import WIDTH, Line, Tail, tail
from sandbox import story
from sandbox.host import DATABASE, Container
from sandbox.output import Output
from sandbox.printed import Line as Printed
from sandbox.world import APP_UUID
from tests.gate import stray
from tests.waiting import until

if TYPE_CHECKING:
    from deploy.core.model import Target
    from sandbox.world import World
    from tests.commands.conftest import Asking

AT = 1_780_000_000.0


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("logs app", Logs("app", 20, 0)),
        ("logs staging 5", Logs("staging", 5, 0)),
        ("Logs app —since 10m", Logs("app", 20, 600)),
        ("logs app 200 --since 2h", Logs("app", 200, 7200)),
        ("logs app --of k0w8co84kg4cwsoc4s8gw4ok", Logs("app", 20, 0, "k0w8co84kg4cwsoc4s8gw4ok")),
    ],
)
def test_a_line_is_understood(line: str, asked: Logs) -> None:
    assert parse(line) == asked


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("logs app 0", "0 is not in the range 1<=x<=200"),
        ("logs app many", "`many` is not a valid integer range"),
        ("logs app --since 2h --of x", "--since and --of do not go together: Coolify keeps no times there"),
        ("logs app --since soon", "`soon` is no duration: give one as `30m`, `2h` or `3d`"),
    ],
)
def test_a_line_that_is_not_says_why(line: str, why: str) -> None:
    with pytest.raises(errors.NotUnderstood) as refusal:
        parse(line)
    assert why in str(refusal.value)


def prints(outside: World, *lines: Printed) -> None:
    """Let the app have printed these lines and no others."""
    log = outside.host.running["app"].logs
    log.clear()
    log.extend(lines)


def without_host(asking: Asking) -> Target:
    return replace(asking.parts.world.targets.named("app"), host="")


def name(outside: World) -> str:
    """What Coolify called the container."""
    return f"{APP_UUID}-{outside.host.running['app'].started:.0f}"


async def test_both_streams_of_the_container_are_shown_by_their_times(asking: Asking, outside: World) -> None:
    prints(outside, Printed(AT, "one"), Printed(AT + 1, "two", error=True), Printed(AT + 2, "three"))
    assert await asking("logs app 2") == AppLog(
        "app", Tail((Line(AT + 1, "two"), Line(AT + 2, "three")), f"{name(outside)} on vps01"), 0
    )
    assert stray(outside.hosts) == []


async def test_secrets_are_taken_out(asking: Asking, outside: World) -> None:
    outside.host.running["app"] = replace(outside.host.running["app"], healthy=False)
    prints(outside, *Container(story.RUNS, "sha256:0", healthy=False, started=AT).logs)
    reply = await asking("logs app")
    assert isinstance(reply, AppLog)
    shown = [line.text for line in reply.tail.lines]
    assert f"cannot connect to {DATABASE.replace('correct-horse', '***')}" in shown


async def test_a_key_that_began_before_the_first_line_is_taken_out(asking: Asking, outside: World) -> None:
    key = ("-----BEGIN PRIVATE KEY-----", "MIIEvQ", "-----END PRIVATE KEY-----")
    prints(outside, *(Printed(AT + place, text) for place, text in enumerate((*key, "listening"))))
    reply = await asking("logs app 3")
    assert isinstance(reply, AppLog)
    assert reply.tail.lines == (Line(AT + 1, "***"), Line(AT + 3, "listening"))


async def test_since_leaves_out_what_is_older(asking: Asking, outside: World) -> None:
    now = await asking.parts.world.memory.now()
    prints(outside, Printed(now - 3600, "old"), Printed(now - 30, "new"))
    reply = await asking("logs app --since 10m")
    assert isinstance(reply, AppLog)
    assert [line.text for line in reply.tail.lines] == ["new"]


async def test_a_container_that_printed_nothing_is_said_to_have(asking: Asking, outside: World) -> None:
    prints(outside)
    assert await asking("logs app") == AppLog("app", Tail((), f"{name(outside)} on vps01"), 0)
    assert await tail(asking.parts.world, without_host(asking), 20, AT) == Tail((), "by Coolify")


async def test_a_long_line_is_cut(asking: Asking, outside: World) -> None:
    prints(outside, Printed(AT, "x" * 5000))
    reply = await asking("logs app")
    assert isinstance(reply, AppLog)
    (line,) = reply.tail.lines
    assert line.text == "x" * (WIDTH - 1) + "…"


async def test_where_there_is_no_container_it_says_so(asking: Asking, outside: World) -> None:
    del outside.host.running["app"]
    with pytest.raises(NoContainer) as refusal:
        await asking("logs app")
    assert refusal.value.failure.sentence == "There is no container of app on vps01."


async def test_a_container_that_is_just_going_away_is_no_internal_error(
    asking: Asking, outside: World
) -> None:
    gone = Output("", "Error response from daemon: No such container: 0\n", 1)
    outside.hosts.vps01.trouble("docker logs", gone)
    with pytest.raises(errors.CommandFailed):
        await asking("logs app")


async def test_without_a_host_coolify_is_asked(asking: Asking, outside: World) -> None:
    prints(outside, Printed(AT, "one"), Printed(AT + 1, "two", error=True))
    assert await tail(asking.parts.world, without_host(asking), 1, 0) == Tail(
        (Line(AT + 1, "two"),), "by Coolify"
    )
    assert await tail(asking.parts.world, without_host(asking), 9, AT + 1) == Tail(
        (Line(AT + 1, "two"),), "by Coolify"
    )


async def test_what_does_not_run_has_no_log_at_coolify(asking: Asking, outside: World) -> None:
    del outside.host.running["app"]
    with pytest.raises(NotRunning) as refusal:
        await tail(asking.parts.world, without_host(asking), 20, 0)
    assert "Coolify says that app is not running" in str(refusal.value)


async def test_an_old_coolify_tells_no_times(asking: Asking, outside: World) -> None:
    outside.coolify.version = "4.1.2"
    prints(outside, Printed(AT, "2026-11-28T06:35:13Z one"), Printed(AT + 1, "two"))
    assert (await tail(asking.parts.world, without_host(asking), 20, 0)).lines == (
        Line(0, "2026-11-28T06:35:13Z one"),
        Line(0, "two"),
    )
    with pytest.raises(NoTimes) as refusal:
        await tail(asking.parts.world, without_host(asking), 20, AT)
    assert refusal.value.failure.hint == "Ask without --since: `/fisk logs app`."


async def failed(outside: World) -> str:
    """A deployment of Coolify's whose health check failed."""
    app = outside.coolify.apps["app"]
    app.columns["docker_registry_image_tag"] = story.SICK
    row = outside.coolify.queue.ask(app, "HEAD").deployment
    assert row is not None

    async def over() -> bool:
        return row.status == "failed"

    await until(over)
    return row.uuid


async def test_what_a_failed_container_printed_is_read_from_the_log_of_its_deployment(
    asking: Asking, outside: World
) -> None:
    uuid = await failed(outside)
    shown = DATABASE.replace("correct-horse", "***")
    lines = (Line(0, f"cannot connect to {shown}"), Line(0, "listening on 0.0.0.0:3000"))
    tail = Tail(lines, f"the container that Coolify's deployment {uuid} took away")
    assert await asking(f"logs app 2 --of {uuid}") == AppLog("app", tail, 0)


async def test_a_deployment_without_lines_of_the_app_or_of_another_app_shows_none(
    asking: Asking, outside: World
) -> None:
    theirs = await failed(outside)
    fine = outside.coolify.queue.rows[0].uuid
    for line in (f"logs app --of {fine}", f"logs staging --of {theirs}", "logs app --of 0"):
        with pytest.raises(NothingPrinted) as refusal:
            await asking(line)
        assert str(refusal.value).startswith(f"Coolify's deployment {line.split()[-1]} holds no lines that ")


async def test_who_may_see_no_details_is_refused_and_the_attempt_is_on_record(
    asking: Asking, outside: World
) -> None:
    with pytest.raises(NotAllowed) as refusal:
        await asking("logs app", policy=Policy())
    assert str(refusal.value) == "You may look but not read the log of an app: no role may details."
    assert outside.hosts.vps01.asked("docker logs") == 0


async def test_an_unknown_target_is_refused(asking: Asking) -> None:
    with pytest.raises(errors.UnknownTarget):
        await asking("logs shop")
