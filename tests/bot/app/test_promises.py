"""At its start a bot says in its log what is not promised with this Redis or Valkey."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.app.run import serving
from tests.bot.conversation import a_client, settings

if TYPE_CHECKING:
    import pytest

    from deploy.redis.connect import State
    from sandbox.slack import Slack


async def told_at_the_start(slack: Slack, url: str, caplog: pytest.LogCaptureFixture) -> list[str]:
    async with a_client(slack) as client, serving(settings(slack, url), client):
        facts = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    return [each["told"] for each in facts if each["event"] == "the memory promises less"]


async def test_nothing_where_all_is_kept(
    slack: Slack, valkey_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert await told_at_the_start(slack, valkey_url, caplog) == []


async def test_what_is_not_promised_and_what_to_do(
    slack: Slack, valkey_url: str, state: State, caplog: pytest.LogCaptureFixture
) -> None:
    await state.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    try:
        (told,) = await told_at_the_start(slack, valkey_url, caplog)
        assert told == (
            "maxmemory-policy allkeys-lru, so it is not promised that no lock is evicted, which would let two "
            "deploys run. Set `maxmemory-policy noeviction`."
        )
    finally:
        await state.ask("CONFIG", "SET", "maxmemory-policy", "noeviction")
