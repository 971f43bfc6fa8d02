"""Fixtures: a world whose clock is stopped until a test advances it, and clients of its parts."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from sandbox.world import World
from tests.sandbox import github as hub
from tests.sandbox.asking import Asking, bearer
from tests.sandbox.coolify import Asker


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World(speed=0, deploy_seconds=0.2) as world:
        yield world


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=5) as client:
        yield client


@pytest.fixture
def github(world: World, client: httpx.AsyncClient) -> Asking:
    return Asking(client, world.github.url, "github", bearer(world.github.token), hub.DIFFERENCES)


@pytest.fixture
def coolify(world: World, client: httpx.AsyncClient) -> Asker:
    return Asker(world, client, world.coolify_token, world.coolify.apps["app"])
