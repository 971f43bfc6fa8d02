"""One check: what passes, what fails, and what cannot be asked, which is neither."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from deploy.core.ask import Unknown
from deploy.core.checks import Check, Fields
from deploy.core.model import Target
from deploy.deploys.checking import (
    Checked,
    Checks,
    ask,
    ask_all,
    ended,
    failure,
    misfit,
    out_of_bounds,
    summed,
)
from deploy.systems.health import Answer
from deploy.systems.ssh import Output
from sandbox.host import SCHEMA
from sandbox.output import Output as Said
from sandbox.world import ERRORS
from tests.deploy.deploys.checks import RUN, checked, get, query
from tests.worlds import with_systems

if TYPE_CHECKING:
    from tests.deploy.play import Play

PAGE = Check("page", get="https://app.fiskai.example/")
BODY = {"status": "ok", "checks": {"db": True, "queue": 3}, "a.b": "dotted", "uptime": 1.5}


@pytest.mark.parametrize(
    ("output", "why"),
    [
        (Output(0, "", "a warning"), ""),
        (Output(1, "", ""), "status 1, it says nothing"),
        (Output(1, "read\nno such table: invoice.\n\n", ""), "status 1, no such table: invoice"),
        (Output(2, "read", "\x1b[31mbroken pipe\x1b[0m\n"), "status 2, broken pipe"),
        (
            Output(1, "", "P1001: postgres://fiskai:correct-horse@db/fiskai"),
            "status 1, P1001: postgres://fiskai:***@db/fiskai",
        ),
        (Output(1, "", "x" * 200), f"status 1, {'x' * 119}…"),
    ],
)
def test_a_command_must_end_with_status_0(output: Output, why: str) -> None:
    assert ended(output) == why


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (Answer(200, body=b"<h1>Invoices</h1>"), ""),
        (Answer(503), "it answers 503, not 200"),
        (
            Answer(302, "redirects to https://app.fiskai.example/login"),
            "it answers 302 (redirects to https://app.fiskai.example/login), not 200",
        ),
        (Answer(0, "nothing listens there"), "it answers nothing (nothing listens there), not 200"),
    ],
)
def test_a_url_must_answer_with_its_status(found: Answer, why: str) -> None:
    assert misfit(PAGE, found) == why


def test_an_answer_may_have_to_contain_a_text() -> None:
    page = replace(PAGE, status=404, contains="Not here")
    assert misfit(page, Answer(404, body=b"Not here.")) == ""
    assert (
        misfit(page, Answer(404, body=b"Ana Horvat, Zagreb")) == "its answer does not have “Not here” in it"
    )


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        (
            (("status", "ok"), ("checks.db", True), ("checks.queue", 3), ("a.b", "dotted"), ("uptime", 1.5)),
            "",
        ),
        ((("status", "fine"),), "`status` is not fine"),
        ((("checks.db", 1),), "`checks.db` is not 1"),
        ((("checks.queue", 4),), "`checks.queue` is not 4"),
        ((("checks.mail", True),), "`checks.mail` is not True"),
        ((("status.deep", "ok"),), "`status.deep` is not ok"),
    ],
)
def test_fields_of_a_json_answer_must_be_what_they_must(fields: Fields, why: str) -> None:
    assert misfit(replace(PAGE, json=fields), Answer(200, body=json.dumps(BODY).encode())) == why


def test_an_answer_that_is_no_json_has_no_fields() -> None:
    assert misfit(replace(PAGE, json=(("status", "ok"),)), Answer(200, body=b"ok")) == "its answer is no JSON"


@pytest.mark.parametrize(
    ("below", "above", "values", "why"),
    [
        (0.05, None, (0.0, 0.049), ""),
        (0.05, None, (0.0, 0.05), "0.05 is not below 0.05"),
        (None, 0, (1.0,), ""),
        (None, 0, (0.0,), "0 is not above 0"),
        (10, 0, (5.0, math.inf), "inf is not below 10"),
        (10, 0, (), Unknown("Prometheus has no data for it")),
        (10, 0, (math.nan,), Unknown("its value is no number, as where nothing happened")),
    ],
)
def test_each_value_of_a_query_must_be_within_the_bounds(
    below: float | None, above: float | None, values: tuple[float, ...], why: str | Unknown
) -> None:
    assert out_of_bounds(Check("errors", below=below, above=above), values) == why


def test_an_error_names_every_check_that_failed() -> None:
    found = (Checked("schema", "failed", "status 1, behind"), Checked("errors", "failed", "1 is not below 0"))
    target = Target("app", "ghcr.io/a/b", "uuid", "https://app.fiskai.example/api/health")
    one, both = (str(failure(target, "3f2a1b9", each)) for each in (found[:1], found))
    assert one == "3f2a1b9 failed its check “schema”: status 1, behind."
    assert both == "3f2a1b9 failed its checks “schema” and “errors”: status 1, behind; 1 is not below 0."


def test_what_was_found_is_summed_up() -> None:
    found = (
        Checked("schema", "passed"),
        Checked("page", "failed", "it answers 503, not 200"),
        Checked("errors", "not known", "Prometheus has no data for it"),
    )
    checks = summed(found)
    assert checks == Checks(
        1, ("page (it answers 503, not 200)",), ("errors (Prometheus has no data for it)",)
    )
    assert checks.note == (
        "1 check passed; failed: page (it answers 503, not 200);"
        " not known: errors (Prometheus has no data for it)"
    )


# --- asked for real


async def test_all_are_asked_at_once_of_whoever_knows(play: Play) -> None:
    target = checked(play, RUN, get(play), query(play))
    assert await ask_all(play.world, target) == (
        Checked("schema", "passed"),
        Checked("status", "passed"),
        Checked("errors", "passed"),
    )
    ids = [words[2] for words in play.outside.hosts.vps01.received if words[:2] == ("docker", "exec")]
    assert [len(each) for each in ids] == [64], "as the gate wants it"


async def test_what_is_not_so_fails(play: Play) -> None:
    target = checked(play, RUN, get(play), query(play))
    play.outside.host.unmigrated = True
    play.outside.host.faults.queue("GET /app/*", status=503, body='{"status":"error"}', times=9)
    play.outside.prometheus.measure(ERRORS, 0.3)
    assert await ask_all(play.world, target) == (
        Checked("schema", "failed", "status 1, To apply migrations in production run prisma migrate deploy"),
        Checked("status", "failed", "it answers 503, not 200"),
        Checked("errors", "failed", "0.3 is not below 0.05"),
    )


async def test_a_command_that_is_not_there_fails(play: Play) -> None:
    target = checked(play)
    found = await ask(play.world, target, Check("ghost", run=("ghost", "--version")))
    assert (found.verdict, found.why.startswith("status 126, OCI runtime exec failed")) == ("failed", True)


async def test_a_command_that_does_not_end_in_time_fails(play: Play) -> None:
    target = checked(play)
    play.outside.hosts.vps01.trouble("docker exec", delay=30)
    found = await ask(play.world, target, Check("schema", run=SCHEMA, within=0.2))
    assert found == Checked("schema", "failed", "it did not end within 0.2 s")


async def test_where_no_container_runs_a_command_fails(play: Play) -> None:
    target = checked(play)
    del play.outside.host.running["app"]
    assert await ask(play.world, target, RUN) == Checked(
        "schema", "failed", f"no container of {target.app} on vps01"
    )


async def test_a_host_that_is_away_leaves_it_unknown(play: Play) -> None:
    target = checked(play)
    play.outside.hosts.vps01.cut = True
    found = await ask(play.world, target, RUN)
    assert (found.verdict, "connection to vps01 was lost" in found.why) == ("not known", True)


async def test_a_gate_that_does_not_list_the_command_leaves_it_unknown(play: Play) -> None:
    target = checked(play)
    play.outside.hosts.vps01.trouble(
        "docker exec", Said("", "fisk-gate: not on the list: docker exec\n", 126)
    )
    found = await ask(play.world, target, RUN)
    assert (found.verdict, "is locked down and does not allow `docker exec" in found.why) == (
        "not known",
        True,
    )


async def test_without_a_host_nobody_can_run_it(play: Play) -> None:
    target = checked(play)
    world = with_systems(play.world, hosts={}, docker={})
    assert await ask(world, target, RUN) == Checked("schema", "not known", "fisk.toml names no host for app")


async def test_a_prometheus_that_is_away_leaves_it_unknown(play: Play) -> None:
    target = checked(play)
    it = query(play)
    await play.outside.prometheus.stop()
    found = await ask(play.world, target, it)
    assert found == Checked("errors", "not known", "Prometheus cannot be reached (nothing listens there)")
