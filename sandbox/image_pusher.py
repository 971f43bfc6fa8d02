"""Pushes images of successful builds to the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox import story
from sandbox.images import SOURCE

if TYPE_CHECKING:
    from sandbox.clock import Clock
    from sandbox.github.runs import Attempt, Run, Runs
    from sandbox.registry import Registry


class ImagePusher:
    """Pushes the images of each attempt that succeeded, once; `latest` follows main.

    `source` is where the repository of these runs is read.
    """

    def __init__(self, clock: Clock, runs: Runs, registry: Registry, source: str = SOURCE) -> None:
        self._clock = clock
        self._runs = runs
        self._registry = registry
        self._source = source
        self._shipped: set[int] = set()

    def ship(self) -> None:
        """Push images of builds finished since the last call, in order."""
        attempts = [(run, attempt) for run in self._runs.all for attempt in run.attempts]
        for run, attempt in sorted(attempts, key=lambda one: one[1].job.ends):
            if attempt.job_id not in self._shipped and attempt.job.concluded(self._clock) == "success":
                self._shipped.add(attempt.job_id)
                self._push(run, attempt)

    def _push(self, run: Run, attempt: Attempt) -> None:
        plan, commit, ended = attempt.plan, run.commit, attempt.job.ends
        if not plan.platforms or not run.ships:
            return
        moving = ["latest"] if commit.branch == story.BRANCH else []
        tags = [commit.sha, commit.sha[:7], *moving]
        for image in plan.images:
            shipped = self._registry.push(
                image,
                tags,
                commit.sha,
                platforms=plan.platforms,
                index=plan.index,
                revision=plan.revision,
                created=ended,
                healthy=plan.healthy,
                source=self._source,
                at=ended,
            )
            attempt.pushed += tuple(f"{story.REGISTRY}/{image}:{tag}@{shipped.digest}" for tag in tags)
