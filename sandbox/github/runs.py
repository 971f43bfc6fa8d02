"""Workflow runs that move with the story's clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.story import StoryCommit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.clock import Clock

FIRST_RUN = 19_640_000_101
FIRST_JOB = 54_310_000_201
RUNNER = "fiskai-vps-x86"
LABELS = ("self-hosted", "linux", "x64", "fiskai-build")
STARTS_AFTER = 6.0  # seconds from the push to the run, and again to its job

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


@dataclass(frozen=True, slots=True)
class Phase:
    """Something with a beginning and an end in story seconds, and how it ends."""

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


@dataclass(frozen=True, slots=True)
class Run:
    """A workflow run of one commit, with one job. Times are story seconds."""

    id: int
    number: int
    job_id: int
    commit: StoryCommit
    whole: Phase
    job: Phase
    steps: tuple[Phase, ...]

    def updated(self, clock: Clock) -> float:
        """When something of it last changed: a step that began or ended."""
        moments = [self.whole.begins, self.whole.ends, *(step.begins for step in self.steps)]
        return max((at for at in moments if clock.passed(at)), default=self.whole.begins)

    def log(self) -> str:
        """What the job printed, as its log has it: a time stamp before each line."""
        failed = self.job.conclusion == "failure"
        lines = [f"##[group]Run {step.name}" for step in self.steps if step.conclusion != "skipped"]
        if failed:
            lines += [
                "#14 [builder 4/7] RUN npm ci",
                "#14 41.20 npm ERR! code ERESOLVE",
                "#14 41.21 npm ERR! ERESOLVE could not resolve",
                '##[error]buildx failed with: ERROR: process "npm ci" did not complete: exit code: 1',
            ]
        return "".join(
            f"2026-01-11T17:{at // 60:02}:{at % 60:02}.0000000Z {line}\n" for at, line in enumerate(lines)
        )


def runs(commits: Iterable[StoryCommit]) -> list[Run]:
    """The runs of all commits that have a build, oldest first."""
    built = [commit for commit in commits if commit.built]
    return [_run(number, commit) for number, commit in enumerate(built)]


def _run(number: int, commit: StoryCommit) -> Run:
    conclusion = commit.built.conclusion if commit.built else ""
    begins, ends = commit.at + STARTS_AFTER, commit.built_at
    job = Phase("build", begins + STARTS_AFTER, ends, conclusion)
    whole = Phase("Build", begins, ends, conclusion)
    return Run(FIRST_RUN + number, 840 + number, FIRST_JOB + number, commit, whole, job, _steps(job))


def _steps(job: Phase) -> tuple[Phase, ...]:
    length, steps, begins, broken = job.ends - job.begins, [], job.begins, False
    for name, share in STEPS:
        fails = job.conclusion == "failure" and name == BUILD_STEP
        skipped = broken and not name.startswith(("Post", "Complete"))
        conclusion = "failure" if fails else "skipped" if skipped else "success"
        ends = job.begins + share * length
        steps.append(Phase(name, begins, ends, conclusion))
        begins, broken = ends, broken or fails
    return tuple(steps)
