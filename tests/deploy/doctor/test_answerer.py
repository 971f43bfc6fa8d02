"""Who answers for the app: what its health answer says, against the container that Coolify knows."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from deploy.doctor.examine import examine, rules
from sandbox import story
from sandbox.host import Container
from tests.worlds import with_systems

if TYPE_CHECKING:
    from tests.deploy.doctor.conftest import Patient

RULE = "app.answers:app"
RUNS, OTHER = story.RUNS[:7], story.BUILT[:7]


@pytest.mark.parametrize(
    ("body", "verdict", "told"),
    [
        ({"version": story.RUNS}, "holds", f"{RUNS} answers, and runs"),
        ({"version": RUNS.upper()}, "holds", f"{RUNS} answers, and runs"),
        ({"version": "1.4.2", "commit": story.RUNS}, "holds", f"{RUNS} answers, and runs"),
        (
            {"version": OTHER},
            "broken",
            f"{OTHER} answers, but {RUNS} runs: a container started by hand?",
        ),
        ({"version": "1.4.2"}, "unknown", "URL says 1.4.2, which is no commit"),
        ({"version": "20261128"}, "unknown", "URL says 20261128, which is no commit"),
        ({"version": 7}, "unknown", "URL does not say which version it is"),
        ({"status": "ok"}, "unknown", "URL does not say which version it is"),
        (["ok"], "unknown", "URL does not say which version it is"),
    ],
)
async def test_who_answers_is_told_by_the_version_in_the_health_answer(
    patient: Patient, body: object, verdict: str, told: str
) -> None:
    url = patient.outside.host.health_url("app")
    patient.outside.host.faults.queue("GET /app/*", status=200, body=json.dumps(body), times=2)
    finding = await patient.finding(RULE)
    assert (finding.verdict, finding.evidence) == (verdict, told.replace("URL", url))


async def test_a_health_url_that_does_not_answer_says_nothing(patient: Patient) -> None:
    patient.outside.host.faults.queue("GET /app/*", drop=True, times=9)
    finding = await patient.finding(RULE)
    assert (finding.verdict, finding.evidence) == (
        "unknown",
        f"{patient.outside.host.health_url('app')} does not say which version it is",
    )


async def test_what_coolify_deployed_last_does_not_say_what_runs(patient: Patient) -> None:
    """fisk writes the commit of a deployment itself: it is no evidence of what is in the container."""
    world = with_systems(patient.parts.world, hosts={}, docker={})
    (rule,) = [each for each in rules(world) if each.id == RULE]
    (finding,) = (await examine(world, within=60, chosen=[rule])).findings
    assert (finding.verdict, finding.evidence) == ("unknown", "fisk.toml names no host for app")


async def test_a_revision_that_a_base_image_left_behind_accuses_nobody(patient: Patient) -> None:
    outside = patient.outside
    shipped = outside.registry.push(story.IMAGE, ["theirs"], story.RUNS, revision="e" * 40)
    outside.host.running["app"] = replace(Container.of(shipped), sha=story.RUNS)
    finding = await patient.finding(RULE)
    assert (finding.verdict, finding.evidence) == (
        "unknown",
        f"{outside.host.health_url('app')} says {RUNS}, but the image's revision eeeeeee is of another repository",
    )


async def test_an_image_that_was_built_on_the_host_names_no_commit(patient: Patient) -> None:
    patient.outside.host.running["app"] = Container(story.RUNS, "", healthy=True)
    finding = await patient.finding(RULE)
    assert (finding.verdict, finding.evidence) == (
        "unknown",
        f"{patient.outside.host.health_url('app')} says {RUNS}, but the image on the host names no commit",
    )


async def test_while_a_deployment_is_under_way_nobody_knows_who_answers(patient: Patient) -> None:
    world = patient.parts.world
    await world.systems.coolify.deploy(world.targets["app"].app)
    finding = await patient.finding(RULE)
    assert (finding.verdict, finding.evidence) == ("unknown", "a deployment is under way")
