"""Jobs and their steps as intervals in story seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.clock import Clock

NEVER = float("inf")

# Each step of the build job with the share of the build's time at which it ends.
STEPS = (
    ("Set up job", 0.01),
    ("Check out the repository", 0.03),
    ("Compute the image's tags", 0.04),
    ("Check that BuildKit answers", 0.05),
    ("Set up Docker Buildx", 0.06),
    ("Log in to ghcr.io", 0.07),
    ("Build and push", 0.95),
    ("Check the image's platform", 0.96),
    ("Write the summary", 0.97),
    ("Post Log in to ghcr.io", 0.98),
    ("Post Check out the repository", 0.99),
    ("Complete job", 1.0),
)
BUILD_STEP = "Build and push"
ALWAYS_RUN = ("Post", "Complete")  # prefixes of steps that run even after a failure


@dataclass(frozen=True, slots=True)
class Phase:
    """An interval in story seconds, and its conclusion."""

    name: str
    begins: float
    ends: float
    conclusion: str

    def status(self, clock: Clock) -> str:
        if clock.passed(self.ends):
            return "completed"
        return "in_progress" if clock.passed(self.begins) else "queued"

    def concluded(self, clock: Clock) -> str | None:
        return self.conclusion if clock.passed(self.ends) else None


def steps(job: Phase) -> tuple[Phase, ...]:
    """A job's steps if it is not cancelled."""
    length, found, begins, broken = job.ends - job.begins, [], job.begins, False
    for name, share in STEPS:
        fails = job.conclusion == "failure" and name == BUILD_STEP
        skipped = broken and not name.startswith(ALWAYS_RUN)
        conclusion = "failure" if fails else "skipped" if skipped else "success"
        ends = job.begins + share * length
        found.append(Phase(name, begins, ends, conclusion))
        begins, broken = ends, broken or fails
    return tuple(found)


def cut_off(planned: tuple[Phase, ...], at: float) -> tuple[Phase, ...]:
    """The steps of a job whose runner fell silent: the one under way never ends, and no other begins."""
    return tuple(step if step.ends <= at else _never(step, at) for step in planned)


def _never(step: Phase, at: float) -> Phase:
    return Phase(step.name, step.begins if step.begins <= at else NEVER, NEVER, "")


def stopped(planned: tuple[Phase, ...], at: float, ends: float) -> tuple[Phase, ...]:
    """The steps of a job that was cancelled at one time and ended at `ends`."""
    return tuple(_stopped(step, at, ends) for step in planned)


def _stopped(step: Phase, at: float, ends: float) -> Phase:
    if step.ends <= at:
        return step
    if step.begins <= at:
        return Phase(step.name, step.begins, ends, "cancelled")
    done = "success" if step.name.startswith(ALWAYS_RUN) else "skipped"
    return Phase(step.name, ends, ends, done)
