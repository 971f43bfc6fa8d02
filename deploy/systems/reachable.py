"""Whether a builder's port speaks HTTP/2 from where fisk runs, as BuildKit's gRPC needs it."""

from __future__ import annotations

import asyncio
import struct
from contextlib import suppress

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
EMPTY_SETTINGS = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"  # RFC 9113, section 6.5: length 0, type 4, stream 0
HEADER = 9  # bytes of a frame's header
SETTINGS = 4


async def speaks_http2(address: str, port: int, within: float = 2.0) -> str:
    """Empty where it does, else why not, as in `no answer in 2 s`. A published port may take connections while
    nobody is behind it, so only the server's own SETTINGS frame counts (RFC 9113, section 3.4).
    """
    try:
        async with asyncio.timeout(within):
            return await _greet(address, port)
    except TimeoutError:
        return f"no answer in {within:g} s"
    except ConnectionRefusedError:
        return "connection refused"
    except (OSError, asyncio.IncompleteReadError) as error:
        return getattr(error, "strerror", None) or "it closed the connection"


async def _greet(address: str, port: int) -> str:
    reader, writer = await asyncio.open_connection(address, port)
    try:
        writer.write(PREFACE + EMPTY_SETTINGS)
        await writer.drain()
        *_, kind, _flags, _stream = struct.unpack(">BHBBI", await reader.readexactly(HEADER))
        return "" if kind == SETTINGS else "it does not speak HTTP/2"
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
