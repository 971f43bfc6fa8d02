"""Whether a port takes connections at all: for one that is to be closed."""

from __future__ import annotations

import asyncio


async def connects(address: str, port: int, within: float = 3.0) -> bool:
    """Whether somebody takes a TCP connection there; refused, unreachable and silent are all no."""
    try:
        async with asyncio.timeout(within):
            _, writer = await asyncio.open_connection(address, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
