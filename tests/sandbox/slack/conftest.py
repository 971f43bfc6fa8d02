from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest

from sandbox.slack import Slack

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    running = Slack()
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session
