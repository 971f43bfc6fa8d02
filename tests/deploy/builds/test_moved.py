"""Operations in a repository that was renamed: acts at GitHub are told as not done, a deploy needs none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core.outcomes import Failed
from deploy.deploys.outcomes import Deployed
from sandbox import story
from tests.deploy.conftest import journal, outside, play, state
from tests.deploy.play import code

if TYPE_CHECKING:
    from sandbox.world import World as Sandbox
    from tests.deploy.play import Play

__all__ = ["journal", "outside", "play", "state"]


async def test_a_rerun_fails_with_the_new_name_and_nothing_is_begun(play: Play, outside: Sandbox) -> None:
    new = outside.github.rename()
    run = next(run for run in outside.github.runs.all if run.commit.sha == story.BUILD_FAILED)
    outcome = await play.end(await play.begin("build rerun", build=run.id, sha=run.commit.sha))
    assert code(outcome) == "github_repository_moved"
    assert isinstance(outcome, Failed)
    assert outcome.error.sentence == f"GitHub did nothing: Wandeon/FiskAI has moved to {new}."
    assert len(run.attempts) == 1


async def test_a_deploy_goes_on_and_says_that_github_does_not_show_it(play: Play, outside: Sandbox) -> None:
    new = outside.github.rename()
    outcome = await play.deploy(story.BUILT)
    assert isinstance(outcome, Deployed)
    assert outcome.warnings == (
        f"GitHub's deployments page does not show it: GitHub did nothing: Wandeon/FiskAI has moved to {new}.",
    )
    assert outside.github.deployments.all == []
