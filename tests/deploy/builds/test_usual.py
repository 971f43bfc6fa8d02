"""builds, build, where and the notice agree on a build's usual duration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.builds.report import listing, report
from deploy.builds.usual import usual_build
from deploy.core.model import short
from deploy.notices.findings import find
from deploy.status.journey import Built, journey
from sandbox import story

if TYPE_CHECKING:
    from tests.deploy.play import Play


async def test_a_build_that_is_over_is_measured_by_the_others_wherever_it_is_told(play: Play) -> None:
    world, target = play.world, play.world.targets.named("app")
    build = (await world.systems.github.builds(story.WORKFLOW, sha=story.BUILT))[0]
    usual = await usual_build(world, story.WORKFLOW, build)
    assert usual is not None
    built = (await journey(world, target, short(story.BUILT))).built
    assert isinstance(built, Built)
    notice = await find(world, build, await world.memory.now())
    told = (await report(world, target, build)).usual
    assert (told, built.usual, notice.usual, notice.late) == (usual, usual, usual.p50, usual.p95)


async def test_a_short_list_of_builds_tells_what_is_usual_as_a_long_one_does(play: Play) -> None:
    """It is told by the branch's good builds, not by those that happen to be listed."""
    world, target = play.world, play.world.targets.named("app")
    usual = await usual_build(world, story.WORKFLOW)
    assert [(await listing(world, target, count)).usual for count in (1, 3, 20)] == [usual] * 3
