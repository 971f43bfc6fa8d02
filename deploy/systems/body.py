"""The body of an HTTP answer, unpacked while it is read, so that a few packed bytes never become gigabytes."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import httpx

from deploy.core.errors import Unexpected

if TYPE_CHECKING:
    from deploy.systems.error_mapping import Question

ACCEPTED = "gzip"
NAMES = frozenset({ACCEPTED, "x-gzip"})
GZIP = zlib.MAX_WBITS | 16
PIECE = 2**18  # bytes that are unpacked before others get the event loop


async def read_body(response: httpx.Response, asked: Question) -> bytes:
    """The body of a streamed answer, of which one layer of gzip is taken off.

    Raises:
        Unexpected: it is longer than `asked.most`, packed or not; or packed as fisk did not ask for.
        httpx.DecodingError: it is no gzip, or ends too early.
    """
    packed = _within(response.aiter_raw(), asked)
    return b"".join([piece async for piece in _within(_unpacked(packed, _is_gzip(response, asked)), asked)])


def _is_gzip(response: httpx.Response, asked: Question) -> bool:
    names = response.headers.get("Content-Encoding", "").lower().split(",")
    layers = [name.strip() for name in names if name.strip() not in {"", "identity"}]
    if len(layers) > 1 or not NAMES.issuperset(layers):
        raise Unexpected(why="its answer is packed in a way that fisk did not ask for", system=asked.system)
    return bool(layers)


async def _within(pieces: AsyncIterator[bytes], asked: Question) -> AsyncIterator[bytes]:
    size = 0
    async for piece in pieces:
        size += len(piece)
        if size > asked.most:
            raise Unexpected(why=f"its answer is longer than {asked.most // 2**20} MB", system=asked.system)
        yield piece


async def _unpacked(pieces: AsyncIterator[bytes], gzip: bool) -> AsyncIterator[bytes]:  # noqa: FBT001
    unpack, some = zlib.decompressobj(GZIP), False
    async for piece in pieces:
        if not gzip:
            yield piece
            continue
        some, packed = True, piece
        while packed and not unpack.eof:
            yield _piece(unpack, packed)
            packed = unpack.unconsumed_tail
            await asyncio.sleep(0)
    if some and not unpack.eof:
        raise httpx.DecodingError("")


def _piece(unpack: zlib._Decompress, packed: bytes) -> bytes:
    try:
        return unpack.decompress(packed, PIECE)
    except zlib.error:
        raise httpx.DecodingError("") from None
