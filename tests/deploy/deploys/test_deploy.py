"""deploy SHA without failures: the real engine against the sandbox over real sockets."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from deploy.core.model import Running
from deploy.core.outcomes import Refused
from deploy.deploys.outcomes import Deployed
from deploy.engine.journal import Lost
from deploy.notices.policy import DAY
from deploy.status.overview import status
from sandbox import story
from tests.deploy.conftest import MARKO
from tests.deploy.play import APP, Play, deployed

if TYPE_CHECKING:
    from deploy.core.outcomes import Outcome


def expected(play: Play, sha: str, **more: object) -> Deployed:
    shipped = play.outside.registry.find(story.IMAGE, sha)
    assert shipped is not None
    facts = {"previous": story.RUNS, "digest": shipped.digest, "seconds": 0, "proof": "digest", **more}
    return Deployed("app", sha, **facts)  # type: ignore[arg-type]


def titles(outcome: Outcome) -> list[str]:
    return [commit.sha for commit in deployed(outcome).commits]


# --- good days


async def test_a_deploy_pins_the_app_to_the_commit_and_ends_with_what_it_brought(play: Play) -> None:
    outcome = await play.deploy("3f2a1b9")
    assert deployed(outcome) == expected(play, story.BUILT, commits=deployed(outcome).commits)
    assert titles(outcome) == [story.AMD64_ONLY, story.SICK, story.BUILT]
    assert (play.runs, play.set_to, play.app.deploys) == (story.BUILT, (story.BUILT, story.BUILT), 1)


async def test_a_deploy_records_what_ran_before_and_what_runs_now(play: Play) -> None:
    await play.deploy("3f2a1b9")
    releases = await play.world.memory.history.releases("app")
    assert [release.sha for release in releases] == [story.BUILT, story.RUNS]


async def test_the_clock_of_fisks_own_host_tells_no_time_of_a_release(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = time.time
    monkeypatch.setattr(time, "time", lambda: there() + DAY)
    outcome = await play.deploy("3f2a1b9")
    assert isinstance(outcome, Deployed)
    releases = await play.world.memory.history.releases("app")
    now = await play.world.memory.now()
    assert [release.sha for release in releases if release.at <= now] == [story.BUILT, story.RUNS]
    assert 0 < outcome.seconds < DAY


async def test_deploying_twice_records_each_release_once(play: Play) -> None:
    for _ in range(2):
        await play.deploy("3f2a1b9", force=True)
    releases = await play.world.memory.history.releases("app")
    assert [release.sha for release in releases] == [story.BUILT, story.BUILT, story.RUNS]


async def test_github_hears_of_the_deployment_and_of_its_success(play: Play) -> None:
    await play.deploy("3f2a1b9")
    (deployment,) = await play.world.systems.github.deployments("production", sha=story.BUILT)
    posted = [each for each in play.outside.github.received if each.path.endswith(f"/{deployment}/statuses")]
    assert [each.json["state"] for each in posted] == ["in_progress", "success"]


async def test_github_not_taking_the_deployment_is_a_note_and_no_failure(play: Play) -> None:
    play.outside.github.faults.queue("POST */deployments", status=500, times=3)
    outcome = await play.deploy("3f2a1b9")
    assert deployed(outcome).warnings == ("GitHub's deployments page does not show it: GitHub answers 500.",)


async def test_a_deployment_whose_answer_was_lost_is_found_again_and_closed(play: Play) -> None:
    play.outside.github.faults.queue("POST */deployments", status=502, after=True)
    outcome = await play.deploy("3f2a1b9")
    assert (deployed(outcome).warnings, states(play)) == ((), [["success"]])


async def test_a_deployment_that_was_being_opened_when_somebody_cancelled_is_closed(play: Play) -> None:
    slow = play.outside.github.faults.queue("POST */deployments", delay=0.5)
    operation = await play.begin("deploy", target="app", ref="3f2a1b9")
    await play.until(lambda: slow.times == 0)
    await play.world.memory.journal.cancel(operation.id, MARKO)
    await play.end(operation)
    assert states(play) == [["in_progress", "failure"]]


async def test_a_status_that_github_does_not_take_leaves_the_deployment_to_be_closed(play: Play) -> None:
    play.journal.at["tell GitHub"] = lambda: play.outside.github.faults.queue("POST */statuses", status=500)
    outcome = await play.deploy("3f2a1b9")
    assert (deployed(outcome).warnings, states(play)) == ((), [["success"]])


async def test_a_crash_after_github_was_told_opens_no_second_deployment(play: Play) -> None:
    def lose() -> None:
        raise Lost("the runner is gone")

    await play.deploy("3f2a1b9")
    play.journal.before_keeping["tell GitHub"] = lose
    deployed(await play.deploy("3f2a1b9", force=True))
    assert states(play) == [["in_progress", "success"], ["in_progress", "in_progress", "success"]]


def states(play: Play) -> list[list[str]]:
    """The statuses of each deployment on GitHub's page."""
    deployments = play.outside.github.deployments.all
    return [[status.state for status in deployment.statuses] for deployment in deployments]


async def test_what_runs_already_is_deployed_again_only_when_asked_for(play: Play) -> None:
    await play.deploy("3f2a1b9")
    outcome = await play.deploy("3f2a1b9")
    assert isinstance(outcome, Refused)
    assert (outcome.error.code, [offer.command for offer in outcome.error.offers]) == (
        "runs_already",
        ["deploy 3f2a1b9 --to app --force --when-ran 3f2a1b9"],
    )
    assert play.app.deploys == 1
    assert deployed(await play.deploy("3f2a1b9", force=True)).sha == story.BUILT


async def test_latest_that_runs_already_is_deployed_where_the_app_is_to_follow_it_again(play: Play) -> None:
    await play.deploy("3f2a1b9")
    assert deployed(await play.deploy("latest")).pinned is False
    outcome = await play.deploy("latest")
    assert isinstance(outcome, Refused)
    assert outcome.error.code == "runs_already"


async def test_another_target_is_left_alone(play: Play) -> None:
    outcome = await play.deploy("3f2a1b9", "staging")
    assert (deployed(outcome).target, play.runs) == ("staging", story.RUNS)
    assert play.outside.coolify.running("staging") == story.BUILT


async def test_latest_follows_the_moving_tag_and_says_so(play: Play) -> None:
    outcome = await play.deploy("latest")
    assert (deployed(outcome).sha, deployed(outcome).pinned) == (story.BUILT, False)
    assert (play.runs, play.set_to) == (story.BUILT, ("latest", "HEAD"))


@pytest.mark.parametrize("key", ["HEAD", story.BUILT])
async def test_an_app_on_latest_runs_what_the_last_build_restarted_it_with(play: Play, key: str) -> None:
    """The last job of every build asks Coolify for a restart, which keeps whatever commit is set."""
    await play.deploy("latest")
    play.app.columns["git_commit_sha"] = key
    play.outside.clock.skip(30 * story.MINUTE)
    await play.http[1].request("POST", f"{APP}/restart")
    await play.until(lambda: play.outside.coolify.queue.of(play.app)[0].status == "finished")
    assert play.runs == story.BUILDING
    seen = await status(play.world, play.world.targets.named("app"))
    rows = tuple(row.uuid for row in play.outside.coolify.queue.of(play.app))
    refused = await play.deploy(story.BUILT)
    shipped = play.outside.registry.find(story.IMAGE, story.BUILDING)
    assert shipped is not None
    runs = Running(story.BUILDING, "latest", rows, digest=shipped.digest, source="host")
    assert (seen.live.running, seen.live.behind) == (runs, 0)
    assert isinstance(refused, Refused)
    assert refused.error.sentence == (
        "3f2a1b9 is 2 commits behind 9c41d07, which runs now: this would go back in time."
    )


async def test_an_app_on_latest_is_pinned_by_a_deploy(play: Play) -> None:
    play.app.columns.update(docker_registry_image_tag="latest", git_commit_sha="HEAD")
    outcome = await play.deploy("3f2a1b9")
    assert (deployed(outcome).previous, play.set_to) == (story.RUNS, (story.BUILT, story.BUILT))
    assert (deployed(outcome).pinned, deployed(outcome).followed) == (True, True)


async def test_a_leftover_bad_tag_is_not_taken_for_what_runs(play: Play) -> None:
    play.app.columns.update(docker_registry_image_tag=story.SICK, git_commit_sha=story.SICK)
    outcome = await play.deploy("3f2a1b9")
    assert (deployed(outcome).previous, play.runs) == (story.RUNS, story.BUILT)


async def test_force_goes_back_in_time_and_says_so(play: Play) -> None:
    outcome = await play.deploy(story.MULTI_ARCH, force=True)
    assert deployed(outcome).warnings == (
        "forced: 0b94ac7 is 1 commit behind a4c9e1f, which runs now: this would go back in time.",
    )
    assert play.runs == story.MULTI_ARCH
