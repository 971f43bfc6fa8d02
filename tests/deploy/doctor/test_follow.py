"""Where a target follows, the workflow that builds it must not deploy it, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deploy.doctor.workflows.deploying import asks_coolify
from deploy.releases.following import switched_on
from deploy.releases.follows import Follows
from sandbox.world import UUIDS
from tests.deploy.conftest import ANA, HERE

if TYPE_CHECKING:
    from tests.deploy.doctor.conftest import Patient

RULE = "workflow.alone"
LAST_JOB = """\
  deploy:
    needs: build
    if: github.ref == 'refs/heads/main'
    runs-on: [self-hosted, linux, x64, fiskai-build]
    steps:
      - run: curl --fail --request POST "$COOLIFY/api/v1/applications/$APP/restart"
"""
ASKS = "/api/v1/applications/$APP/restart"


async def follows(patient: Patient) -> None:
    follows = patient.parts.world.memory.stores.of(Follows)
    await follows.change("staging", lambda it: switched_on(it, ANA, HERE, 1.0))


async def test_without_a_target_that_follows_a_workflow_may_deploy(patient: Patient) -> None:
    assert (await patient.finding(RULE)).evidence == "no target follows"


async def test_a_last_job_that_deploys_beside_fisk_is_found(patient: Patient) -> None:
    await follows(patient)
    finding = await patient.finding(RULE)
    told = f"staging follows, and build.yml, job deploy, step number 1 asks Coolify ({ASKS})"
    assert (finding.verdict, finding.evidence) == ("broken", told)
    assert finding.fix.startswith("Take the step out of the workflow, as docs/guide/releases.md says")


async def test_once_it_is_taken_out_the_rule_holds(patient: Patient) -> None:
    await follows(patient)
    patient.outside.github.contents.change(LAST_JOB, "")
    finding = await patient.finding(RULE)
    assert (finding.verdict, finding.evidence) == ("holds", "staging: fisk alone deploys it")


async def test_what_is_about_another_application_is_none_of_its(patient: Patient) -> None:
    await follows(patient)
    patient.outside.github.contents.change("$APP/restart", f"{UUIDS['app']}/restart")
    assert (await patient.finding(RULE)).verdict == "holds"


async def test_where_nobody_can_tell_whether_it_runs_that_is_said(patient: Patient) -> None:
    await follows(patient)
    patient.outside.github.contents.change("if: github.ref == 'refs/heads/main'", "if: vars.DEPLOYS == 'yes'")
    finding = await patient.finding(RULE)
    assert finding.verdict == "unknown"
    assert finding.evidence.endswith(", but if: vars.DEPLOYS == 'yes'")


@pytest.mark.parametrize(
    ("script", "asks"),
    [
        (
            'curl "https://c.example/api/v1/deploy?uuid=abc&force=false"',
            "/api/v1/deploy?uuid=abc&force=false",
        ),
        ("wget -O- $C/api/v1/applications/abc/start", "/api/v1/applications/abc/start"),
        ("curl https://c.example/api/v1/applications/abc", ""),
        ("curl https://c.example/api/v1/deployments", ""),
    ],
)
def test_what_has_coolify_deploy_is_known_by_its_address(script: str, asks: str) -> None:
    assert asks_coolify(script) == asks


async def test_another_workflow_that_a_push_starts_is_found_too(patient: Patient) -> None:
    await follows(patient)
    patient.outside.github.contents.change(LAST_JOB, "")
    patient.outside.github.contents.change("npm test", f"curl $COOLIFY{ASKS}", "ci.yml")
    finding = await patient.finding(RULE)
    assert (finding.verdict, finding.evidence.partition(", step ")[0]) == (
        "broken",
        "staging follows, and ci.yml, job test",
    )
