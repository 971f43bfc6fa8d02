"""A sandbox with a bot for each test, or one for a module whose tests change nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.acceptance.show import Show


@pytest.fixture
async def show() -> AsyncIterator[Show]:
    async with Show() as show:
        yield show


@pytest.fixture
async def alone() -> AsyncIterator[Show]:
    """The world, and no bot."""
    show = Show()
    await show.start(bots=0)
    yield show
    await show.stop()
