"""GitHub's stand-in: what a push of several commits builds, what its messages skip, and what other events push.

The contract document used here lacks the list of pushes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import httpx
import pytest

from sandbox import story
from sandbox.github.contents import FOLDER
from tests.sandbox.asking import bearer
from tests.sandbox.github import REPO

if TYPE_CHECKING:
    from sandbox.world import World


@pytest.fixture
async def ask(world: World) -> AsyncIterator[httpx.AsyncClient]:
    headers = bearer(world.github.token)
    async with httpx.AsyncClient(base_url=world.github.url + REPO, headers=headers) as client:
        yield client


async def test_only_the_last_commit_of_a_push_is_built(world: World, ask: httpx.AsyncClient) -> None:
    before = world.github.history.heads["main"]
    last = world.github.push("Sum VAT twice", earlier=2)
    listed = (await ask.get("/activity?ref=refs/heads/main")).json()
    newest = [(each["before"], each["after"], each["activity_type"]) for each in listed[:2]]
    assert newest[0] == (before, last.sha, "push")
    assert newest[1][1] == story.BUILDING
    commits = {one.sha for one in world.github.history.ancestors(last)[:3]}
    assert [run.commit.sha for run in world.github.runs.all if run.commit.sha in commits] == [last.sha]


@pytest.mark.parametrize("marker", story.SKIPS)
async def test_a_message_may_keep_a_push_from_being_built(world: World, marker: str) -> None:
    runs = len(world.github.runs.all)
    world.github.push(f"Sum VAT twice {marker}")
    assert len(world.github.runs.all) == runs


async def test_a_scheduled_run_pushes_no_image(world: World) -> None:
    pushed = world.github.push("Sum VAT twice", built=None)
    for event in ("schedule", "workflow_dispatch"):
        world.github.runs.add(pushed, event, story.ANA, story.Built(minutes=1))
        world.clock.skip(60 * story.MINUTE)
        world.registry.before()
        there = world.registry.find(story.IMAGE, pushed.sha) is not None
        assert there is (event == "workflow_dispatch")


async def test_a_file_may_differ_from_commit_to_commit(world: World, ask: httpx.AsyncClient) -> None:
    path = f"{FOLDER}/{story.WORKFLOW}"
    world.github.contents.at[story.BUILT, path] = "on: push\n"
    world.github.contents.at[story.SICK, path] = None
    sizes = [
        (await ask.get(f"/contents/{path}", params={"ref": ref})).json().get("size")
        for ref in (story.BUILT, story.SICK)
    ]
    assert sizes == [len("on: push\n"), None]
