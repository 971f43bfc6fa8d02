"""status, where, builds, build, runner: the chain as it is, of which nothing that is down hides the rest."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pytest

from commands.access import Policy
from commands.reply import Started
from deploy.builds.errors import BuildNotFound, NeverBuilt
from deploy.builds.rules import doing
from deploy.builds.under_way import Building
from deploy.core import errors
from deploy.core.ask import Unknown, ask
from deploy.core.model import Release, Resource
from deploy.status.journey import Built
from sandbox import story
from tests.deploy.conftest import ANA

if TYPE_CHECKING:
    from commands.builds import BuildsTable, OneBuild
    from commands.deploys import Judged
    from commands.runner import RunnersTable
    from commands.status import ChainStatus, CommitJourney
    from deploy.builds.report import BuildReport
    from deploy.deploys.proof import Proof
    from deploy.runner.report import Runners
    from deploy.status.journey import Journey
    from deploy.status.overview import Status
    from sandbox.world import World
    from tests.commands.conftest import Asking

ALL = "*"


async def status(asking: Asking, target: str = "") -> Status:
    return cast("ChainStatus", await asking(f"status {target}")).status


async def where(asking: Asking, sha: str) -> Journey:
    return cast("CommitJourney", await asking(f"where {sha}")).journey


async def build(asking: Asking, which: str) -> BuildReport:
    return cast("OneBuild", await asking(f"build {which}")).report


async def runners(asking: Asking) -> Runners:
    return cast("RunnersTable", await asking("runner")).runners


def down(*systems: object) -> None:
    for system in systems:
        system.faults.queue(ALL, status=503, times=999)  # type: ignore[attr-defined]


def run_of(outside: World, sha: str) -> int:
    return next(run.id for run in outside.github.runs.all if run.commit.sha == sha)


# --- status


async def test_the_whole_chain_in_one_look(asking: Asking) -> None:
    await asking("lock staging we measure")
    it = await status(asking)
    assert not isinstance(it.live.running, Unknown)
    assert (it.live.running.sha, it.live.running.pinned, it.live.behind) == (story.RUNS, True, 5)
    assert it.live.proof == replace(cast("Proof", it.live.proof), verdict="proven")
    assert isinstance(it.building, Building)
    assert it.building.newest is not None
    assert (it.building.newest.sha, len(it.building.jobs)) == (story.BUILDING, 1)
    assert it.building.built is not None
    assert it.building.built.sha == story.BUILT
    assert it.image is not None
    assert not isinstance(it.image, Unknown)
    assert (it.image.revision, it.image.platforms) == (story.BUILT, ("linux/arm64",))
    assert not isinstance(it.memory, Unknown)
    assert [hold.reason for hold in it.memory.holds] == ["we measure"]
    assert (it.coolify, it.live.health) == ("4.3.11", replace(it.live.health, status=200))  # type: ignore[arg-type]
    assert it.calls_left is not None
    assert it.calls_left[1] == 5000


async def test_what_was_seen_before_is_asked_for_at_once(asking: Asking, outside: World) -> None:
    """The jobs of the build under way and the proof cost no second round."""
    await status(asking)
    outside.github.received.clear()
    await status(asking)
    paths = [each.path for each in outside.github.received]
    assert sum(path.endswith("/jobs") for path in paths) == 1, "those of earlier builds stay as they are"
    assert len(paths) == 6
    outside.clock.skip(30 * story.MINUTE)
    it = await status(asking)
    assert isinstance(it.building, Building)
    assert it.building.newest is not None
    assert (it.building.newest.conclusion, it.building.jobs) == ("success", ())


async def test_how_long_a_build_will_be_is_the_same_wherever_it_is_told(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    report = await build(asking, story.BUILDING)
    assert report.left is not None
    for _ in range(2):  # without a hint of what is under way, and by it
        building = (await status(asking)).building
        assert isinstance(building, Building)
        assert (building.left, building.jobs) == (report.left, report.jobs)
    built = (await where(asking, story.BUILDING)).built
    assert isinstance(built, Built)
    assert (built.left, built.jobs) == (report.left, report.jobs)
    refusal = cast("Judged", await asking("deploy 9c41d07 --noop")).report.refusals[0]
    assert doing(report.build, built.jobs, report.left) in refusal.sentence


@pytest.mark.parametrize("system", ["github", "coolify", "registry", "host"])
async def test_a_system_that_is_down_hides_nothing_of_the_others(
    asking: Asking, outside: World, system: str
) -> None:
    down(getattr(outside, system))
    it = await status(asking)
    unknown = {
        "github": isinstance(it.head, Unknown) and isinstance(it.building, Unknown),
        "coolify": isinstance(it.live.running, Unknown) and isinstance(it.coolify, Unknown),
        "registry": isinstance(it.image, Unknown),
        "host": not isinstance(it.live.health, Unknown) and it.live.health.status == 503,
    }
    assert {name for name, is_unknown in unknown.items() if is_unknown} == {system}


async def test_everything_may_be_down_and_fisk_still_answers(asking: Asking, outside: World) -> None:
    down(outside.github, outside.coolify, outside.registry, outside.host)
    it = await status(asking)
    assert isinstance(it.head, Unknown)
    assert it.head.why == "GitHub answers 503."


async def test_a_system_that_takes_too_long_is_said_to() -> None:
    told = await ask("Coolify", asyncio.Event().wait(), within=0.01)
    assert told == Unknown("Coolify did not answer within 0.01 s.")


async def test_slow_systems_become_lines_that_say_so(
    asking: Asking, outside: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await status(asking)  # whatever is opened at first is open
    monkeypatch.setattr("deploy.core.ask.ANSWERS_WITHIN", 2.5)
    for system in (outside.coolify, outside.registry):
        system.faults.queue(ALL, delay=30, times=999)
    it = await status(asking)
    late = Unknown("Coolify did not answer within 2.5 s.")
    assert (it.live.running, it.coolify, it.image) == (
        late,
        late,
        replace(late, why=late.why.replace("Coolify", "The registry")),
    )
    assert isinstance(it.building, Building)
    assert not isinstance(it.head, Unknown)


async def test_what_follows_latest_is_known_by_the_images_revision(asking: Asking, outside: World) -> None:
    outside.coolify.apps["app"].columns["docker_registry_image_tag"] = "latest"
    outside.coolify.queue.rows.clear()
    it = await status(asking)
    assert not isinstance(it.live.running, Unknown)
    assert (it.live.running.sha, it.live.running.pinned, it.live.behind) == (story.BUILT, False, 2)
    assert cast("Proof", it.live.proof).verdict == "something else"


async def test_an_unknown_target_is_refused(asking: Asking) -> None:
    with pytest.raises(errors.UnknownTarget):
        await asking("status shop")


async def test_a_release_of_fisks_own_says_by_whom(asking: Asking) -> None:
    release = Release("app", story.RUNS, story.RUNS, "sha256:1", 1000, "d-7k3f", ANA)
    await asking.parts.world.memory.history.add_release(release)
    assert (await status(asking)).live.release == release


# --- where


async def test_a_commit_that_is_built_waits_to_be_deployed(asking: Asking) -> None:
    it = await where(asking, "3f2a1b9")
    assert not isinstance(it.to_main, Unknown)
    assert not isinstance(it.built, Unknown)
    assert it.built.build is not None
    assert (it.to_main.status, it.to_main.ahead_by, it.built.build.conclusion) == ("ahead", 2, "success")
    assert {each.target.name: each.relation for each in it.there} == {"app": "not yet", "staging": "not yet"}
    assert it.image is not None


@pytest.mark.parametrize(
    ("sha", "relation"),
    [
        (story.RUNS, "this"),
        (story.MULTI_ARCH, "within"),
        (story.BUILT, "not yet"),
        (story.OFF_MAIN, "not yet"),
    ],
)
async def test_where_a_commit_stands_to_what_runs(asking: Asking, sha: str, relation: str) -> None:
    assert {each.relation for each in (await where(asking, sha)).there} == {relation}


async def test_an_operation_that_is_to_bring_a_commit_is_told(asking: Asking) -> None:
    begun = await asking("deploy 3f2a1b9")
    assert isinstance(begun, Started)
    app, staging = (await where(asking, story.BUILT)).there
    assert app.tried is not None
    assert (app.tried.operation, app.tried.outcome, staging.tried) == (begun.operation, None, None)
    assert [each.tried for each in (await where(asking, story.BUILDING)).there] == [None, None]


async def test_a_build_under_way_says_its_step_and_what_is_left(asking: Asking) -> None:
    it = await where(asking, "9c41d07")
    assert not isinstance(it.built, Unknown)
    assert it.built.step is not None
    assert it.built.step[1].name == "Build and push"
    assert it.built.left is not None
    assert 6 * story.MINUTE < it.built.left.p50 <= it.built.left.p90 < 20 * story.MINUTE
    assert it.image is None


async def test_a_failed_build_says_at_which_step(asking: Asking) -> None:
    it = await where(asking, "77be0f2")
    assert not isinstance(it.built, Unknown)
    assert it.built.failing is not None
    assert it.built.failing.step is not None
    assert it.built.failing.step.name == "Build and push"


async def test_a_commit_of_docs_alone_has_no_build_to_wait_for(asking: Asking) -> None:
    it = await where(asking, "b7d0c5e")
    assert not isinstance(it.built, Unknown)
    assert (it.built.build, it.built.docs_only) == (None, True)


async def test_a_build_that_waits_names_the_runner_that_is_stuck(asking: Asking, outside: World) -> None:
    outside.clock.skip(30 * story.MINUTE)
    outside.github.runs.stuck = True
    pushed = outside.github.push("Sum VAT twice")
    outside.github.runs.all[-1].newest.created = -10 * story.MINUTE
    it = await where(asking, pushed.sha[:12])
    assert not isinstance(it.built, Unknown)
    assert it.built.build is not None
    assert (it.built.build.status, it.built.stuck) == ("queued", "fiskai-vps-x86")
    assert it.built.waited >= 10 * story.MINUTE
    seen = await runners(asking)
    assert not isinstance(seen.runners, Unknown)
    assert [each.stuck for each in seen.runners] == [True]
    assert (await status(asking)).runners.runners == seen.runners


@pytest.mark.parametrize("ref", [story.UNKNOWN, story.TWINS])
async def test_an_unknown_commit_is_refused(asking: Asking, ref: str) -> None:
    with pytest.raises(errors.CommitNotFound):
        await where(asking, ref)


async def test_silent_systems_leave_gaps_in_a_journey(asking: Asking, outside: World) -> None:
    down(outside.coolify, outside.registry)
    it = await where(asking, "3f2a1b9")
    assert isinstance(it.image, Unknown)
    assert all(isinstance(each.running, Unknown) for each in it.there)
    assert {each.relation for each in it.there} == {"unknown"}


# --- builds and build


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
    with pytest.raises(NeverBuilt, match="it changed only docs"):
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


# --- runner


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


# --- acts begin as operations


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
        with pytest.raises(errors.NotAllowed):
            await asking(line, policy=Policy())
    await asking("build 77be0f2", policy=Policy())
