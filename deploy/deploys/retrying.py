"""Trying again after faults that pass."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from deploy.core import errors

if TYPE_CHECKING:
    from deploy.core.errors import SystemFailure
    from deploy.engine.engine import Op
    from deploy.world import World

T = TypeVar("T")
PASSING = (
    errors.RateLimited,
    errors.ServerFault,
    errors.TimedOut,
    errors.Unreachable,
    errors.CommandTimedOut,
    errors.ComposeBusy,
    errors.ConnectionLost,
    errors.HostTimedOut,
    errors.HostUnreachable,
)


async def persistently(world: World, op: Op, act: Callable[[], Awaitable[T]]) -> T:
    """The result of `act`, which is tried again after each fault that passes, for as long as a deploy may take.

    Between two attempts it waits as long as the system asks for. Raises the last fault where time is up, and every
    other error at once.
    """
    deadline = time.monotonic() + world.timeouts.deploy_within
    while True:
        try:
            return await act()
        except PASSING as fault:
            left = deadline - time.monotonic()
            if left <= 0:
                raise
            await wait(world, op, fault, at_most=left)


async def wait(world: World, op: Op, fault: SystemFailure, *, at_most: float = float("inf")) -> None:
    """Report a fault, and pause as long as the system asks for, or until the next poll."""
    pause = min(max(fault.retry_after or 0, world.timeouts.poll), at_most)
    again = f" Tried again in {pause:.0f} s." if fault.retry_after else ""
    await op.report(f"{fault}{again}")
    await op.pause(pause)
