"""A state over the session's real Valkey, and operations to put into it."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import pytest

from deploy import errors
from deploy.model import Actor, Operation, Origin
from deploy.state.connect import State, connect
from deploy.state.journal import Journal
from tests.deploy.state.relay import Relay
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

ANA = Actor("U1", "ana", frozenset({"S1"}))
MARKO = Actor("U2", "marko")
HERE = Origin("slack", "C1", "1.2", "T1")
_numbers = itertools.count(1)
Opened = Callable[..., Awaitable[State]]


def an_operation(
    *resources: str, kind: str = "deploy", id_: str = "", created: float = 1_700_000_000.0
) -> Operation:
    return Operation(
        id=id_ or f"d-{next(_numbers)}",
        kind=kind,
        actor=ANA,
        origin=HERE,
        arguments={"sha": "3f2a1b9", "target": "app"},
        resources=resources or ("app:app",),
        created=created,
        decided="deployers",
    )


@pytest.fixture
async def state(valkey_url: str, tmp_path: Path) -> AsyncIterator[State]:
    state = await connect(valkey_url, tmp_path)
    yield state
    await state.aclose()


@pytest.fixture
async def relay(valkey_url: str, tmp_path: Path) -> AsyncIterator[Relay]:
    async with Relay(valkey_url.removeprefix("unix://"), str(tmp_path / "relay")).open() as relay:
        yield relay


@pytest.fixture
async def far(relay: Relay, tmp_path: Path) -> AsyncIterator[State]:
    """The state by way of the relay, where answers get lost."""
    state = await connect(relay.url, tmp_path)
    yield state
    await state.aclose()


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Opened]:
    """Open the embedded server of a folder, by default the test's own; in the end nobody uses it any more."""
    states: list[State] = []

    async def open_(folder: Path = tmp_path) -> State:
        states.append(await connect("", folder))
        return states[-1]

    yield open_
    for state in states:
        await state.aclose()


@pytest.fixture
def journal(state: State) -> Journal:
    return Journal(state, lease=5.0)


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
