"""Workers and app, which one operation deploys."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from sandbox.world import World
from tests.deploy.play import Play
from tests.sandbox.workers import Workers

if TYPE_CHECKING:
    from deploy.redis.connect import State


@pytest.fixture
async def play(state: State) -> AsyncIterator[Play]:
    async with World(speed=0, deploy_seconds=0.2, workers=True) as outside:
        outside.coolify.access.per_minute = 100_000
        play = Play(outside, state)
        yield play
        await play.close()


@pytest.fixture
def workers(play: Play) -> Workers:
    return Workers(play.outside)
