"""What Coolify wrote of an operation's deployment, around the line at which it failed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from deploy.core.model import Deployment
from deploy.core.units import cut
from deploy.core.values import dataclass
from deploy.logs.tail import WIDTH, Line, readable
from deploy.redis import codec
from deploy.systems.coolify.cause import failing_line

if TYPE_CHECKING:
    from deploy.core.coolify_model import LogLine
    from deploy.engine.snapshot import Snapshot
    from deploy.world import World

TRIGGERED = "trigger"  # the step whose result is the deployment
BEFORE, AFTER = 20, 10  # lines shown around the failing one
PRINTED = 50  # lines of the application's own


@dataclass(frozen=True, slots=True)
class DeploymentLog:
    """`lines` of its `total` are around its failure, or the last ones; both without secrets, oldest first.

    `printed`: what the app printed before its container was taken away; `withheld`: there is some, and it was not to
    be read.
    """

    status: str
    lines: tuple[Line, ...]
    total: int
    printed: tuple[Line, ...] = ()
    withheld: bool = False


def deployment_of(snapshot: Snapshot) -> str:
    """The id of the deployment that an operation asked Coolify for; empty where it asked for none."""
    result = snapshot.results.get(TRIGGERED, "")
    try:
        found = codec.load(Deployment, result) if result else None
    except codec.Unreadable:  # another version's
        return ""
    return "" if found is None or found.did else found.uuid


async def deployment_log(world: World, deployment: str, *, printed: bool) -> DeploymentLog | None:
    """Its log, with what the app itself printed if that may be read; None where Coolify has it no longer.

    Raises:
        SystemFailure: Coolify does not answer.
    """
    found = await world.systems.coolify.deployment(deployment)
    if found is None:
        return None
    lines = tuple(Line(0, cut(line.text.rstrip(), WIDTH)) for line in _around(found.logs))
    withheld = found.printed and not printed
    own = await _printed(world, deployment) if found.printed and printed else ()
    return DeploymentLog(found.status, lines, len(found.logs), own, withheld)


def _around(logs: Sequence[LogLine]) -> Sequence[LogLine]:
    at = failing_line(logs) or len(logs)
    return logs[max(0, at - BEFORE) : at + AFTER]


async def _printed(world: World, deployment: str) -> tuple[Line, ...]:
    texts = await world.systems.coolify.printed(deployment)
    return await asyncio.to_thread(readable, texts, PRINTED)
