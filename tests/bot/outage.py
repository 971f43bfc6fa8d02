"""A short outage of Valkey."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from deploy.core import errors

if TYPE_CHECKING:
    import pytest


def away(monkeypatch: pytest.MonkeyPatch, part: object, method: str, times: int = 2) -> asyncio.Event:
    """Let a method of a part meet no memory that often; the event is set when it has again."""
    answers, back, left = getattr(part, method), asyncio.Event(), iter(range(times))

    async def asked(*args: object) -> object:
        if next(left, None) is not None:
            raise errors.StateUnavailable(where="the memory")
        back.set()
        return await answers(*args)

    monkeypatch.setattr(part, method, asked)
    return back
