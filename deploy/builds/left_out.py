"""Which images a build was about, by the logs of its jobs.

One workflow may build several, each only when its paths have changed.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from deploy.core.ask import Unknown, ask, known
from deploy.core.together import together

if TYPE_CHECKING:
    from deploy.core.github_model import Build
    from deploy.world import World

MOST_JOBS = 8  # whose logs are read
SKIPPED = "skipped"


async def left_out(
    world: World, build: Build, images: Sequence[str], *, several: bool, within: float = 0
) -> dict[str, bool | Unknown]:
    """For each image that the registry lacks, whether a build that succeeded was not about it.

    It was not where no job's log names a push of it, and either a job was skipped or the workflow builds `several`.
    """
    jobs = await ask("GitHub", world.systems.github.jobs(build.id), within)
    if isinstance(jobs, Unknown):
        return dict.fromkeys(images, jobs)
    if not several and all(job.conclusion != SKIPPED for job in jobs):
        return dict.fromkeys(images, False)
    ran = [job for job in jobs if job.conclusion != SKIPPED]
    if len(ran) > MOST_JOBS:
        return dict.fromkeys(images, Unknown(f"It has {len(ran)} jobs, whose logs fisk does not all read."))
    logs = await together(*(ask("GitHub", world.systems.github.log(job.id), within) for job in ran))
    return {image: await _not_pushed(image, logs) for image in images}


async def _not_pushed(image: str, logs: Iterable[str | Unknown]) -> bool | Unknown:
    """Apart from the event loop, since logs may be megabytes."""
    told = tuple(logs)
    if await asyncio.to_thread(_named, image, [log for log in map(known, told) if log]):
        return False
    return next((log for log in told if isinstance(log, Unknown)), True)


def _named(image: str, logs: Iterable[str]) -> bool:
    """Whether a log says that something is pushed to the image, as buildx and docker do."""
    plain = re.escape(image.casefold().removeprefix("docker.io/"))
    pushed = re.compile(
        rf"\bpush(?:ing|ed|es| refers)?\b[^\n]*(?<![\w.-]){plain}(?=[:@\]\s]|$)", re.MULTILINE
    )
    return any(pushed.search(log.casefold()) for log in logs)
