"""Decides which state of a build is announced, and to whom, from the stored and the new state. Pure.

A build's states come in any order and any number of times (webhooks, polls, several replicas). `order` puts them
into one line, on which nothing ever goes back; a message's `Stage` does the same for what a channel was told.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Literal

from deploy.builds.conclusions import CANCELLED, DELETED, SUCCESS, went_wrong
from deploy.builds.failing import Failing
from deploy.builds.fit import fit
from deploy.core.ask import Unknown
from deploy.core.github_model import Build, Commit
from deploy.core.model import Image, Target
from deploy.core.values import dataclass
from deploy.deploys.migrations import NONE, Migrations

Rule = Literal["all", "failures", "mentions", "off"]
RULES: tuple[Rule, ...] = ("all", "failures", "mentions", "off")
Verdict = Literal[
    "running", "slow", "crawling", "again", "unchecked",
    "built", "not built", "no image", "wrong platform", "wrong revision", "failed", "cancelled", "skipped", "deleted",
]  # fmt: skip

DAY = 86_400.0
ATTEMPTS = 10  # an attempt outweighs every status
STATUSES = {"in_progress": 1, "completed": 2}  # every other one waits for a runner
CRAWLS = 2.0  # times the usual, after which emulation is the likely cause
LOOK_AGAIN = 30.0  # seconds until what could not be checked is checked again
LOOK_UNTIL = 3600.0  # seconds after the build's end
WHILE_RUNNING = 120.0  # seconds between two looks at a build that runs, beside those that polling makes


class Stage(IntEnum):
    """The state that a message shows; edits only move it forward."""

    RUNNING = 1
    SLOW = 2
    CRAWLING = 3
    UNCHECKED = 4
    OVER = 5


def about(build: Build) -> str:
    """What one message is about: a run and its attempt."""
    return f"{build.id}.{build.attempt}"


def order(build: Build) -> int:
    """The place of this state among all that the run goes through; a rerun's come after all of the run's."""
    return build.attempt * ATTEMPTS + STATUSES.get(build.status, 0)


def fresh(build: Build, now: float, since: float = 0.0) -> bool:
    """Whether it is still news: what ended before fisk looked, or moved more than a day ago, is history."""
    return build.updated >= max(since if build.over else 0.0, now - DAY)


# --- what was found out about it


@dataclass(frozen=True, slots=True)
class Checked:
    """A target's image as the registry has it; None where it has none, Unknown where it could not be asked.

    `runs`: the commit that the target runs, in short form; empty where nobody can say.
    `ahead`: by how many commits the build is ahead of that; 0 where that is not known.
    `migrations`: those that it brings.
    `left_out`: it has none since the build was not about it, as where only another image's paths had changed.
    """

    target: Target
    image: Image | Unknown | None = None
    left_out: bool | Unknown = False
    runs: str = ""
    ahead: int = 0
    migrations: Migrations = NONE

    @property
    def doubt(self) -> Unknown | None:
        """Why it could not be judged."""
        return next((each for each in (self.image, self.left_out) if isinstance(each, Unknown)), None)

    def verdict(self, sha: str) -> Verdict:
        if isinstance(self.image, Unknown):
            return "unchecked"
        if self.image is None and self.left_out:
            return "unchecked" if self.doubt else "not built"
        return fit(self.image, self.target.platform, sha).misfit or "built"


@dataclass(frozen=True, slots=True)
class Notice:
    """A build with all that a message says of it.

    Attributes:
        build: as it was seen last.
        now: when it was queried, in seconds by the store's clock.
        commit: None where GitHub does not say.
        usual: how long such builds take (median, seconds); 0 where nobody knows.
        late: how long 95 of 100 take at most; 0 where nobody knows.
        images: what the registry has for each target that the workflow builds; empty until the build succeeded.
        failing: where it failed, or why that is not known; None where no job did.
        began: when its first job found a runner, which may be long after it was asked for; 0 where nobody knows.
        at: the step that it is at; empty where nobody knows.
        superseded: a later attempt has begun.
    """

    build: Build
    now: float
    commit: Commit | None = None
    usual: float = 0.0
    late: float = 0.0
    images: tuple[Checked, ...] = ()
    failing: Failing | Unknown | None = None
    began: float = 0.0
    at: str = ""
    superseded: bool = False

    @property
    def start(self) -> float:
        """While it runs, waiting for a runner does not count: that makes no build slow."""
        return self.build.started if self.build.over else max(self.began, self.build.started)

    @property
    def took(self) -> float:
        """Seconds from its start to its end, or until now."""
        return max(0.0, (self.build.updated if self.build.over else self.now) - self.start)

    @property
    def verdict(self) -> Verdict:
        if self.superseded:
            return "again"
        if not self.build.over:
            return self._speed()
        return self._end()

    def _speed(self) -> Verdict:
        if self.late and self.took > max(self.late, CRAWLS * self.usual):
            return "crawling"
        return "slow" if self.late and self.took > self.late else "running"

    def _end(self) -> Verdict:
        conclusion = self.build.conclusion
        if conclusion == DELETED:
            return "deleted"
        if conclusion == SUCCESS:
            return worst(each.verdict(self.build.sha) for each in self.images)
        if conclusion == CANCELLED:
            return "cancelled"
        return "failed" if went_wrong(conclusion) else "skipped"

    @property
    def missing(self) -> bool:
        """Whether something could not be found out that belongs into the message of a build that is over."""
        known = self.commit is not None or self.verdict in {"again", "deleted"}
        return self.verdict == "unchecked" or not known

    @property
    def stage(self) -> Stage:
        if self.build.over and self.missing:
            return Stage.UNCHECKED
        running = {"running": Stage.RUNNING, "slow": Stage.SLOW, "crawling": Stage.CRAWLING}
        return running.get(self.verdict, Stage.OVER)

    @property
    def bad(self) -> bool:
        """Whether it ended without something that can be deployed, and nobody wanted that."""
        return self.verdict in {"no image", "wrong platform", "wrong revision", "failed"}

    @property
    def look_again(self) -> float:
        """When to check it again, in seconds by the store's clock; 0 for never."""
        started = self.start
        if self.stage is Stage.UNCHECKED:
            return self.now + LOOK_AGAIN if self.now < self.build.updated + LOOK_UNTIL else 0.0
        if self.stage is Stage.OVER:
            return 0.0
        marks = (started + self.late, started + max(self.late, CRAWLS * self.usual)) if self.late else ()
        return min([self.now + WHILE_RUNNING, *(mark + 1 for mark in marks if mark >= self.now)])


BY_WEIGHT: tuple[Verdict, ...] = (
    "no image", "wrong platform", "wrong revision", "unchecked", "built", "not built",
)  # fmt: skip


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The one that decides: an image that is wrong for one target is a failure."""
    found = set(verdicts)
    return next((each for each in BY_WEIGHT if each in found), "built")


def wanted(notice: Notice, rule: Rule, *, mentioned: bool) -> bool:
    """Whether a channel with this rule gets the notice. `mentioned`: its author is mapped to a Slack user."""
    if rule == "off" or notice.verdict in {"skipped", "again", "not built"}:
        return False
    return {"all": True, "failures": notice.bad, "mentions": mentioned}[rule]
