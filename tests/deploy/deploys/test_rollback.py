"""rollback: to the last release that was proven healthy, or to a given one."""

from __future__ import annotations

from deploy.core.model import Dialog, Offer
from deploy.core.outcomes import Refused
from sandbox import story
from tests.deploy.play import Play, deployed


async def test_a_rollback_returns_to_what_ran_before(play: Play) -> None:
    await play.deploy(story.BUILT)
    outcome = deployed(await play.rollback())
    assert (outcome.sha, outcome.previous, outcome.going_back) == (story.RUNS, story.BUILT, True)
    assert outcome.warnings == ("leaves out 3 commits that run now",)
    assert (play.runs, play.set_to) == (story.RUNS, (story.RUNS, story.RUNS))


async def test_a_second_rollback_does_not_return_to_what_the_first_one_left(play: Play) -> None:
    await play.deploy(story.BUILT)
    await play.rollback()
    outcome = await play.rollback()
    assert isinstance(outcome, Refused)
    assert outcome.error.code == "nothing_to_roll_back_to"
    assert play.runs == story.RUNS


async def test_rollbacks_go_back_one_release_at_a_time(play: Play) -> None:
    for ref in (story.MULTI_ARCH, story.BUILT):
        await play.deploy(ref, force=True)
    assert [deployed(await play.rollback()).sha, deployed(await play.rollback()).sha] == [
        story.MULTI_ARCH,
        story.RUNS,
    ]


async def test_a_rollback_to_a_named_release_goes_there(play: Play) -> None:
    for ref in (story.MULTI_ARCH, story.BUILT):
        await play.deploy(ref, force=True)
    assert deployed(await play.rollback("A4C9")).sha == story.RUNS


async def test_only_a_proven_release_can_be_named(play: Play) -> None:
    await play.deploy(story.BUILT)
    outcome = await play.rollback("e02d8aa")
    assert isinstance(outcome, Refused)
    assert (outcome.error.code, outcome.error.sentence) == (
        "not_a_release",
        "e02d8aa was never proven healthy in app.",
    )
    assert outcome.error.hint.startswith("Proven releases: 3f2a1b9, a4c9e1f.")


async def test_without_any_release_there_is_nothing_to_roll_back_to(play: Play) -> None:
    outcome = await play.rollback()
    assert isinstance(outcome, Refused)
    assert outcome.error.code == "nothing_to_roll_back_to"


async def test_releases_after_what_runs_are_named_and_offered(play: Play) -> None:
    """History shows them, so a rollback does not deny them."""
    await play.deploy(story.BUILT)
    await play.rollback()
    outcome = await play.rollback()
    assert isinstance(outcome, Refused)
    assert outcome.error.sentence == (
        "fisk has no release of app from before what runs (a4c9e1f); released after it: 3f2a1b9."
    )
    (offer,) = outcome.error.offers
    asks = Dialog("app runs a4c9e1f. Go back to 3f2a1b9?", "Roll back to 3f2a1b9", "Keep a4c9e1f")
    line = "rollback app 3f2a1b9 --when-ran a4c9e1f"
    assert offer == Offer("Go to 3f2a1b9", line, danger=True, asks=asks)
    assert deployed(await play.rollback(story.BUILT[:7])).sha == story.BUILT


async def test_after_a_failed_deploy_there_is_nothing_to_roll_back_either(play: Play) -> None:
    await play.deploy(story.SICK)
    outcome = await play.rollback()
    assert isinstance(outcome, Refused)
    assert play.runs == story.RUNS


async def test_what_somebody_deployed_by_hand_meanwhile_is_rolled_back_too(play: Play) -> None:
    await play.deploy(story.RUNS, force=True)
    play.app.columns.update(docker_registry_image_tag=story.BUILT, git_commit_sha=story.BUILT)
    play.outside.coolify.queue.ask(play.app, story.BUILT)
    await play.until(lambda: play.outside.coolify.queue.of(play.app)[0].status == "finished")
    assert deployed(await play.rollback()).sha == story.RUNS
    assert play.runs == story.RUNS


async def test_a_rollback_does_not_wait_for_a_rerun_of_what_it_goes_back_to(play: Play) -> None:
    await play.deploy(story.BUILT)
    run = next(run for run in play.outside.github.runs.all if run.commit.sha == story.RUNS)
    play.outside.github.runs.rerun(run, story.ANA)
    outcome = deployed(await play.rollback())
    assert (outcome.sha, outcome.warnings[0]) == (
        story.RUNS,
        "it is being built again, but it ran healthy as it is",
    )


async def test_a_rollback_works_while_github_is_down(play: Play) -> None:
    await play.deploy(story.BUILT)
    play.outside.github.faults.queue("* *", status=503, body="{}", times=1000)
    outcome = deployed(await play.rollback())
    assert (outcome.sha, outcome.going_back) == (story.RUNS, True)
    assert outcome.warnings == (
        "GitHub does not say whether it is on main",
        "GitHub does not say how its build went",
        f"GitHub does not compare it with {story.BUILT[:7]}, which runs now",
        "GitHub's deployments page does not show it: GitHub answers 503.",
    )
    assert play.runs == story.RUNS
