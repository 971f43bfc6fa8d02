"""The facts that a notice needs of a build, and the number of requests for them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from deploy.builds.failing import Failing
from deploy.core.ask import Unknown
from deploy.notices.findings import FEWEST, TAIL, find
from sandbox import story
from tests.deploy.conftest import journal, outside, play, state
from tests.worlds import with_targets

if TYPE_CHECKING:
    from deploy.core.github_model import Build
    from deploy.notices.policy import Notice
    from sandbox.world import World as Sandbox
    from tests.deploy.play import Play

__all__ = ["journal", "outside", "play", "state"]

MANIFEST = f"GET /v2/{story.IMAGE}/manifests/{story.BUILT}"


async def a_build(play: Play, sha: str) -> Build:
    return (await play.world.systems.github.builds(story.WORKFLOW, sha=sha))[0]


async def found(play: Play, sha: str, **changes: object) -> Notice:
    build = replace(await a_build(play, sha), **changes)  # type: ignore[arg-type]
    return await find(play.world, build, await play.world.memory.now())


async def test_targets_that_share_an_image_are_answered_by_one_look(play: Play, outside: Sandbox) -> None:
    notice = await found(play, story.BUILT)
    assert [(each.target.name, each.verdict(story.BUILT)) for each in notice.images] == [
        ("app", "built"),
        ("staging", "built"),
    ]
    looked = [each for each in outside.registry.received if each.line == MANIFEST]
    assert len(looked) <= 2, "once refused for want of a token, once answered"


async def test_a_target_of_another_workflow_is_not_looked_up(play: Play) -> None:
    staging = replace(play.world.targets["staging"], workflow="other.yml")
    world = with_targets(play.world, staging)
    notice = await find(world, await a_build(play, story.BUILT), 0.0)
    assert [each.target.name for each in notice.images] == ["app"]


async def test_while_it_runs_or_when_it_failed_no_image_is_asked_for(play: Play, outside: Sandbox) -> None:
    await found(play, story.BUILDING)
    await found(play, story.BUILD_FAILED)
    assert outside.registry.received == []


async def test_what_runs_has_its_true_beginning_and_its_step(play: Play) -> None:
    notice = await found(play, story.BUILDING)
    assert notice.at == "Build and push"
    assert notice.began == notice.build.started + 6, "it waited so long for the runner"


async def test_usual_and_late_come_from_builds_that_succeeded_at_their_first_attempt(play: Play) -> None:
    notice = await found(play, story.BUILT)
    earlier = await play.world.systems.github.builds(story.WORKFLOW, branch="main", status="success")
    took = sorted(build.updated - build.started for build in earlier)
    assert len(took) >= FEWEST
    assert took[0] <= notice.usual <= notice.late <= took[-1]


async def test_a_failure_has_its_job_its_step_and_the_end_of_its_log(play: Play) -> None:
    failing = (await found(play, story.BUILD_FAILED)).failing
    assert isinstance(failing, Failing)
    assert failing.step is not None
    assert (failing.job.name, failing.step.name) == ("build", "Build and push")
    assert not isinstance(failing.log, Unknown)
    assert len(failing.log) == TAIL
    assert "npm ERR! code ERESOLVE" in "\n".join(failing.log)


@pytest.mark.parametrize("conclusion", ["cancelled", "skipped", "deleted", "success"])
async def test_what_did_not_fail_is_asked_for_no_log(play: Play, outside: Sandbox, conclusion: str) -> None:
    notice = await found(play, story.BUILT, conclusion=conclusion)
    assert notice.failing is None
    jobs = [each.path for each in outside.github.received if each.path.endswith("/jobs")]
    assert not [path for path in jobs if f"/{notice.build.id}/" in path]


async def test_a_good_build_is_told_with_what_its_targets_run(play: Play) -> None:
    notice = await found(play, story.BUILT, conclusion="success")
    assert {each.target.name: each.runs for each in notice.images} == {"app": "a4c9e1f", "staging": "a4c9e1f"}
