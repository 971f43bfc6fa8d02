"""Builds of each repository are seen, and told for the targets that they are for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from deploy.notices.findings import find
from sandbox import story, workers_story
from sandbox.github.webhooks import of_run
from sandbox.world import World
from tests.deploy.conftest import journal, state
from tests.deploy.notices.watching import Looking
from tests.deploy.play import Play

if TYPE_CHECKING:
    from deploy.notices.policy import Notice
    from deploy.redis.connect import State

__all__ = ["journal", "state"]


@pytest.fixture
async def outside() -> AsyncIterator[World]:
    async with World(speed=0, workers=True) as outside:
        yield outside


@pytest.fixture
async def looking(outside: World, state: State) -> AsyncIterator[Looking]:
    play = Play(outside, state)
    yield Looking(play.world, state)
    await play.close()


async def told(looking: Looking) -> dict[str, Notice]:
    """A notice for each build that there is to tell of, by its commit."""
    found = {}
    for about in await looking.messages():
        build = await looking.notices.known(int(about.partition(".")[0]))
        assert build is not None
        found[build.sha] = await find(looking.world, build, await looking.world.memory.now())
    return found


async def test_a_webhook_of_the_workers_repository_is_told_for_the_workers(
    outside: World, looking: Looking
) -> None:
    workers = outside.github.workers
    run = next(run for run in workers.runs.all if run.commit.sha == workers_story.BUILT)
    body = of_run(workers.actions.payloads, run, "completed").json
    body["workflow_run"]["updated_at"] = outside.clock.iso(0)
    assert await looking.watch.hear(body, "d-1") == "news"
    (notice,) = (await told(looking)).values()
    assert notice.build.repository == workers_story.REPOSITORY
    assert notice.commit is not None
    assert notice.commit.title == "Round VAT per line in reports"
    assert [(each.target.name, each.verdict(workers_story.BUILT)) for each in notice.images] == [
        ("workers", "built")
    ]


async def test_one_of_its_images_that_is_missing_is_what_is_told(outside: World, looking: Looking) -> None:
    outside.registry.untag(workers_story.IMAGES[1], workers_story.BUILT)
    seen = looking.world.of(looking.world.targets["workers"])
    (build,) = await seen.systems.github.builds(workers_story.WORKFLOW, sha=workers_story.BUILT)
    notice = await find(looking.world, build, await looking.world.memory.now())
    assert [each.image for each in notice.images] == [None]


async def test_a_repository_that_builds_no_target_is_nobodys_business(
    outside: World, looking: Looking
) -> None:
    body = of_run(outside.github.app.actions.payloads, outside.github.runs.all[-1], "completed").json
    body["repository"] |= {"full_name": "Wandeon/elsewhere", "id": 1}
    assert await looking.watch.hear(body, "d-2") is None


async def test_a_look_asks_each_repository_for_its_workflow(outside: World, looking: Looking) -> None:
    outside.github.received.clear()
    await looking.watch.look()
    asked = [each.line for each in outside.github.received if "/actions/workflows/" in each.line]
    assert asked == [
        f"GET /repos/{story.REPOSITORY}/actions/workflows/{story.WORKFLOW}/runs",
        f"GET /repos/{workers_story.REPOSITORY}/actions/workflows/{workers_story.WORKFLOW}/runs",
    ]
