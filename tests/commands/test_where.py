"""where: how far a commit has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commands.reply import Started
from deploy.builds.unbuilt import Unbuilt
from deploy.core import errors
from deploy.core.ask import Unknown
from sandbox import story
from tests.commands.chain import down, runners, status, where

if TYPE_CHECKING:
    from sandbox.world import World
    from tests.commands.conftest import Asking


async def test_a_commit_that_is_built_waits_to_be_deployed(asking: Asking) -> None:
    it = await where(asking, "3f2a1b9")
    assert not isinstance(it.to_main, Unknown)
    assert not isinstance(it.built, Unknown)
    assert it.built.build is not None
    assert (it.to_main.status, it.to_main.ahead_by, it.built.build.conclusion) == ("ahead", 2, "success")
    assert {each.target.name: each.relation for each in it.there} == {"app": "not yet", "staging": "not yet"}
    assert it.image is not None


@pytest.mark.parametrize(
    ("sha", "relation"),
    [
        (story.RUNS, "this"),
        (story.MULTI_ARCH, "within"),
        (story.BUILT, "not yet"),
        (story.OFF_MAIN, "not yet"),
    ],
)
async def test_where_a_commit_stands_to_what_runs(asking: Asking, sha: str, relation: str) -> None:
    assert {each.relation for each in (await where(asking, sha)).there} == {relation}


async def test_an_operation_that_is_to_bring_a_commit_is_told(asking: Asking) -> None:
    begun = await asking("deploy 3f2a1b9")
    assert isinstance(begun, Started)
    app, staging = (await where(asking, story.BUILT)).there
    assert app.tried is not None
    assert (app.tried.operation, app.tried.outcome, staging.tried) == (begun.operation, None, None)
    assert [each.tried for each in (await where(asking, story.BUILDING)).there] == [None, None]


async def test_a_build_under_way_says_its_step_and_what_is_left(asking: Asking) -> None:
    it = await where(asking, "9c41d07")
    assert not isinstance(it.built, Unknown)
    assert it.built.step is not None
    assert it.built.step[1].name == "Build and push"
    assert it.built.left is not None
    assert 6 * story.MINUTE < it.built.left.p50 <= it.built.left.p90 < 20 * story.MINUTE
    assert it.image is None


async def test_a_failed_build_says_at_which_step(asking: Asking) -> None:
    it = await where(asking, "77be0f2")
    assert not isinstance(it.built, Unknown)
    assert it.built.failing is not None
    assert it.built.failing.step is not None
    assert it.built.failing.step.name == "Build and push"


async def test_a_commit_of_docs_alone_has_no_build_to_wait_for(asking: Asking) -> None:
    it = await where(asking, "b7d0c5e")
    assert not isinstance(it.built, Unknown)
    assert it.built.build is None
    assert it.built.unbuilt == Unbuilt("changed only files that build.yml leaves out (docs/**, *.md)")


async def test_a_build_that_waits_names_the_runner_that_is_stuck(asking: Asking, outside: World) -> None:
    outside.clock.skip(30 * story.MINUTE)
    outside.github.runs.stuck = True
    pushed = outside.github.push("Sum VAT twice")
    outside.github.runs.all[-1].newest.created = -10 * story.MINUTE
    it = await where(asking, pushed.sha[:12])
    assert not isinstance(it.built, Unknown)
    assert it.built.build is not None
    assert (it.built.build.status, it.built.stuck) == ("queued", "fiskai-vps-x86")
    assert it.built.waited >= 10 * story.MINUTE
    seen = await runners(asking)
    assert not isinstance(seen.runners, Unknown)
    assert [each.stuck for each in seen.runners] == [True]
    assert (await status(asking)).runners.runners == seen.runners


@pytest.mark.parametrize("ref", [story.UNKNOWN, story.AMBIGUOUS])
async def test_an_unknown_commit_is_refused(asking: Asking, ref: str) -> None:
    with pytest.raises(errors.CommitNotFound):
        await where(asking, ref)


async def test_silent_systems_leave_gaps_in_a_journey(asking: Asking, outside: World) -> None:
    down(outside.coolify, outside.registry)
    it = await where(asking, "3f2a1b9")
    assert isinstance(it.image, Unknown)
    assert {(each.running.sha, each.running.tag, each.running.source) for each in it.there} == {
        ("", None, "host")
    }
    assert {each.relation for each in it.there} == {"unknown"}
