"""A repository's workflow runs, which progress with the story's clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.github.joblog import text
from sandbox.github.phases import NEVER, Phase, cut_off, steps, stopped
from sandbox.github.runner import RUNNER, STARTS_AFTER
from sandbox.story import Built, Person, StoryCommit

if TYPE_CHECKING:
    from sandbox.clock import Clock
    from sandbox.github.runner import Runner
    from sandbox.github.stories import RepositoryStory

FIRST_RUN = 19_640_000_101
FIRST_JOB = 54_310_000_201
SHIPPING = frozenset({"push", "workflow_dispatch"})
LOST_AFTER = 600.0  # story seconds until GitHub gives up a runner that it does not hear of
LOST = (
    "The self-hosted runner: {runner} lost communication with the server. Verify the machine is running and has a"
    " healthy network connection. Anything in your workflow that terminates the runner process, starves it for"
    " CPU/Memory, or blocks its network access can cause this error."
)
STOPS_AFTER = 4.0  # story seconds from a cancel until the job stops


@dataclass
class Attempt:
    """One attempt of a run. Times are story seconds; `begins` is NEVER while no runner takes its job.

    It has one job, `job_name`: in a rerun of failed jobs that may be the workflow's last one. `lost`: when its runner
    fell silent (facts/github.md, "Runners"). `pushed` are the references of the images that it pushed. `shown` is the
    real time from which the API shows it, which may lag behind the accepted request.
    """

    number: int
    job_id: int
    created: float
    plan: Built
    actor: Person
    begins: float = NEVER
    cancelled: float = NEVER
    lost: float = NEVER
    shown: float = 0.0
    job_name: str = "build"
    pushed: tuple[str, ...] = ()

    @property
    def planned(self) -> Phase:
        return Phase(self.job_name, self.begins, self.begins + self.length, self.plan.conclusion)

    @property
    def length(self) -> float:
        return self.plan.minutes * 60 - 2 * STARTS_AFTER

    @property
    def job(self) -> Phase:
        if self.plan.refused:
            return Phase(self.job_name, self.created, self.created, "failure")
        if self.lost != NEVER:
            return Phase(self.job_name, self.begins, self.lost + LOST_AFTER, "failure")
        if self.cancelled == NEVER:
            return self.planned
        if self.begins == NEVER:
            return Phase(self.job_name, self.cancelled, self.cancelled, "cancelled")
        return Phase(self.job_name, self.begins, self.cancelled + STOPS_AFTER, "cancelled")

    @property
    def whole(self) -> Phase:
        return Phase("Build", self.job.begins, self.job.ends, self.job.conclusion)

    def log(self, clock: Clock) -> str:
        """Its job's log: a time stamp before each line."""
        return text(self.steps, self.job.conclusion, clock, self.pushed)

    @property
    def steps(self) -> tuple[Phase, ...]:
        if self.begins == NEVER:
            return ()
        planned = steps(self.planned)
        if self.lost != NEVER:
            return cut_off(planned, self.lost)
        return planned if self.cancelled == NEVER else stopped(planned, self.cancelled, self.job.ends)

    @property
    def logless(self) -> bool:
        """Whether no runner ever sent its log."""
        return bool(self.plan.refused) or self.lost != NEVER

    @property
    def annotations(self) -> tuple[str, ...]:
        """What its check run says, once it is over."""
        if self.plan.refused:
            return (self.plan.refused,)
        if self.lost != NEVER:
            return (LOST.format(runner=RUNNER),)
        return ("Process completed with exit code 1.",) if self.job.conclusion == "failure" else ()


@dataclass
class Run:
    """A workflow run of one commit, with one job in each of its attempts."""

    id: int
    number: int
    commit: StoryCommit
    event: str
    attempts: list[Attempt] = field(default_factory=list)
    branch: str = ""
    title: str = ""  # where it is not the commit's

    def __post_init__(self) -> None:
        self.branch = self.branch or self.commit.branch

    @property
    def ships(self) -> bool:
        """Whether it pushes an image: scheduled runs and those of pull requests only test."""
        return self.event in SHIPPING

    @property
    def newest(self) -> Attempt:
        """The newest attempt that the API shows."""
        shown = [attempt for attempt in self.attempts if attempt.shown <= time.monotonic()]
        return shown[-1] if shown else self.attempts[0]

    @property
    def is_shown(self) -> bool:
        return self.attempts[0].shown <= time.monotonic()

    @property
    def job_id(self) -> int:
        return self.newest.job_id

    @property
    def job(self) -> Phase:
        return self.newest.job

    @property
    def whole(self) -> Phase:
        return self.newest.whole

    @property
    def steps(self) -> tuple[Phase, ...]:
        return self.newest.steps

    def updated(self, clock: Clock) -> float:
        """When a step of it last began or ended."""
        moments = [self.newest.created, self.whole.begins, self.whole.ends]
        moments += [step.begins for step in self.steps]
        return max(at for at in moments if at == self.newest.created or clock.passed(at))


class Runs:
    """All runs, oldest first, and what the runner does for them.

    Attributes:
        shows_after: real seconds until the API shows the effect of an accepted request.
        before: called before a log is read, so that it names the images that its build pushed.
    """

    def __init__(self, clock: Clock, story: RepositoryStory, runner: Runner) -> None:
        self._clock, self._story, self.runner = clock, story, runner
        self.shows_after = 0.0
        self.before: Callable[[], None] = lambda: None
        self.all: list[Run] = []
        for commit in story.commits.values():
            if commit.built:
                self._tell(commit, commit.built)

    def _tell(self, commit: StoryCommit, plan: Built) -> None:
        """Add a run of the story's past."""
        run = Run(self._first + len(self.all), 840 + len(self.all), commit, "push")
        begins = commit.at + 2 * STARTS_AFTER
        created = commit.at + STARTS_AFTER
        run.attempts.append(Attempt(1, self._next_job(), created, plan, commit.author, begins))
        self.all.append(run)
        self.runner.queue(run.newest)

    @property
    def _first(self) -> int:
        return FIRST_RUN + self._story.first

    # --- requests

    def find(self, id_: int) -> Run | None:
        return next((run for run in self.shown if run.id == id_), None)

    def of_job(self, id_: int) -> tuple[Run, Attempt] | None:
        found = ((run, attempt) for run in self.all for attempt in run.attempts if attempt.job_id == id_)
        return next(found, None)

    @property
    def shown(self) -> list[Run]:
        return [run for run in self.all if run.is_shown]

    def add(
        self, commit: StoryCommit, event: str, actor: Person, plan: Built | None = None, branch: str = ""
    ) -> Run:
        """Add a run of a commit, as a push, a dispatch or any other event does, by default on its branch."""
        ids = [run.id for run in self.all]
        run = Run(max(ids, default=self._first - 1) + 1, 840 + len(self.all), commit, event, branch=branch)
        self.all.append(run)
        self._begin(run, actor, plan or commit.built or self._story.built)
        return run

    def rerun(self, run: Run, actor: Person) -> None:
        """Add an attempt like the last one."""
        self._begin(run, actor, run.attempts[-1].plan)

    def cancel(self, run: Run) -> None:
        attempt = run.attempts[-1]
        attempt.cancelled = self._clock.elapsed
        if attempt.begins > attempt.cancelled:
            attempt.begins = NEVER
        self.runner.schedule()

    def lose(self, run: Run) -> None:
        """The runner falls silent in the midst of a run's job; it takes no other one until it is back."""
        run.attempts[-1].lost = self._clock.elapsed
        self.online = False

    def _begin(self, run: Run, actor: Person, plan: Built) -> None:
        now, shown = self._clock.elapsed, time.monotonic() + self.shows_after
        number = len(run.attempts) + 1
        run.attempts.append(Attempt(number, self._next_job(), now, plan, actor, shown=shown))
        self.runner.queue(run.attempts[-1])

    def _next_job(self) -> int:
        return FIRST_JOB + self._story.first + sum(len(run.attempts) for run in self.all)

    # --- the runner, which other repositories may use, too

    @property
    def online(self) -> bool:
        return self.runner.online

    @online.setter
    def online(self, online: bool) -> None:
        self.runner.set(online=online, stuck=self.stuck, hangs=self.hangs)

    @property
    def stuck(self) -> bool:
        return self.runner.stuck

    @stuck.setter
    def stuck(self, stuck: bool) -> None:
        self.runner.set(online=self.online, stuck=stuck, hangs=self.hangs)

    @property
    def hangs(self) -> bool:
        return self.runner.hangs

    @hangs.setter
    def hangs(self, hangs: bool) -> None:
        self.runner.set(online=self.online, stuck=hangs, hangs=hangs)

    @property
    def busy(self) -> bool:
        return self.runner.busy
