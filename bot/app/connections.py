"""The connections to fisk's HTTP server: so many at most, and so long until a request's headers are there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import cast

from aiohttp import web

MOST = 256
HEADERS_WITHIN = 10.0  # seconds, from the first byte; of a new connection from its beginning


class Connections:
    """Those that are open, the one that was silent for longest first."""

    def __init__(self, most: int = MOST, headers_within: float = HEADERS_WITHIN) -> None:
        self._most = most
        self.headers_within = headers_within
        self._open: dict[asyncio.Protocol, Connection] = {}

    def __len__(self) -> int:
        return len(self._open)

    def add(self, inner: asyncio.Protocol, connection: Connection) -> None:
        """Make room by closing the one that was silent for longest: whoever asks has just said something."""
        if len(self._open) >= self._most:
            next(iter(self._open.values())).close()
        self._open[inner] = connection

    def touch(self, inner: asyncio.Protocol) -> None:
        if (connection := self._open.pop(inner, None)) is not None:
            self._open[inner] = connection

    def drop(self, inner: asyncio.Protocol) -> None:
        self._open.pop(inner, None)

    @web.middleware
    async def middleware(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Handle a request, whose headers are there by now."""
        connection = self._open.get(request.protocol)
        if connection is None:
            return await handler(request)
        connection.serve()
        try:
            return await handler(request)
        finally:
            connection.rest()


class Connection(asyncio.Protocol):
    """One connection; what aiohttp does with it is `inner`."""

    def __init__(self, inner: asyncio.Protocol, connections: Connections) -> None:
        self._inner = inner
        self._connections = connections
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.TimerHandle | None = None
        self._serving = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass
        self._connections.add(self._inner, self)
        self._wait()
        self._inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        self._connections.touch(self._inner)
        if self._waiting is None and not self._serving:
            self._wait()
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.drop(self._inner)
        self._cancel()
        self._inner.connection_lost(exc)

    def close(self) -> None:
        """Close it at once, without what it may have to say."""
        self._connections.drop(self._inner)
        if self._transport is not None:
            self._transport.abort()

    def serve(self) -> None:
        self._serving = True
        self._cancel()

    def rest(self) -> None:
        self._serving = False

    def _wait(self) -> None:
        loop = asyncio.get_running_loop()
        self._waiting = loop.call_later(self._connections.headers_within, self.close)

    def _cancel(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
