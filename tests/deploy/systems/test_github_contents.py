"""Files of the repository, and the token's write permissions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deploy.core.errors import MissingAbility, NotThere, Unexpected
from deploy.systems.github import GitHub
from sandbox import story
from sandbox.github.contents import CI
from tests.deploy.systems.played_transport import PlayedTransport, say

if TYPE_CHECKING:
    from sandbox.world import World
    from tests.deploy.systems.conftest import Clients

FOLDER = ".github/workflows"


async def test_the_files_of_a_folder_are_named_and_read(clients: Clients) -> None:
    github = clients.github()
    assert await github.files(FOLDER) == tuple(
        f"{FOLDER}/{name}" for name in ("build.yml", "ci.yml", "worker.yml")
    )
    assert await github.text(f"{FOLDER}/ci.yml") == CI


async def test_a_folder_that_is_not_there_has_no_files(clients: Clients) -> None:
    assert await clients.github().files(".github/nothing") == ()


async def test_a_file_that_is_not_there_is_named(clients: Clients) -> None:
    with pytest.raises(NotThere, match=r"GitHub has no \.github/x\.yml on main\."):
        await clients.github().text(".github/x.yml")


async def test_unchanged_files_cost_no_call(clients: Clients, world: World) -> None:
    github = clients.github()
    await github.text(f"{FOLDER}/ci.yml")
    used = world.github.allowance.window(world.github.token).used
    assert await github.text(f"{FOLDER}/ci.yml") == CI
    assert world.github.allowance.window(world.github.token).used == used


async def test_a_file_that_is_too_large_comes_without_its_text(clients: Clients, world: World) -> None:
    world.github.contents.too_large.add(f"{FOLDER}/ci.yml")
    with pytest.raises(Unexpected, match="comes without its text"):
        await clients.github().text(f"{FOLDER}/ci.yml")


async def test_a_token_that_may_not_read_is_told_so(clients: Clients, world: World) -> None:
    world.github.allowance.denied.add("contents")
    with pytest.raises(MissingAbility, match="Resource not accessible"):
        await clients.github().files(FOLDER)


@pytest.mark.parametrize(
    "answer", [{"encoding": "base64", "content": "a"}, {"encoding": "base64", "content": 7}, {}, []]
)
async def test_a_strange_answer_is_said_to_be_one(answer: object) -> None:
    with pytest.raises(Unexpected):
        await GitHub(PlayedTransport(say(200, answer)).http("GitHub"), story.REPOSITORY).text("x")


async def test_whether_it_may_deploy_is_found_out_without_deploying(clients: Clients, world: World) -> None:
    assert await clients.github().may_deploy()
    world.github.allowance.denied.add("deployments")
    assert not await clients.github().may_deploy()
    assert world.github.deployments.all == []


@pytest.mark.parametrize("missing", ["denied", "hidden"])
async def test_whether_it_may_act_is_found_out_without_starting_a_build(
    clients: Clients, world: World, missing: str
) -> None:
    runs = len(world.github.runs.all)
    assert await clients.github().may_act(story.WORKFLOW)
    getattr(world.github.allowance, missing).add("actions: write")
    assert not await clients.github().may_act(story.WORKFLOW)
    assert len(world.github.runs.all) == runs
