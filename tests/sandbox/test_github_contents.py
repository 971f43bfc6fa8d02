"""The repository's files, and restricted tokens. The contract document used here lacks contents."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from sandbox.github.contents import CI, FOLDER
from tests.sandbox.asking import bearer
from tests.sandbox.github import REPO

if TYPE_CHECKING:
    from sandbox.world import World


@pytest.fixture
async def ask(world: World) -> AsyncIterator[httpx.AsyncClient]:
    headers = bearer(world.github.token)
    async with httpx.AsyncClient(base_url=world.github.url + REPO, headers=headers) as client:
        yield client


async def test_a_folder_is_a_list_without_texts(ask: httpx.AsyncClient) -> None:
    listed: list[dict[str, Any]] = (await ask.get(f"/contents/{FOLDER}")).json()
    assert [each["name"] for each in listed] == ["build.yml", "ci.yml", "worker.yml"]
    assert all(each["type"] == "file" and "content" not in each for each in listed)


async def test_a_file_is_base64_in_lines(ask: httpx.AsyncClient) -> None:
    file = (await ask.get(f"/contents/{FOLDER}/ci.yml?ref=main")).json()
    assert (file["encoding"], file["size"]) == ("base64", len(CI))
    assert max(len(line) for line in file["content"].splitlines()) == 60
    assert b64decode(file["content"]).decode() == CI


async def test_what_is_not_there_is_not_found(ask: httpx.AsyncClient) -> None:
    assert (await ask.get("/contents/.github/none")).status_code == 404


async def test_a_workflow_can_be_changed_where_it_says_so(world: World, ask: httpx.AsyncClient) -> None:
    world.github.contents.change("npm test", "npm run check", "ci.yml")
    assert b"npm run check" in b64decode((await ask.get(f"/contents/{FOLDER}/ci.yml")).json()["content"])
    with pytest.raises(LookupError, match="pip"):
        world.github.contents.change("pip", "uv")


@pytest.mark.parametrize("right", ["contents", "actions", "deployments"])
async def test_a_right_that_is_missing_is_noticed_before_what_is_asked_is_looked_at(
    world: World, ask: httpx.AsyncClient, right: str
) -> None:
    world.github.allowance.denied.add(right)
    answers = {
        "contents": (await ask.get("/contents/none")).status_code,
        "actions": (await ask.get("/actions/runs/1")).status_code,
        "deployments": (await ask.post("/deployments", json={})).status_code,
    }
    usual = {"contents": 404, "actions": 404, "deployments": 422}
    assert answers == {**usual, right: 403}
    assert (await ask.get("/deployments")).status_code == 200  # reading them is another right
