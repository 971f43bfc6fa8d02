"""What real servers tell of themselves, and what fisk makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.core.ask import Unknown
from deploy.redis import promises
from deploy.redis.connect import connect
from deploy.redis.promises import ServerSettings
from tests.keys import SEAL
from tests.real.sentinel import guarded
from tests.real.servers import HOME, server

pytestmark = pytest.mark.debian("redis-server", "redis-sentinel")
LASTING = ("appendonly yes", "appendfsync always", "maxmemory-policy noeviction")
CAREFUL = (*LASTING, "min-replicas-to-write 1", "min-replicas-max-lag 2")


async def told_at(url: str, folder: Path, replicas: int | None = None) -> ServerSettings:
    state = await connect(url, folder, seal=SEAL, replicas=replicas)
    try:
        return await promises.server_settings(state)
    finally:
        await state.aclose()


async def test_two_replicas_under_sentinel_are_counted_and_their_settings_read(tmp_path: Path) -> None:
    async with guarded(tmp_path, replicas=2, server=CAREFUL) as servers:
        told = await told_at(servers.url(), tmp_path)
        assert told == ServerSettings(
            appends=True,
            writes_well=True,
            policy="noeviction",
            replicas=2,
            wanted=2,
            could=2,
            sentinel=True,
            config={
                "appendfsync": "always",
                "min-replicas-to-write": "1",
                "min-replicas-max-lag": "2",
            },
        )
        assert list(promises.findings(told)) == []
        fewer = await told_at(servers.url(), tmp_path, replicas=1)
        assert [each.told for each in promises.findings(fewer)] == [
            "FISK_REDIS_REPLICAS is 1, and 2 replicas could take over"
        ]


async def test_a_server_as_debian_installs_it_promises_less(tmp_path: Path) -> None:
    async with server(tmp_path) as port:
        told = await told_at(f"redis://{HOME}:{port}", tmp_path)
    assert [each.told for each in promises.findings(told)] == ["its append-only file is off"]


async def test_a_user_without_the_right_to_look_is_told_what_is_not_known(tmp_path: Path) -> None:
    user = "user fisk on >p4ss ~{fisk}:* +@all -@dangerous +info"
    async with server(tmp_path, *LASTING, user) as port:
        told = await told_at(f"redis://fisk:p4ss@{HOME}:{port}", tmp_path)
    assert told.config == Unknown("fisk's user may not use CONFIG GET")


async def test_a_server_without_that_command_is_told_what_is_not_known(tmp_path: Path) -> None:
    """As managed services are."""
    async with server(tmp_path, *LASTING, 'rename-command CONFIG ""') as port:
        told = await told_at(f"redis://{HOME}:{port}", tmp_path)
        assert told.config == Unknown("the server does not take CONFIG GET")
