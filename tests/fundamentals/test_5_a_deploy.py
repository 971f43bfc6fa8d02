"""Five: a whole deploy. The sandbox simulates GitHub, the registry and Coolify; the engine runs the operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core.outcomes import Refused
from deploy.deploys.outcomes import Deployed, PutBack
from sandbox import story

if TYPE_CHECKING:
    from tests.deploy.play import Play


async def test_a_built_commit_is_deployed(play: Play) -> None:
    outcome = await play.deploy("3f2a1b9")
    assert isinstance(outcome, Deployed)
    assert (outcome.sha, outcome.previous, play.runs) == (story.BUILT, story.RUNS, story.BUILT)


async def test_a_commit_without_an_image_is_refused_before_anything_changed(play: Play) -> None:
    outcome = await play.deploy("b7d0c5e")
    assert isinstance(outcome, Refused)
    assert (outcome.error.code, play.app.deploys) == ("not_built", 0)


async def test_a_sick_one_is_put_back_and_leaves_no_bad_tag_behind(play: Play) -> None:
    outcome = await play.deploy("e02d8aa")
    assert isinstance(outcome, PutBack)
    assert (outcome.sha, outcome.healthy, play.runs, play.set_to[0]) == (
        story.RUNS,
        True,
        story.RUNS,
        story.RUNS,
    )
