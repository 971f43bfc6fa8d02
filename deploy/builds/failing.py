"""Where and why a build failed: the job, the step, and the end of its log."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploy.builds.conclusions import BAD
from deploy.core.ask import Unknown, ask
from deploy.core.github_model import Job, JobStep
from deploy.core.redact import LINES, tail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deploy.world import World


@dataclass(frozen=True, slots=True)
class Failing:
    """The failed step of the failed job, with the last lines of its log, or why there are none."""

    job: Job
    step: JobStep | None
    log: tuple[str, ...] | Unknown


async def failing_step(
    world: World, jobs: Sequence[Job], *, lines: int = LINES, within: float = 0
) -> Failing | None:
    """The first failed job and its first failed step; None where no job failed.

    Args:
        world: where.
        jobs: the build's.
        lines: of the log, at most.
        within: seconds for the log, as `ask` takes them.
    """
    job = next((job for job in jobs if job.conclusion in BAD), None)
    if job is None:
        return None
    step = next((step for step in job.steps if step.conclusion in BAD), None)
    log = await ask("GitHub", world.systems.github.log(job.id), within)
    return Failing(job, step, log if isinstance(log, Unknown) else await last_lines(log, step, lines))


async def last_lines(log: str, step: JobStep | None, lines: int = LINES) -> tuple[str, ...]:
    """The end of a log, cut in a thread, since megabytes would block the event loop."""
    return await asyncio.to_thread(tail, log, step, lines)
