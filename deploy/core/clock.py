"""The clock that leases are measured by."""

from __future__ import annotations

import time

BOOTTIME: int | None = getattr(time, "CLOCK_BOOTTIME", None)  # Linux; macOS has none


def boottime() -> float:
    """Seconds since the machine started, those that it slept included.

    The monotonic clock stands still while a machine is suspended, and a lease does not. Where the platform has
    no other clock, it is the monotonic one.
    """
    return time.monotonic() if BOOTTIME is None else time.clock_gettime(BOOTTIME)
