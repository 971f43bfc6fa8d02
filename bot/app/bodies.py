"""Bodies of requests from senders that are not known yet: bounded in size, time, and how many large ones there are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from http import HTTPStatus

import aiohttp
from aiohttp import web

SMALL = 2**18  # bytes; few requests are larger
LARGE_AT_ONCE = 4
BODY_WITHIN = 10.0  # seconds
BROKEN_OFF = (OSError, EOFError, aiohttp.ClientPayloadError, web.RequestPayloadError)


class Refused(Exception):
    """A request that is forged, truncated or malformed. `outcome` is its label in metrics and log."""

    def __init__(self, status: HTTPStatus, outcome: str, hint: str) -> None:
        super().__init__(hint)
        self.status = status
        self.outcome = outcome


class Bodies:
    """Reads raw bodies, of at most so many bytes."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._large = asyncio.Semaphore(LARGE_AT_ONCE)

    async def read(self, request: web.Request, see: Callable[[bytes], None] | None = None) -> bytes:
        """The raw body, of which `see` gets each piece as it comes. Raises Refused."""
        if (request.content_length or 0) > self._most:
            raise self._oversized()
        try:
            if request.content.is_eof():
                return _all_there(request, see)
            async with asyncio.timeout(BODY_WITHIN), self._room(request):
                return await self._read(request, see)
        except (TimeoutError, *BROKEN_OFF):
            raise Refused(HTTPStatus.BAD_REQUEST, "truncated", "the body did not come whole") from None

    async def _read(self, request: web.Request, see: Callable[[bytes], None] | None) -> bytes:
        body = bytearray()
        async for piece in request.content.iter_any():
            body += piece
            if len(body) > self._most:
                raise self._oversized()
            if see is not None:
                see(piece)
        return bytes(body)

    def _room(self, request: web.Request) -> AbstractAsyncContextManager[None]:
        """Limit how many large bodies are read at once, also of unknown length."""
        small = request.content_length is not None and request.content_length <= SMALL
        return nullcontext() if small else self._large

    def _oversized(self) -> Refused:
        hint = f"more than {self._most // 2**20} MB"
        return Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "oversized", hint)


def _all_there(request: web.Request, see: Callable[[bytes], None] | None) -> bytes:
    """A small body, which came with its headers, and needs no limits: most acks wait for one."""
    body = request.content.read_nowait()
    if see is not None:
        see(body)
    return body
