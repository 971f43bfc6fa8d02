"""The rules about fisk's own memory, each broken by a real change of its settings."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.deploy.doctor.conftest import Patient

MEMORY = {"fisk.memory-persists", "fisk.memory-keeps", "fisk.memory-replicas"}
GOOD = {"appendonly": "yes", "maxmemory-policy": "noeviction", "appendfsync": "always"}
BAD = {
    ("appendonly", "no"): (
        "fisk.memory-persists",
        "its append-only file is off",
        "Set `appendonly yes` and `appendfsync always` in its configuration.",
    ),
    ("appendfsync", "everysec"): (
        "fisk.memory-persists",
        "its append-only file is on, but appendfsync is everysec",
        "Set `appendfsync always`.",
    ),
    ("maxmemory-policy", "allkeys-lru"): (
        "fisk.memory-keeps",
        "maxmemory-policy allkeys-lru",
        "Set `maxmemory-policy noeviction`.",
    ),
}


@pytest.fixture
async def configure(patient: Patient) -> AsyncIterator[Callable[[str, str], Awaitable[object]]]:
    """Configure the Valkey behind the patient, which others use as it was afterwards."""
    state = patient.parts.state
    yield lambda name, value: state.ask("CONFIG", "SET", name, value)
    for name, value in GOOD.items():
        await state.ask("CONFIG", "SET", name, value)


async def broken(patient: Patient) -> list[tuple[str, str, str]]:
    return [(each.id, each.evidence, each.fix) for each in (await patient.look()).of("broken")]


@pytest.mark.parametrize("setting", BAD, ids=" ".join)
async def test_a_memory_that_forgets_is_found(
    patient: Patient, configure: Callable[[str, str], Awaitable[object]], setting: tuple[str, str]
) -> None:
    await configure(*setting)
    assert await broken(patient) == [BAD[setting]]


async def test_replicas_that_are_asked_for_and_missing_are_found(patient: Patient) -> None:
    patient.parts.state.servers._replicas = 1
    assert await broken(patient) == [
        (
            "fisk.memory-replicas",
            "0 of 1 replicas follow it",
            "Bring the replicas back; where one is gone for good, set FISK_REDIS_REPLICAS.",
        )
    ]
