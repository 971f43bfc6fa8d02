"""Waiting until BuildKit answers builders, however it was started."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from deploy.buildkit.errors import BuildKitEnds, BuildKitGone, BuildKitSilent
from deploy.core import errors
from deploy.core.ask import Unknown, ask, known
from deploy.core.values import dataclass

if TYPE_CHECKING:
    from deploy.engine.engine import Op
    from deploy.systems.buildkit import BuildKit
    from deploy.world import World

T = TypeVar("T")
LOOK_EVERY = 0.1  # seconds; a probe takes a few milliseconds
INSPECT_EVERY = 1.0  # seconds between two inspections of the container
CRASHES = 3  # automatic restarts that count as a crash loop
TOLD_WITHIN = 30.0  # seconds for an inspection of the container
LAST_WORDS = 5  # lines of the log
PASSING = (
    errors.ConnectionLost,
    errors.CommandTimedOut,
    errors.HostTimedOut,
    errors.HostRefused,
    errors.HostUnreachable,
)


@dataclass(frozen=True, slots=True)
class Ready:
    """When BuildKit answered, in seconds since the epoch, and what its workers build for."""

    at: float
    platforms: tuple[str, ...]
    note: str


async def ready(world: World, op: Op, buildkit: BuildKit) -> Ready:
    """Wait until its port answers from here and its workers are listed.

    Raises:
        BuildKitSilent: it did not answer in time.
        BuildKitEnds, BuildKitGone: its container ended, or does not exist.
    """
    begun = looked = time.monotonic()
    while True:
        why = await _why_not(buildkit)
        if not isinstance(why, str):
            return why
        if time.monotonic() - begun > world.timeouts.buildkit_within:
            seconds = world.timeouts.buildkit_within
            raise BuildKitSilent(host=buildkit.spec.host, seconds=seconds, why=why.rstrip("."))
        if time.monotonic() - looked > INSPECT_EVERY:
            looked = time.monotonic()
            await _still_there(buildkit)
        await op.report(why)
        await op.pause(LOOK_EVERY)


async def _why_not(buildkit: BuildKit) -> Ready | str:
    try:
        answer = await buildkit.answer()
    except errors.HostFailure as failure:
        return str(failure)
    note = f"answers for {', '.join(answer.platforms)}"
    return answer.why or Ready(time.time(), answer.platforms, note)


async def _still_there(buildkit: BuildKit) -> None:
    container = await ask(buildkit.spec.host, buildkit.container(), TOLD_WITHIN)
    if isinstance(container, Unknown):
        return
    if container is None:
        raise BuildKitGone(container=buildkit.spec.container, host=buildkit.spec.host)
    if container.restarts >= CRASHES or container.state in {"exited", "dead"}:
        line = await last_words(buildkit)
        raise BuildKitEnds(host=buildkit.spec.host, line=line)


async def last_words(buildkit: BuildKit) -> str:
    """The last line of its log."""
    log = known(await ask(buildkit.spec.host, buildkit.logs(LAST_WORDS), TOLD_WITHIN)) or ""
    lines = log.strip().splitlines()
    return lines[-1].strip().rstrip(".") if lines else "it says nothing"


async def insist(world: World, op: Op, act: Callable[[], Awaitable[T]]) -> T:
    """Run an idempotent act, and retry it while the connection fails.

    Raises:
        errors.HostFailure: the host refuses it, or cannot be reached within the time limit.
    """
    deadline = time.monotonic() + world.timeouts.buildkit_within
    while True:
        try:
            return await act()
        except PASSING as failure:
            if time.monotonic() > deadline:
                raise
            await op.report(str(failure))
        await op.pause(min(1.0, world.timeouts.poll))
