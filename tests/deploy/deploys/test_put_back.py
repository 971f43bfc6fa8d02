"""After a failed deploy: what is restored, what is redeployed, and the report if that fails, too."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deploy.core.outcomes import Cancelled
from deploy.deploys.outcomes import Deployed, NotPutBack, PutBack
from sandbox import story
from sandbox.host import DATABASE
from tests.deploy.play import APP, TIMEOUTS, Play, put_back

SET_TO_OLD = (story.RUNS, story.RUNS)


def vanish(play: Play, sha: str) -> None:
    """Delete the image of a commit, as a registry's retention does."""
    shipped = play.outside.registry.find(story.IMAGE, sha)
    assert shipped is not None
    play.outside.registry.delete(shipped.digest)


def hurried(play: Play) -> None:
    """A way back that gives up soon."""
    play.world = replace(play.world, timeouts=replace(TIMEOUTS, deploy_within=1))
    play.engine = play.another_engine("hurried")


def not_rolling(play: Play) -> None:
    """Coolify stops the old container first, and checks no health."""
    play.app.columns["ports_mappings"] = "3000:3000"


def unchecked(play: Play) -> None:
    play.app.columns["health_check_enabled"] = False


@pytest.mark.parametrize("configure", [not_rolling, unchecked])
async def test_finished_but_unhealthy_redeploys_what_ran_before(play: Play, configure: object) -> None:
    configure(play)  # type: ignore[operator]
    error, outcome = put_back(await play.deploy(story.SICK))
    assert (error, outcome.sha, outcome.healthy, outcome.redeployed) == ("unhealthy", story.RUNS, True, True)
    assert outcome.error.sentence.startswith("e02d8aa failed its health check: /app/api/health answered 503")
    assert (play.runs, play.set_to, play.app.deploys) == (story.RUNS, SET_TO_OLD, 2)


async def test_what_the_app_printed_is_said_nowhere(play: Play) -> None:
    operation = await play.begin("deploy", target="app", ref=story.SICK)
    error, outcome = put_back(await play.end(operation))
    assert error == "deployment_failed"
    assert "New container is not healthy" in outcome.error.sentence
    row = play.outside.coolify.queue.rows[-1]
    assert DATABASE in "".join(line["output"] for line in row.lines), "Coolify shows it"
    told = repr((outcome, await play.journal.events(operation.id)))
    assert DATABASE.partition(":")[0] not in told


async def test_a_failed_deployment_offers_no_log_beside_that_of_its_operation(play: Play) -> None:
    _, outcome = put_back(await play.deploy(story.SICK))
    assert (outcome.error.code, outcome.error.offers) == ("deployment_failed", ())


async def test_an_image_that_vanished_takes_an_app_down_that_does_not_roll_and_it_is_brought_back(
    play: Play,
) -> None:
    not_rolling(play)
    play.journal.at["trigger"] = lambda: vanish(play, story.BUILT)
    error, outcome = put_back(await play.deploy(story.BUILT))
    assert (error, outcome.redeployed) == ("deployment_failed", True)
    assert "manifest unknown" in outcome.error.sentence
    assert (play.runs, play.set_to) == (story.RUNS, SET_TO_OLD)


async def test_an_image_that_vanished_leaves_a_rolling_app_running(play: Play) -> None:
    play.journal.at["trigger"] = lambda: vanish(play, story.BUILT)
    error, outcome = put_back(await play.deploy(story.BUILT))
    assert (error, outcome.redeployed, play.app.deploys) == ("deployment_failed", False, 1)


async def test_an_app_that_follows_latest_goes_on_following_it(play: Play) -> None:
    play.app.columns.update(docker_registry_image_tag="latest", git_commit_sha="HEAD")
    error, outcome = put_back(await play.deploy(story.SICK))
    assert (error, outcome.sha, play.set_to) == ("deployment_failed", story.RUNS, ("latest", "HEAD"))


async def test_after_a_failed_latest_the_app_does_not_go_on_following_it(play: Play) -> None:
    """`latest` names what has just failed: any restart would deploy it."""
    play.app.columns.update(docker_registry_image_tag="latest", git_commit_sha="HEAD")
    registry = play.outside.registry
    sick = registry.find(story.IMAGE, story.SICK)
    assert sick is not None
    registry.tag(story.IMAGE, "latest", sick.digest, at=play.outside.clock.elapsed)
    _, outcome = put_back(await play.deploy("latest"))
    assert (outcome.sha, outcome.redeployed, outcome.pinned) == (story.RUNS, False, True)
    assert play.set_to == SET_TO_OLD


async def test_an_app_that_followed_latest_and_had_to_be_deployed_again_is_told_as_pinned(play: Play) -> None:
    """`latest` may have moved since, so only its commit brings back what ran."""
    play.app.columns.update(docker_registry_image_tag="latest", git_commit_sha="HEAD")
    unchecked(play)
    error, outcome = put_back(await play.deploy(story.SICK))
    assert outcome == PutBack(
        outcome.error, "app", story.RUNS, healthy=True, redeployed=True, cancelled=False, pinned=True
    )
    assert (error, play.set_to) == ("unhealthy", SET_TO_OLD)


async def test_a_leftover_bad_tag_is_not_put_back_but_what_really_runs(play: Play) -> None:
    play.app.columns.update(docker_registry_image_tag=story.AMD64_ONLY, git_commit_sha=story.AMD64_ONLY)
    error, outcome = put_back(await play.deploy(story.SICK))
    assert (error, outcome.sha, play.set_to) == ("deployment_failed", story.RUNS, SET_TO_OLD)


async def test_a_failed_deploy_is_no_release(play: Play) -> None:
    await play.deploy(story.SICK)
    assert [release.sha for release in await play.world.memory.history.releases("app")] == [story.RUNS]


# --- putting back fails as well


async def test_where_the_tag_cannot_be_put_back_it_says_what_runs_and_what_is_set(play: Play) -> None:
    hurried(play)
    play.journal.at["put back"] = lambda: play.outside.coolify.faults.queue(
        f"PATCH {APP}", status=500, times=9_999
    )
    outcome = await play.deploy(story.SICK)
    assert isinstance(outcome, NotPutBack)
    assert (outcome.error.code, outcome.why.code) == ("deployment_failed", "coolify_server_fault")
    assert outcome == NotPutBack(
        outcome.error,
        outcome.why,
        "app",
        wanted=story.RUNS,
        runs=story.RUNS,
        set_to="e02d8aa",
        healthy=True,
        on_record=True,
    )
    assert play.set_to == (story.SICK, story.SICK)


async def test_where_coolify_is_gone_what_it_was_last_told_stands(play: Play) -> None:
    hurried(play)
    play.journal.at["put back"] = lambda: play.outside.coolify.faults.queue(
        "* /api/*", drop=True, times=9_999
    )
    outcome = await play.deploy(story.SICK)
    assert isinstance(outcome, NotPutBack)
    assert (outcome.why.code, outcome.set_to, outcome.runs) == ("coolify_unreachable", "e02d8aa", story.RUNS)


async def test_where_the_redeploy_fails_too_nobody_can_name_what_runs(play: Play) -> None:
    not_rolling(play)
    play.journal.at["trigger again"] = lambda: vanish(play, story.RUNS)
    outcome = await play.deploy(story.SICK)
    assert isinstance(outcome, NotPutBack)
    assert (outcome.error.code, outcome.why.code) == ("unhealthy", "deployment_failed")
    assert (outcome.runs, outcome.set_to, outcome.healthy) == ("", "a4c9e1f", False)


# --- cancelled


@pytest.mark.parametrize("step", ["resolve", "gates", "remember"])
async def test_a_cancel_before_anything_changed_just_stops(play: Play, step: str) -> None:
    play.journal.cancel_at = step
    assert isinstance(await play.deploy(story.BUILT), Cancelled)
    assert (play.runs, play.set_to, play.app.deploys) == (story.RUNS, SET_TO_OLD, 0)


@pytest.mark.parametrize("step", ["point", "trigger", "tell GitHub", "watch", "prove"])
async def test_a_cancel_after_that_puts_everything_back(play: Play, step: str) -> None:
    play.world = replace(play.world, timeouts=replace(TIMEOUTS, healthy_for=5 if step == "prove" else 0.05))
    play.engine = play.another_engine("patient")
    play.journal.cancel_at = step
    outcome = await play.deploy(story.BUILT)
    assert isinstance(outcome, PutBack)
    assert (outcome.error.code, outcome.cancelled, outcome.sha) == ("cancelled", True, story.RUNS)
    assert (play.runs, play.set_to) == (story.RUNS, SET_TO_OLD)


async def test_a_cancel_that_comes_too_late_changes_nothing(play: Play) -> None:
    play.journal.cancel_at = "record"
    assert isinstance(await play.deploy(story.BUILT), Deployed)
    assert play.runs == story.BUILT


async def test_what_was_only_queued_is_not_deployed_again(play: Play) -> None:
    play.outside.coolify.queue.freeze()
    play.journal.cancel_at = "watch"
    outcome = await play.deploy(story.BUILT)
    assert isinstance(outcome, PutBack)
    assert (outcome.redeployed, play.app.deploys, play.runs) == (False, 1, story.RUNS)


CANCEL = "POST /api/v1/deployments/*/cancel"
BUSY = (
    {"status": 429, "headers": {"Retry-After": "60"}},
    {"status": 500},
    {"drop": True},
)


@pytest.mark.parametrize("fault", BUSY, ids=["throttled", "500", "dropped"])
async def test_a_cancel_that_coolify_is_too_busy_for_is_asked_for_again(
    play: Play, fault: dict[str, object]
) -> None:
    play.world = replace(play.world, timeouts=replace(TIMEOUTS, healthy_within=10))
    play.engine = play.another_engine("patient")
    play.outside.coolify.queue.freeze()
    play.outside.coolify.faults.queue(CANCEL, times=4, **fault)
    play.journal.cancel_at = "watch"
    error, outcome = put_back(await play.deploy(story.BUILT))
    assert (error, outcome.cancelled, outcome.sha) == ("cancelled", True, story.RUNS)
    assert (play.runs, play.set_to) == (story.RUNS, SET_TO_OLD)


async def test_what_may_have_begun_while_coolify_did_not_tell_is_deployed_again(play: Play) -> None:
    queue, faults = play.outside.coolify.queue, play.outside.coolify.faults
    queue.freeze()

    def fall_silent() -> None:
        for silent in (CANCEL, f"GET /api/v1/deployments/{queue.of(play.app)[0].uuid}"):
            faults.queue(silent, status=500)

    play.journal.at = {"stop": fall_silent, "point again": queue.thaw}
    play.journal.cancel_at = "watch"
    error, outcome = put_back(await play.deploy(story.BUILT))
    assert (error, outcome.redeployed, play.runs, play.set_to) == ("cancelled", True, story.RUNS, SET_TO_OLD)


async def test_a_deployment_that_coolify_never_cancels_is_said_to_run_on(play: Play) -> None:
    play.outside.coolify.queue.freeze()
    play.outside.coolify.faults.queue(CANCEL, status=429, headers={"Retry-After": "60"}, times=10_000)
    play.journal.cancel_at = "watch"
    outcome = await play.deploy(story.BUILT)
    assert isinstance(outcome, NotPutBack)
    assert (outcome.error.code, outcome.why.code, outcome.set_to) == ("cancelled", "took_too_long", "3f2a1b9")


async def test_a_new_container_that_takes_over_though_cancelled_is_replaced_again(play: Play) -> None:
    """`cancelled-by-user` does not prove that the old image runs."""
    play.app.taken_over_when_cancelled = True
    queue = play.outside.coolify.queue
    operation = await play.begin("deploy", target="app", ref=story.BUILT)
    await play.reached(operation, "watch")
    row = queue.of(play.app)[0]
    await play.until(lambda: any("Attempt 1" in line["output"] for line in row.lines))
    await play.journal.cancel(operation.id, operation.actor)
    outcome = await play.end(operation)
    assert isinstance(outcome, PutBack)
    assert (outcome.redeployed, play.runs, play.set_to) == (True, story.RUNS, SET_TO_OLD)


async def test_a_second_cancel_does_not_stop_the_putting_back(play: Play) -> None:
    not_rolling(play)
    play.journal.cancel_at = "watch again"
    error, outcome = put_back(await play.deploy(story.SICK))
    assert (error, outcome.cancelled, play.runs) == ("unhealthy", False, story.RUNS)
