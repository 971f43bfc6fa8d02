"""Fixtures: stores over the session's real Valkey, engines over these, and the sandbox."""

from __future__ import annotations

import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from deploy.core import errors
from deploy.core.model import Actor, Opaque, Operation, Origin, Resource
from deploy.core.outcomes import Outcome
from deploy.engine.engine import Engine
from deploy.engine.journal import Journal, Snapshot
from deploy.engine.kind import Kinds, Step
from deploy.engine.op import Op
from deploy.kinds import KINDS
from deploy.redis.connect import State, connect
from sandbox.world import World
from tests.deploy.relay import Relay
from tests.keys import KEY, SEAL
from tests.waiting import until

if TYPE_CHECKING:
    from deploy.core.events import Event
    from tests.deploy.play import Play

ANA = Actor("U1", "ana", frozenset({"S1"}))
MARKO = Actor("U2", "marko")
HERE = Origin("slack", "C1", "1.2", "T1")
_numbers = itertools.count(1)
Opened = Callable[..., Awaitable[State]]
Tale = Callable[[Op], Awaitable[Outcome]]
ASKED: dict[str, dict[str, Any]] = {
    "deploy": {"target": "app", "ref": "3f2a1b9"},
    "rollback": {"target": "app"},
    "wait": {"target": "app", "ref": "3f2a1b9"},
    "buildkit restart": {"host": "vps01"},
}


def told(story: Tale, *steps: Step) -> Kinds:
    """Deploys alone, with this story, which needs no world."""

    async def run(_world: object, op: Op) -> Outcome:
        return await story(op)

    return Kinds([replace(KINDS["deploy"], story=run, steps=steps)])


def an_operation(*resources: str, kind: str = "deploy", id_: str = "", created: float = 0) -> Operation:
    return Operation(
        id=id_ or f"d-{next(_numbers)}",
        kind=kind,
        actor=ANA,
        origin=HERE,
        arguments=KINDS[kind].arguments(**ASKED[kind]) if kind in ASKED else Opaque("{}"),
        resources=tuple(map(Resource.parse, resources or ("app:app",))),
        created=created or time.time(),
        decided="deployers",
    )


@pytest.fixture
async def state(valkey_url: str, tmp_path: Path) -> AsyncIterator[State]:
    state = await connect(valkey_url, tmp_path, seal=SEAL)
    yield state
    await state.aclose()


@pytest.fixture
async def relay(valkey_url: str, tmp_path: Path) -> AsyncIterator[Relay]:
    async with Relay(valkey_url.removeprefix("unix://"), str(tmp_path / "relay")).open() as relay:
        yield relay


@pytest.fixture
async def far(relay: Relay, tmp_path: Path) -> AsyncIterator[State]:
    """The state by way of the relay, where answers get lost."""
    state = await connect(relay.url, tmp_path, seal=SEAL)
    yield state
    await state.aclose()


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Opened]:
    """Open the embedded server of a folder, by default the test's own; in the end nobody uses it any more."""
    states: list[State] = []

    async def open_(folder: Path = tmp_path) -> State:
        states.append(await connect("", folder, seal=SEAL))
        return states[-1]

    yield open_
    for state in states:
        await state.aclose()


@pytest.fixture
def journal(state: State) -> Journal:
    return Journal(state, KINDS, lease=5.0)


async def reachable(state: State) -> None:
    """Wait until the server answers (again), started again where it died."""

    async def answers() -> bool:
        try:
            await state.revive()
            await state.ping()
        except errors.StateUnavailable:
            return False
        return True

    await until(answers)


# --- engines and the sandbox

MakeEngine = Callable[..., Engine]
LEASE = 0.5


@pytest.fixture
async def engines(state: State) -> AsyncIterator[MakeEngine]:
    """Make engines; each is drained at the end."""
    made: list[Engine] = []

    def make(story: Tale, runner: str = "r1", lease: float = 5.0, **options: object) -> Engine:
        engine = Engine(Journal(state, KINDS, lease=lease), told(story), runner, **options)  # type: ignore[arg-type]
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
        world.key = KEY.get_secret_value()
        yield world


@pytest.fixture
async def play(outside: World, state: State) -> AsyncIterator[Play]:
    from tests.deploy.play import Play  # noqa: PLC0415 (it needs what stands here)

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
