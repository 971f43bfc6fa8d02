"""builds, build and runner."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pytest

from commands.reply import Started
from deploy.access.errors import NotAllowed
from deploy.access.policy import Policy
from deploy.builds.errors import BuildNotFound, NeverBuilt
from deploy.core import errors
from deploy.core.ask import Unknown
from deploy.core.model import Resource
from sandbox import story
from tests.commands.chain import build, runners, status

if TYPE_CHECKING:
    from commands.builds import BuildsTable
    from sandbox.world import World
    from tests.commands.conftest import Asking


def run_of(outside: World, sha: str) -> int:
    return next(run.id for run in outside.github.runs.all if run.commit.sha == sha)


async def test_the_newest_builds_of_every_branch(asking: Asking) -> None:
    reply = cast("BuildsTable", await asking("builds 3"))
    assert [each.sha for each in reply.listed.builds] == [story.OFF_MAIN, story.BUILDING, story.BUILT]


@pytest.mark.parametrize(
    "which", ["{sha}", "{short}", "{run}", "https://github.com/Wandeon/FiskAI/actions/runs/{run}"]
)
async def test_a_build_is_named_by_commit_number_or_address(
    asking: Asking, outside: World, which: str
) -> None:
    run = run_of(outside, story.BUILT)
    word = which.format(sha=story.BUILT, short=story.BUILT[:7], run=run)
    assert (await build(asking, word)).build.id == run


async def test_a_build_says_what_each_step_usually_takes(asking: Asking) -> None:
    it = await build(asking, "9c41d07")
    usual = {name[1]: found for name, found in it.steps}
    assert 15 * story.MINUTE < usual["Build and push"].p50 <= usual["Build and push"].p90 < 22 * story.MINUTE
    assert it.left is not None
    assert it.failing is None


async def test_a_failed_build_shows_the_end_of_its_log_without_secrets(asking: Asking) -> None:
    it = await build(asking, "77be0f2")
    assert it.failing is not None
    assert isinstance(it.failing.log, tuple)
    assert len(it.failing.log) == 30
    assert it.failing.log[-1].startswith("buildx failed with")
    text = "\n".join(it.failing.log)
    assert "_authToken=***" in text
    assert "builder:***@mirror" in text
    assert "ghp_" not in text
    assert "\x1b" not in text


async def test_a_log_that_has_expired_is_said_to(asking: Asking, outside: World) -> None:
    outside.github.actions.expired_logs.add(run_of(outside, story.BUILD_FAILED))
    it = await build(asking, "77be0f2")
    assert it.failing is not None
    assert it.failing.log == Unknown(
        f"GitHub has no log of job {it.failing.job.id}: it has expired.",
        "The build's own page may show more.",
    )


async def test_a_build_that_was_run_again_says_its_attempt(asking: Asking, outside: World) -> None:
    run = next(run for run in outside.github.runs.all if run.commit.sha == story.BUILD_FAILED)
    outside.github.runs.rerun(run, story.ANA)
    it = await build(asking, str(run.id))
    assert (it.build.attempt, it.build.status, it.failing) == (2, "queued", None)


@pytest.mark.parametrize(
    "which", ["19640009999", "https://github.com/Wandeon/FiskAI/actions/runs/19640009999"]
)
async def test_a_build_that_never_was_or_was_deleted_is_refused(asking: Asking, which: str) -> None:
    with pytest.raises(BuildNotFound):
        await build(asking, which)


async def test_nine_digits_and_more_may_yet_be_a_commit(asking: Asking, outside: World) -> None:
    """Hardly any commit begins so, but one that does is found all the same."""
    digits = "1234567890" * 4
    outside.github.history.commits[digits] = replace(story.COMMITS[story.DOCS_ONLY], sha=digits)
    with pytest.raises(NeverBuilt, match="GitHub lists no build of 1234567"):
        await build(asking, "1234567890")


async def test_a_commit_without_a_build_says_why(asking: Asking) -> None:
    with pytest.raises(
        NeverBuilt, match=r"it changed only files that build\.yml leaves out \(docs/\*\*, \*\.md\)"
    ):
        await build(asking, "b7d0c5e")


async def test_a_limit_of_githubs_is_told_plainly(asking: Asking, outside: World) -> None:
    outside.github.throttle(retry_after=60, times=99)
    with pytest.raises(errors.RateLimited):
        await build(asking, "3f2a1b9")
    it = await status(asking)
    assert isinstance(it.building, Unknown)
    assert it.building.why == "GitHub asks fisk to slow down for 60 s."
    outside.github.faults.clear()
    outside.github.throttle(retry_after=8, times=99)  # longer than anybody waits for a status
    it = await status(asking)
    assert isinstance(it.building, Unknown)
    assert it.building.why == "GitHub asks fisk to slow down for 8 s."


async def test_a_busy_runner_says_which_job_it_runs(asking: Asking) -> None:
    it = await runners(asking)
    assert not isinstance(it.runners, Unknown)
    (only,) = it.runners
    assert only.runs is not None
    assert (only.runner.name, only.runs.build.sha, only.stuck) == ("fiskai-vps-x86", story.BUILDING, False)


async def test_without_the_right_to_see_runners_the_jobs_tell(asking: Asking, outside: World) -> None:
    outside.github.actions.administrator = False
    it = await runners(asking)
    assert it.runners == Unknown(
        "the token may not see the runners", "Give the token in FISK_GITHUB_TOKEN the missing right."
    )
    assert [each.job.runner for each in it.running] == ["fiskai-vps-x86"]


@pytest.mark.parametrize(
    ("line", "kind", "lock"),
    [
        ("build rerun 77be0f2", "build rerun", "build:{}"),
        ("build rerun 77be0f2 --failed", "build rerun", "build:{}"),
        ("build cancel 77be0f2", "build cancel", "build:{}"),
        ("build start --no-cache", "build start", "workflow:build.yml"),
    ],
)
async def test_acts_on_builds_are_operations_with_a_lock(
    asking: Asking, outside: World, line: str, kind: str, lock: str
) -> None:
    reply = await asking(line)
    assert isinstance(reply, Started)
    assert (reply.operation.kind, reply.operation.id[:2]) == (kind, "b-")
    assert reply.operation.resources == (Resource.parse(lock.format(run_of(outside, story.BUILD_FAILED))),)


async def test_two_do_not_act_on_one_build(asking: Asking) -> None:
    await asking("build rerun 77be0f2")
    with pytest.raises(errors.Locked, match="is running again the build of 77be0f2"):
        await asking("build cancel 77be0f2")


async def test_acts_on_builds_need_the_right_to_change_things(asking: Asking) -> None:
    for line in ("build rerun 77be0f2", "build cancel 77be0f2", "build start"):
        with pytest.raises(NotAllowed):
            await asking(line, policy=Policy())
    await asking("build 77be0f2", policy=Policy())
