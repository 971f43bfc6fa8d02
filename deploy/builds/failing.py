"""Where and why a build failed: the job, the step, and the end of its log."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from deploy.builds.conclusions import BAD
from deploy.core.ask import Unknown, ask, known
from deploy.core.github_model import Job, JobStep
from deploy.core.redact import LINES, harmless, tail
from deploy.core.units import cut
from deploy.core.values import dataclass

if TYPE_CHECKING:
    from deploy.world import World

MOST, LONGEST = 3, 300  # of what GitHub says of a job: messages, and characters of each


@dataclass(frozen=True, slots=True)
class Failing:
    """The failed step of the failed job, with the last lines of its log, or why there are none.

    `step` is the one that never ended where the job's runner was lost; `said` is what GitHub says of such a job, and
    of one that never began.
    """

    job: Job
    step: JobStep | None
    log: tuple[str, ...] | Unknown
    said: tuple[str, ...] = ()


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
    failed = next((step for step in job.steps if step.conclusion in BAD), None)
    log = await ask("GitHub", world.systems.github.log(job.id), within)
    if isinstance(log, Unknown):
        said = await ask("GitHub", world.systems.github.annotations(job.id), within)
        return Failing(job, failed or _endless(job), log, _shown(known(said) or ()))
    return Failing(job, failed or _endless(job), await last_lines(log, failed, lines))


def _endless(job: Job) -> JobStep | None:
    """The step that a lost runner was at; GitHub calls it in progress for ever."""
    return next((step for step in job.steps if step.status == "in_progress"), None)


def _shown(said: Sequence[str]) -> tuple[str, ...]:
    """Without secrets, since actions may say what they like there."""
    return tuple(cut(" ".join(harmless(each).split()), LONGEST) for each in said[:MOST])


async def last_lines(log: str, step: JobStep | None, lines: int = LINES) -> tuple[str, ...]:
    """The end of a log, cut in a thread, since megabytes would block the event loop."""
    return await asyncio.to_thread(tail, log, step, lines)
