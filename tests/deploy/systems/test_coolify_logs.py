"""Coolify's logs: of a deployment, and of an application's container."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from deploy.core.errors import NotThere, Rejected
from deploy.core.model import LogLine
from sandbox.printed import Line
from sandbox.world import APP_UUID, World

if TYPE_CHECKING:
    from tests.deploy.systems.conftest import Clients


async def test_while_a_long_log_is_read_others_are_served(
    clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = 0
    line = {
        "command": None,
        "output": "npm ci",
        "type": "stdout",
        "timestamp": "",
        "hidden": False,
        "batch": 1,
    }

    async def serve() -> None:
        nonlocal served
        while True:
            served += 1
            await asyncio.sleep(0)

    async def long(_: str) -> dict[str, str]:
        return {"deployment_uuid": "d1", "status": "failed", "logs": json.dumps([line] * 30_000)}

    coolify = clients.coolify()
    monkeypatch.setattr(coolify, "_deployment", long)
    serving = asyncio.create_task(serve())
    found = await coolify.deployment("d1")
    serving.cancel()
    assert found is not None
    assert found.logs == (LogLine("npm ci"),) * 30_000
    assert served > 100, "the loop went on, again and again"


async def test_of_a_container_the_last_lines_with_their_times(clients: Clients, world: World) -> None:
    world.host.running["app"].logs.extend([Line(1_780_000_000, "one"), Line(1_780_000_001, "two")])
    assert await clients.coolify().logs(APP_UUID, 1) == "2026-05-28T20:26:41.000000000Z two"


async def test_what_does_not_run_is_a_bad_request(clients: Clients, world: World) -> None:
    del world.host.running["app"]
    with pytest.raises(Rejected) as refusal:
        await clients.coolify().logs(APP_UUID, 1)
    assert refusal.value.status == 400


async def test_what_coolify_does_not_know_is_not_there(clients: Clients) -> None:
    with pytest.raises(NotThere):
        await clients.coolify().logs("nothing", 1)
