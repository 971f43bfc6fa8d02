"""What GitHub knows, as values: commits, builds, jobs, runners. Times are seconds since the epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Repository:
    """What stays through every rename, and the name as it is now."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit by its 40 digits. `title` is the message's first line; `login` is empty for an unknown author.

    `skips`: what in its message keeps GitHub from running workflows for a push of it, as in `[skip ci]`.
    """

    sha: str
    title: str
    author: str
    login: str
    at: float
    url: str = ""
    files: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    skips: str = ""


@dataclass(frozen=True, slots=True)
class Push:
    """One push to a branch: `after` is its last commit, `before` the branch's head until then."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """`head` seen from `base`; `commits` are those that head has and base lacks, oldest first, at most 250."""

    status: Literal["ahead", "behind", "diverged", "identical"]
    ahead_by: int
    behind_by: int
    commits: tuple[Commit, ...] = ()


@dataclass(frozen=True, slots=True)
class Build:
    """A workflow run. `conclusion` is empty until `status` is `completed`; a rerun raises `attempt`.

    `workflow` is its file's name, `title` GitHub's for it, `actor` the login of the user who started this attempt.
    """

    id: int
    sha: str
    branch: str
    event: str
    status: str
    conclusion: str
    attempt: int
    started: float
    updated: float
    url: str
    title: str = ""
    workflow: str = ""
    actor: str = ""

    @property
    def over(self) -> bool:
        return self.status == "completed"

    @property
    def note(self) -> str:
        """The summary for a step that read it."""
        state = (self.conclusion or self.status).replace("_", " ")
        return f"build {self.id}, attempt {self.attempt}: {state}"


@dataclass(frozen=True, slots=True)
class JobStep:
    """A step of a job. `started` and `finished` are 0 until they happen."""

    name: str
    number: int
    status: str
    conclusion: str
    started: float
    finished: float


@dataclass(frozen=True, slots=True)
class Job:
    """A job of a workflow run, with its steps in order."""

    id: int
    name: str
    status: str
    conclusion: str
    started: float
    finished: float
    url: str
    runner: str = ""
    labels: tuple[str, ...] = ()
    steps: tuple[JobStep, ...] = ()
    created: float = 0


@dataclass(frozen=True, slots=True)
class Runner:
    """A self-hosted runner as GitHub sees it. `shared`: the organisation's, which may work for other repositories."""

    id: int
    name: str
    online: bool
    busy: bool
    labels: tuple[str, ...] = ()
    shared: bool = False

    def takes(self, labels: tuple[str, ...]) -> bool:
        """Whether it has every label that a job asks for, case-insensitively, as GitHub compares them."""
        return {label.lower() for label in labels} <= {label.lower() for label in self.labels}
