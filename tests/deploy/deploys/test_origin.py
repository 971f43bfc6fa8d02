"""Whose build an image is: by the log of the build, and what contradicts that is refused."""

from __future__ import annotations

from bot.words.running import proven
from deploy.core.outcomes import Refused
from deploy.core.reference import brief
from deploy.deploys.origin import Origin, commit_of
from deploy.status.overview import status
from sandbox import story
from tests.deploy.deploys.test_digest import move, shipped
from tests.deploy.play import IMAGE, Play, deployed, put_back


async def test_a_tag_of_digits_that_somebody_moved_is_refused_forced_or_not(play: Play) -> None:
    built = shipped(play, story.BUILT).digest
    other = play.outside.registry.push(story.IMAGE, [], story.SICK, revision=story.BUILT, created=7)
    move(play, story.BUILT, other.digest)
    outcome = await play.deploy("3f2a1b9", force=True)
    assert isinstance(outcome, Refused)
    assert (outcome.error.code, outcome.error.sentence) == (
        "not_its_build",
        (
            f"The tag 3f2a1b9 names {brief(other.digest)}, but the build of 3f2a1b9 pushed {brief(built)}:"
            " it is another image."
        ),
    )
    assert (play.runs, play.app.deploys) == (story.RUNS, 0)


async def test_a_latest_that_somebody_moved_is_refused(play: Play) -> None:
    """Its label names a commit whose build pushed another image, and no other build pushed this one."""
    other = play.outside.registry.push(story.IMAGE, [], story.SICK, revision=story.BUILT, created=7)
    move(play, "latest", other.digest)
    outcome = await play.deploy("latest", force=True)
    assert isinstance(outcome, Refused)
    assert (outcome.error.code, outcome.error.sentence) == (
        "latest_unknown",
        (
            f"Which commit {IMAGE}:latest was built from is not known: its label names 3f2a1b9, but no log"
            " and no tag of that commit names this image."
        ),
    )


async def test_a_latest_whose_label_is_a_base_images_is_found_by_the_build_logs(play: Play) -> None:
    source = "https://github.com/nodejs/node"
    foreign = play.outside.registry.push(
        story.IMAGE, [], story.BUILT, revision="e" * 40, source=source, created=7
    )
    run = next(run for run in play.outside.github.runs.all if run.commit.sha == story.BUILT)
    play.outside.registry.before()
    run.attempts[-1].pushed = (f"{IMAGE}:latest@{foreign.digest}",)
    move(play, "latest", foreign.digest)
    outcome = deployed(await play.deploy("latest"))
    assert (outcome.sha, outcome.digest) == (story.BUILT, foreign.digest)
    assert outcome.warnings == (
        f"the image's label names eeeeeee of {source}: a base image's, so it says nothing",
    )


async def test_where_the_log_of_the_build_is_gone_the_tag_counts_and_is_said_to_be_weaker(play: Play) -> None:
    play.outside.github.actions.expired_logs |= {run.id for run in play.outside.github.runs.all}
    outcome = deployed(await play.deploy("3f2a1b9"))
    (warning,) = outcome.warnings
    assert warning.startswith(
        "whether it is the commit's build is not proven: only its tag says so (GitHub has no log"
    )


async def test_without_logs_a_moved_tag_does_not_make_an_image_another_commits(play: Play) -> None:
    """Its own label says whose it is, though its own tag names it no more."""
    play.outside.github.actions.expired_logs |= {run.id for run in play.outside.github.runs.all}
    digest = shipped(play, story.BUILT).digest
    target = play.world.targets.named("app")
    move(play, story.MULTI_ARCH, digest)
    origin = await commit_of(play.world, target, digest, [story.MULTI_ARCH])
    assert (origin.sha, origin.weak.startswith("GitHub has no log")) == (story.BUILT, True)
    play.outside.registry.untag(story.IMAGE, story.BUILT)
    assert await commit_of(play.world, target, digest, [story.MULTI_ARCH]) == Origin(
        "", "its label names 3f2a1b9, but no log and no tag of that commit names this image"
    )


async def test_what_a_tag_alone_said_is_asked_again_and_what_a_log_said_is_remembered(play: Play) -> None:
    target, digest = play.world.targets.named("app"), shipped(play, story.BUILT).digest
    every = {run.id for run in play.outside.github.runs.all}
    play.outside.github.actions.expired_logs |= every
    assert (await commit_of(play.world, target, digest)).weak.startswith("GitHub has no log")
    assert await play.world.memory.cache.get(f"commit:{digest}") == ("",)
    play.outside.github.actions.expired_logs -= every
    assert await commit_of(play.world, target, digest) == Origin(story.BUILT)
    play.outside.registry.untag(story.IMAGE, story.BUILT)
    play.outside.github.actions.expired_logs |= every
    assert await commit_of(play.world, target, digest) == Origin(story.BUILT)


async def test_what_rests_on_a_tag_alone_is_said_to_wherever_it_is_told(play: Play) -> None:
    play.outside.github.actions.expired_logs |= {run.id for run in play.outside.github.runs.all}
    deployed(await play.deploy("3f2a1b9"))
    target = play.world.targets.named("app")
    live = (await status(play.world, target)).live.running
    assert (live.sha, proven(live, 0).startswith("its commit by its tag alone (GitHub has no log")) == (
        story.BUILT,
        True,
    )
    newest = (await play.world.memory.history.releases("app"))[0]
    assert (newest.sha, newest.weak) == (story.BUILT, live.weak)
    _, outcome = put_back(await play.deploy(story.SICK, force=True))
    assert outcome.unproven == f"only a tag says that it is this commit's: {live.weak}"
