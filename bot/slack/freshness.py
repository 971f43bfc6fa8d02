"""Keeps what a process decided before it slept from being sent after it woke up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

import aiohttp

from deploy.core.clock import boottime

if TYPE_CHECKING:
    from types import SimpleNamespace

FRESH = 1.0  # seconds; no operation is taken over and ended by another replica in less

_looked: ContextVar[float | None] = ContextVar("looked", default=None)


class Stale(aiohttp.ClientError):
    """What was to be sent was decided too long ago; nothing was sent."""


@contextmanager
def as_of(looked: float) -> Iterator[None]:
    """Within this block a request goes out only within FRESH seconds of this moment of `boottime`."""
    token = _looked.set(looked)
    try:
        yield
    finally:
        _looked.reset(token)


def tracing() -> aiohttp.TraceConfig:
    """Looks at the clock right before aiohttp hands a request's bytes over, when its connection stands."""
    config = aiohttp.TraceConfig()
    config.on_request_chunk_sent.append(_insist)
    return config


async def _insist(
    _session: aiohttp.ClientSession, _context: SimpleNamespace, _sent: aiohttp.TraceRequestChunkSentParams
) -> None:
    looked = _looked.get()
    if looked is not None and boottime() - looked > FRESH:
        raise Stale("decided too long ago")
