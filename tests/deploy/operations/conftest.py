"""Engines over the session's real Valkey; the state's own fixtures serve here too."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

import pytest

from deploy.operations.engine import Engine, Story
from deploy.state.journal import Journal, Snapshot
from sandbox.world import World
from tests.deploy.state.conftest import journal, opened, state
from tests.waiting import until

if TYPE_CHECKING:
    from deploy.events import Event
    from deploy.state.connect import State
    from tests.deploy.operations.play import Play

__all__ = ["journal", "opened", "state", "until"]

MakeEngine = Callable[..., Engine]
LEASE = 0.5


@pytest.fixture
async def engines(state: State) -> AsyncIterator[MakeEngine]:
    """Make engines; each is drained at the end."""
    made: list[Engine] = []

    def make(story: Story, runner: str = "r1", lease: float = 5.0, **options: object) -> Engine:
        engine = Engine(Journal(state, lease=lease), {"deploy": story}, runner, **options)  # type: ignore[arg-type]
        made.append(engine)
        return engine

    yield make
    for engine in made:
        await engine.drain(0)


@pytest.fixture
async def outside() -> AsyncIterator[World]:
    """The sandbox's world, in a hurry; time in it stands still until a test moves it."""
    async with World(speed=0, deploy_seconds=0.2) as world:
        world.coolify.access.per_minute = 100_000
        yield world


@pytest.fixture
async def play(outside: World, state: State) -> AsyncIterator[Play]:
    from tests.deploy.operations.play import Play  # noqa: PLC0415 (it needs what stands here)

    play = Play(outside, state)
    yield play
    await play.close()


async def ended(journal: Journal, operation: str) -> Snapshot:
    """The operation when it is over."""
    async for _ in journal.follow(operation):
        pass
    return await journal.load(operation)


async def events(journal: Journal, operation: str) -> list[Event]:
    return [event async for _, event in journal.follow(operation)]
