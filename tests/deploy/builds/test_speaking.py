"""Which run of a workflow speaks for a commit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from deploy.builds.report import of_commit
from deploy.builds.speaking import LISTED, speaking, speaking_build, speaks
from deploy.builds.under_way import Building, look
from deploy.builds.usual import usual_build
from deploy.core.model import Build
from deploy.deploys.outcomes import Deployed
from sandbox import story
from sandbox.story import Built
from tests.deploy.conftest import journal, outside, play, state

if TYPE_CHECKING:
    from sandbox.world import World as Sandbox
    from tests.deploy.play import Play

__all__ = ["journal", "outside", "play", "state"]

PUSHED = Build(7, "3f2a1b9", "main", "push", "completed", "success", 1, started=1000, updated=2000, url="")
NIGHTLY = replace(PUSHED, id=9, event="schedule", conclusion="failure", started=3000)
SILENT = ["schedule", "pull_request", "merge_group", "workflow_run", "repository_dispatch", "release"]
BROKEN = Built(minutes=1, conclusion="failure", platforms=())


def test_a_push_or_a_dispatch_of_the_branch_speaks() -> None:
    by_hand = replace(PUSHED, id=8, event="workflow_dispatch", started=2500)
    assert speaking([PUSHED, NIGHTLY, by_hand], "main") == by_hand
    assert [speaks(each, "main") for each in (PUSHED, by_hand)] == [True, True]


@pytest.mark.parametrize("event", SILENT)
def test_a_run_for_any_other_event_says_nothing(event: str) -> None:
    assert speaking([PUSHED, replace(NIGHTLY, event=event)], "main") == PUSHED
    assert speaking([replace(NIGHTLY, event=event)], "main") is None
    assert not speaks(replace(NIGHTLY, event=event), "main")


def test_another_branchs_build_speaks_only_where_the_branch_has_none() -> None:
    other = replace(PUSHED, id=8, branch="feature", started=2500)
    assert speaking([PUSHED, other], "main") == PUSHED
    assert speaking([other], "main") == other
    assert not speaks(other, "main")


async def test_a_nightly_run_that_fails_takes_nothing_away_from_a_built_commit(
    play: Play, outside: Sandbox
) -> None:
    _night(outside, story.BUILT)
    build = await of_commit(play.world, play.world.targets["app"], story.BUILT)
    assert (build.event, build.conclusion) == ("push", "success")
    outcome = await play.deploy(story.BUILT)
    assert isinstance(outcome, Deployed)
    assert not [warning for warning in outcome.warnings if "build" in warning]


async def test_more_nightly_runs_than_one_answer_holds_do_not_hide_the_push(
    play: Play, outside: Sandbox
) -> None:
    for _ in range(LISTED + 1):
        outside.github.runs.add(story.COMMITS[story.BUILT], "schedule", story.ANA, BROKEN)
    found = await speaking_build(play.world, play.world.targets["app"], story.BUILT)
    assert found is not None
    assert found.event == "push"


async def test_who_asks_for_a_nightly_run_of_a_commit_without_a_build_sees_it(
    play: Play, outside: Sandbox
) -> None:
    _night(outside, story.DOCS_ONLY)
    target = play.world.targets["app"]
    assert await speaking_build(play.world, target, story.DOCS_ONLY) is None
    assert (await of_commit(play.world, target, story.DOCS_ONLY)).event == "schedule"


async def test_neither_status_nor_the_usual_time_counts_a_nightly_run(play: Play, outside: Sandbox) -> None:
    before = await usual_build(play.world, story.WORKFLOW)
    run = outside.github.runs.add(story.COMMITS[story.BUILT], "schedule", story.ANA, Built(minutes=500))
    outside.clock.skip(600 * story.MINUTE)
    seen = await look(play.world, play.world.targets["app"], ())
    assert isinstance(seen, Building)
    assert run.id not in {build.id for build in seen.builds}
    after = await usual_build(play.world, story.WORKFLOW)
    assert before is not None
    assert after is not None
    assert after.p95 < 60 * 60 < 500 * 60


async def test_a_rerun_under_way_does_not_take_away_the_image_of_its_earlier_attempt(
    play: Play, outside: Sandbox
) -> None:
    run = next(run for run in outside.github.runs.all if run.commit.sha == story.BUILT)
    outside.github.runs.rerun(run, story.ANA)
    outcome = await play.deploy(story.BUILT)
    assert isinstance(outcome, Deployed)
    assert "it is being built again, but the registry has its image" in outcome.warnings


async def test_a_build_that_failed_after_it_had_pushed_can_be_deployed(play: Play, outside: Sandbox) -> None:
    """As where the workflow's last job, a restart in Coolify, met an error."""
    run = next(run for run in outside.github.runs.all if run.commit.sha == story.BUILT)
    run.newest.plan = replace(run.newest.plan, conclusion="failure")
    outside.registry.push(story.IMAGE, [story.BUILT], story.BUILT, platforms=(story.PLATFORM,))
    outcome = await play.deploy(story.BUILT)
    assert isinstance(outcome, Deployed)
    assert "its build ended as failure, but the registry has its image" in outcome.warnings


def _night(outside: Sandbox, sha: str) -> None:
    outside.github.runs.add(story.COMMITS[sha], "schedule", story.ANA, BROKEN)
    outside.clock.skip(60 * story.MINUTE)
