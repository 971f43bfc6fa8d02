"""The one self-hosted runner, which takes the jobs of all repositories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.github.phases import NEVER

if TYPE_CHECKING:
    from sandbox.clock import Clock
    from sandbox.github.runs import Attempt

RUNNER = "fiskai-vps-x86"
LABELS = ("self-hosted", "linux", "x64", "fiskai-build")
STARTS_AFTER = 6.0  # story seconds from the push to the run, and from the run to its job


class Runner:
    """Its state, and when each waiting job begins: one after the other.

    Attributes:
        online: whether it is connected.
        stuck: online, but takes no job.
        hangs: the same, while GitHub calls it busy, as with a job that is over.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.online, self.stuck, self.hangs = True, False, False
        self._jobs: list[Attempt] = []

    @property
    def busy(self) -> bool:
        """Whether a job runs now, or GitHub takes it so."""
        return self.hangs or any(attempt.job.status(self._clock) == "in_progress" for attempt in self._jobs)

    def set(self, *, online: bool, stuck: bool, hangs: bool) -> None:
        self.online, self.stuck, self.hangs = online, stuck, hangs
        self.schedule()

    def queue(self, attempt: Attempt) -> None:
        """Take its job after those that were queued before."""
        self._jobs.append(attempt)
        self.schedule()

    def schedule(self) -> None:
        """Set when the waiting jobs begin."""
        now = self._clock.elapsed
        begun = [attempt.job.ends for attempt in self._jobs if attempt.begins <= now]
        free = max([now, *begun]) if self.online and not self.stuck else NEVER
        for attempt in self._jobs:
            if attempt.begins > now and attempt.cancelled == NEVER and not attempt.plan.refused:
                attempt.begins = max(attempt.created + STARTS_AFTER, free)
                free = attempt.planned.ends
