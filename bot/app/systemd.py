"""What systemd is told: that fisk serves, that its event loop still turns, and that it stops (sd_notify(3))."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from deploy.core.cancelling import end

READY, STOPPING, ALIVE = "READY=1", "STOPPING=1", "WATCHDOG=1"
BEATS = 3  # signs of life within the time after which systemd restarts a bot that gives none


def notify(state: str) -> None:
    """Tell the service manager; without one, or where it does not listen, nobody is told."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as there:
        there.sendto(state.encode(), address.replace("@", "\0", 1) if address[0] == "@" else address)


@asynccontextmanager
async def watched() -> AsyncIterator[None]:
    """Give signs of life during the block, from the event loop itself: while that hangs, there are none."""
    beating = asyncio.create_task(_beat(seconds / BEATS)) if (seconds := _watchdog()) else None
    try:
        yield
    finally:
        await end([beating] if beating else [])


async def _beat(every: float) -> None:
    while True:
        notify(ALIVE)
        await asyncio.sleep(every)


def _watchdog() -> float:
    """Seconds without a sign of life after which this process is restarted; 0 where nobody waits for one."""
    mine = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    micros = os.environ.get("WATCHDOG_USEC", "")
    return int(micros) / 1e6 if mine and micros.isdecimal() else 0
