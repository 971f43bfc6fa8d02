"""Why a commit has no build, and the nearest one that has: by the sandbox's pushes and workflow files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deploy.builds.nearest import nearest_built
from deploy.builds.unbuilt import Unbuilt, why_unbuilt
from deploy.core.outcomes import Refused
from sandbox import story
from sandbox.story import Built
from tests.deploy.conftest import journal, outside, play, state

if TYPE_CHECKING:
    from sandbox.story import StoryCommit
    from sandbox.world import World as Sandbox
    from tests.deploy.play import Play

__all__ = ["journal", "outside", "play", "state"]

FILE = f".github/workflows/{story.WORKFLOW}"


async def why(play: Play, sha: str) -> Unbuilt:
    commit = await play.world.systems.github.commit(sha)
    return await why_unbuilt(play.world, play.world.targets["app"], commit)


async def test_the_filter_is_the_one_at_that_commit(play: Play, outside: Sandbox) -> None:
    assert await why(play, story.DOCS_ONLY) == Unbuilt(
        "changed only files that build.yml leaves out (docs/**, *.md)"
    )
    outside.github.contents.at[story.DOCS_ONLY, FILE] = "on: {push: {paths: ['lib/**']}}\n"
    assert await why(play, story.DOCS_ONLY) == Unbuilt("changed nothing in the paths of build.yml (lib/**)")
    outside.github.contents.at[story.DOCS_ONLY, FILE] = None
    assert await why(play, story.DOCS_ONLY) == Unbuilt(f"has no {FILE}")


async def test_a_filter_that_cannot_be_read_makes_it_unknown(play: Play, outside: Sandbox) -> None:
    outside.github.contents.at[story.DOCS_ONLY, FILE] = "on: [push\n"
    assert await why(play, story.DOCS_ONLY) == Unbuilt(
        unknown="build.yml at that commit cannot be read: its `on` is no YAML"
    )


@pytest.mark.parametrize("marker", story.SKIPS)
async def test_a_message_that_skips_the_workflows_is_named(play: Play, outside: Sandbox, marker: str) -> None:
    pushed = outside.github.push(f"Sum VAT twice {marker}")
    assert outside.github.runs.all[-1].commit != pushed
    assert await why(play, pushed.sha) == Unbuilt(f"says `{marker}`")


@pytest.mark.parametrize("trailer", story.SKIP_TRAILERS)
async def test_a_trailer_that_skips_the_workflows_is_named(
    play: Play, outside: Sandbox, trailer: str
) -> None:
    pushed = outside.github.push("Sum VAT twice", trailer=trailer)
    assert await why(play, pushed.sha) == Unbuilt(f"says `{trailer}`")


async def test_the_earlier_commits_of_a_push_are_built_with_its_last(play: Play, outside: Sandbox) -> None:
    last, earlier = _pushed_together(outside)
    outside.github.push("Sum VAT once more")
    assert await why(play, earlier.sha) == Unbuilt(
        f"was pushed together with {last.sha[:7]}, and GitHub builds only the last commit of a push",
        pushed_with=last.sha,
    )


async def test_a_push_that_should_have_been_built_is_not_explained_away(play: Play, outside: Sandbox) -> None:
    pushed = outside.github.push("Sum VAT twice", built=None)
    assert await why(play, pushed.sha) == Unbuilt(
        unknown="a push of it should have started one: its run may have been deleted"
    )


async def test_githubs_silence_makes_it_unknown(play: Play, outside: Sandbox) -> None:
    _, earlier = _pushed_together(outside)
    outside.github.faults.queue("GET */activity", status=403, times=9)
    found = await why(play, earlier.sha)
    assert (found.why, found.unknown[:42]) == ("", "GitHub does not let fisk's token do that: ")


async def test_off_the_branch_nobody_knows_how_it_was_pushed(play: Play) -> None:
    assert await why(play, story.OFF_MAIN) == Unbuilt(unknown="it is not on main")


async def test_nearest_is_the_last_of_its_push_once_that_is_built(play: Play, outside: Sandbox) -> None:
    last, earlier = _pushed_together(outside)
    target = play.world.targets["app"]
    commit = await play.world.systems.github.commit(earlier.sha)
    before = await nearest_built(play.world, target, commit, last.sha)
    outside.clock.skip(60 * story.MINUTE)
    after = await nearest_built(play.world, target, commit, last.sha)
    assert [found and found.sha for found in (before, after)] == [story.BUILT, last.sha]


async def test_a_deploy_of_one_is_refused_with_its_reason_and_the_nearest(
    play: Play, outside: Sandbox
) -> None:
    last, earlier = _pushed_together(outside)
    outside.clock.skip(60 * story.MINUTE)
    outcome = await play.deploy(earlier.sha)
    assert isinstance(outcome, Refused)
    near = last.sha[:7]
    assert outcome.error.sentence == (
        f"{earlier.sha[:7]} was pushed together with {near}, and GitHub builds only the last commit of a push,"
        " so nothing was built for it."
    )
    (offer,) = outcome.error.offers
    assert (offer.label, offer.command) == (f"Deploy {near}", f"deploy {near} --to app")
    assert offer.asks is not None


def _pushed_together(outside: Sandbox) -> tuple[StoryCommit, StoryCommit]:
    """The last commit of a push, and one before it."""
    last = outside.github.push("Sum VAT twice", earlier=2, built=Built(minutes=5))
    return last, outside.github.history.commits[last.parent]
