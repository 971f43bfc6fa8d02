"""Rules hold or are broken only on evidence: cases in which a weaker check would claim more."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from deploy.core.reference import brief
from sandbox import story
from sandbox.coolify.access import Token
from sandbox.output import Output
from tests.deploy.doctor.test_rules import ARM64, changed, half_a_day, pushed

if TYPE_CHECKING:
    from tests.deploy.doctor.conftest import Patient


@pytest.mark.parametrize(
    ("right", "hidden", "told"),
    [
        ("contents: read", True, "it shows nothing in .github/workflows"),
        ("actions: write", False, "acting on builds"),
        ("actions: write", True, "acting on builds"),
    ],
)
async def test_each_right_that_the_token_lacks_is_named(
    patient: Patient, right: str, *, hidden: bool, told: str
) -> None:
    allowance = patient.outside.github.allowance
    (allowance.hidden if hidden else allowance.denied).add(right.removesuffix(": read"))
    finding = await patient.finding("fisk.github-token")
    assert (finding.verdict, finding.evidence, finding.fix) == (
        "broken",
        f"{right}: GitHub does not let fisk's token do that: {told}.",
        f"Give the token in FISK_GITHUB_TOKEN {right}.",
    )


@pytest.mark.parametrize(
    ("tag", "told"),
    [
        ("", "deploys it again, as it is pinned"),
        ("latest", "deploys what the tag names by then, as it is not pinned"),
    ],
)
async def test_what_a_restart_by_the_builds_last_job_does_is_told(
    patient: Patient, tag: str, told: str
) -> None:
    registry, columns = patient.outside.registry, patient.outside.coolify.apps["app"].columns
    running = patient.outside.host.running["app"].digest
    registry.tag(story.IMAGE, "latest", running, at=patient.outside.clock.elapsed)
    columns["docker_registry_image_tag"] = tag or running.replace(":", "-")
    finding = await patient.finding("app.container:app")
    assert (finding.verdict, finding.evidence) == (
        "holds",
        f"it runs {brief(running)}; a restart by a workflow's job {told}",
    )


async def test_a_token_that_may_all_is_told_what_it_may(patient: Patient) -> None:
    finding = await patient.finding("fisk.github-token")
    assert finding.evidence == "contents: read, actions: read, actions: write, deployments: write all work"


@pytest.mark.parametrize(
    ("scopes", "verdict", "told"),
    [
        (
            "repo, workflow",
            "holds",
            "contents: read, actions: read, actions: write, deployments: write all work",
        ),
        (
            "repo_deployment, read:org",
            "broken",
            (
                "actions: write: GitHub does not let fisk's token do that: acting on builds"
                " (its scopes are repo_deployment, read:org)."
            ),
        ),
    ],
)
async def test_a_classic_token_has_the_rights_of_its_scopes(
    patient: Patient, scopes: str, verdict: str, told: str
) -> None:
    patient.outside.github.allowance.scopes = scopes
    finding = await patient.finding("fisk.github-token")
    assert (finding.verdict, finding.evidence) == (verdict, told)


async def test_an_answer_that_proves_no_right_of_githubs_leaves_it_unknown(patient: Patient) -> None:
    patient.outside.github.faults.queue("POST */deployments", status=409, body='{"message": "Wait"}')
    finding = await patient.finding("fisk.github-token")
    assert (finding.verdict, finding.evidence) == (
        "unknown",
        "nothing shows whether it has deployments: write: GitHub answers 409 (Wait)",
    )


async def test_without_a_deployment_the_value_of_a_variable_shows_what_the_token_may_read(
    patient: Patient,
) -> None:
    patient.outside.coolify.queue.rows.clear()
    assert (await patient.finding("fisk.coolify-token:app")).verdict == "holds"
    patient.outside.coolify.access.tokens[patient.outside.coolify_token] = Token(
        frozenset({"read", "write", "deploy"})
    )
    finding = await patient.finding("fisk.coolify-token:app")
    assert (finding.verdict, finding.evidence) == ("broken", "it lacks read:sensitive")


async def test_without_a_deployment_and_a_variable_nothing_shows_what_the_token_may_read(
    patient: Patient,
) -> None:
    outside = patient.outside
    outside.coolify.queue.rows.clear()
    outside.coolify.apps["app"].variables.rows.clear()
    finding = await patient.finding("fisk.coolify-token:app")
    assert (finding.verdict, finding.evidence) == (
        "unknown",
        (
            "nothing shows whether it has read:sensitive:"
            " there is neither a deployment nor a variable that would show it"
        ),
    )


async def test_a_refusal_of_something_else_does_not_show_that_the_token_may_write(patient: Patient) -> None:
    patient.outside.coolify.faults.queue("PATCH *", status=405, body='{"message": "Not here"}', times=2)
    finding = await patient.finding("fisk.coolify-token:app")
    assert (finding.verdict, finding.evidence) == (
        "unknown",
        "nothing shows whether it has write: it answers 405 (Not here)",
    )


@pytest.mark.parametrize("rule", ["workflow.builder", "workflow.no-emulation"])
async def test_what_cannot_be_read_might_build_anywhere(patient: Patient, rule: str) -> None:
    await changed("name: CI", "name: [CI", "ci.yml")(patient.outside)
    finding = await patient.finding(rule)
    assert (finding.verdict, finding.evidence) == ("unknown", "fisk cannot read ci.yml")


@pytest.mark.parametrize("rule", ["workflow.builder", "workflow.no-emulation"])
async def test_without_any_workflow_nobody_knows_what_builds(patient: Patient, rule: str) -> None:
    patient.outside.github.contents.files.clear()
    finding = await patient.finding(rule)
    assert (finding.verdict, finding.evidence) == ("unknown", "fisk sees no workflow files")


@pytest.mark.parametrize("filters", ["tags: ['v*']", "branches-ignore: [main]", "branches: ['**', '!main']"])
async def test_a_push_to_main_that_the_filters_leave_out_does_not_build(
    patient: Patient, filters: str
) -> None:
    await changed("branches: [main]", filters)(patient.outside)
    assert (await patient.finding("workflow.trigger:build.yml")).verdict == "broken"


async def test_latest_that_a_rerun_of_an_old_build_moved_back_is_stale(patient: Patient) -> None:
    runs, clock = patient.outside.github.runs, patient.outside.clock
    (old,) = [run for run in runs.all if run.commit.sha == story.RUNS]
    runs.rerun(old, story.ANA)
    clock.skip(24 * 3600)
    finding = await patient.finding("image.fresh:fiskai-app")
    newest, rebuilt = story.BUILDING[:7], story.RUNS[:7]
    assert (finding.verdict, finding.evidence) == (
        "broken",
        f"latest was built from {rebuilt}, the newest good build is of {newest}",
    )


async def test_latest_of_a_newer_build_that_went_wrong_after_it_had_pushed_is_fresh(patient: Patient) -> None:
    await pushed("latest", ARM64, revision=story.BUILDING)(patient.outside)
    (run,) = [run for run in patient.outside.github.runs.all if run.commit.sha == story.BUILDING]
    patient.outside.github.runs.cancel(run)
    patient.outside.clock.skip(3600)
    assert (await patient.finding("image.fresh:fiskai-app")).verdict == "holds"


async def test_a_build_that_waited_for_the_runner_took_no_longer_for_that(patient: Patient) -> None:
    (run,) = [run for run in patient.outside.github.runs.all if run.commit.sha == story.BUILT]
    run.attempts[0].created -= 300 * story.MINUTE
    finding = await patient.finding("workflow.minutes:build.yml")
    assert (finding.verdict, finding.evidence) == ("holds", "job build of the newest good one took 18 min")


async def test_a_quick_rerun_of_the_last_job_does_not_hide_how_long_the_build_took(patient: Patient) -> None:
    """GitHub keeps the jobs of the attempt before, which built."""
    await half_a_day(patient.outside)
    (run,) = [run for run in patient.outside.github.runs.all if run.commit.sha == story.BUILT]
    again = replace(run.attempts[0].plan, minutes=1)
    run.attempts.append(
        replace(run.attempts[0], number=2, job_id=7, plan=again, job_name="deploy", begins=-60.0)
    )
    assert (await patient.finding("workflow.minutes:build.yml")).verdict == "broken"


async def test_a_build_that_was_emulated_until_it_was_run_again_takes_minutes_now(patient: Patient) -> None:
    runs = patient.outside.github.runs
    await half_a_day(patient.outside)
    (run,) = [run for run in runs.all if run.commit.sha == story.BUILT]
    again = replace(run.attempts[0].plan, minutes=19)
    run.attempts.append(replace(run.attempts[0], number=2, job_id=7, plan=again, begins=-20.0 * story.MINUTE))
    assert (await patient.finding("workflow.minutes:build.yml")).verdict == "holds"


@pytest.mark.parametrize(
    ("printed", "verdict", "told"),
    [
        (
            "Use% IUse%\n 84%   84%\n",
            "holds",
            "84 % of the disk and 84 % of the inodes at /var/lib/docker are in use",
        ),
        (
            "Use% IUse%\n 12%   85%\n",
            "broken",
            "12 % of the disk and 85 % of the inodes at /var/lib/docker are in use",
        ),
        ("Use% IUse%\n100%     -\n", "broken", "100 % of the disk at /var/lib/docker are in use"),
        (
            "Use% IUse%\n   -     -\n",
            "unknown",
            "vps01 answered something that fisk does not understand: `df` tells no percentages.",
        ),
    ],
)
async def test_a_disk_is_full_by_its_bytes_or_by_its_inodes(
    patient: Patient, printed: str, verdict: str, told: str
) -> None:
    patient.outside.hosts.vps01.trouble("df", Output(printed))
    finding = await patient.finding("buildkit.disk")
    assert (finding.verdict, finding.evidence) == (verdict, told)
