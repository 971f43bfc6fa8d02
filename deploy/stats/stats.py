"""The four figures of a target by which teams compare themselves (DORA), and how its builds fare.

What was deployed is in fisk's record, for as far back as that goes; when a commit was pushed, GitHub says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from deploy.core.ask import Unknown, ask, known
from deploy.core.events import StepFailed
from deploy.core.together import together
from deploy.core.values import dataclass
from deploy.groups.share import share
from deploy.incidents.changes import deployments_of, not_asked_for
from deploy.stats.builds import Builds, Listed, figures, is_bad, is_good, listed
from deploy.stats.periods import beginnings, counted, day_of, is_by_day
from deploy.stats.pushes import by_pushes, by_runs
from deploy.stats.shipped import Shipped, changes, shipped
from deploy.stats.times import Times, times

if TYPE_CHECKING:
    from deploy.core.github_model import Build, Push
    from deploy.core.model import Target
    from deploy.engine.snapshot import Snapshot
    from deploy.world import World

ANSWERS_WITHIN = 20.0  # seconds: ten pages of builds

Source = Literal["pushes", "runs"]


@dataclass(frozen=True, slots=True)
class Period:
    """A day or a week: `deploys` are those that ended in it, of which `failed`; `good` and `bad` builds began in it."""

    day: str
    begins: float
    deploys: int = 0
    failed: int = 0
    good: int = 0
    bad: int = 0


@dataclass(frozen=True, slots=True)
class Lead:
    """From the push of each commit that a deploy newly brought, to the end of that deploy.

    `source`: GitHub's list of pushes, or the beginnings of its runs; `unknown`: commits of which it does not say it.
    """

    took: Times
    unknown: int = 0
    source: Source = "pushes"


@dataclass(frozen=True, slots=True)
class Stats:
    """The figures of one target from `since` to `now`, in seconds by the store's clock.

    Attributes:
        by: what one of the `periods` is.
        record: when fisk's record of operations begins, `record_day` as a day where that is within the period; 0:
            there is none.
        deploys: how many acted, of which `failed`: put back, broken, or gone back from.
        back: how many ways back there were.
        restore: from the failure, or from when the deploy ran that was gone back from, to when it ran well again.
        broken: how many of the failed are not restored.
        past_fisk: Coolify's deployments that nobody asked fisk for, which are in none of the figures.
        missing: which system did not tell what it knows, and why.
    """

    target: str
    since: float
    now: float
    by: Literal["day", "week"]
    record: float
    record_day: str
    deploys: int
    failed: int
    back: int
    lead: Lead
    restore: Times
    broken: int
    past_fisk: int
    builds: tuple[Builds, ...]
    periods: tuple[Period, ...]
    missing: tuple[Unknown, ...] = ()

    @property
    def covered(self) -> float:
        """The seconds of it of which fisk has a record."""
        return self.now - max(self.since, self.record) if self.record else 0.0

    @property
    def recorded(self) -> tuple[Period, ...]:
        """The periods of which fisk has a record."""
        return _from(self.periods, self.record) if self.record else ()

    @property
    def listed(self) -> tuple[Period, ...]:
        """The periods of which GitHub listed every build."""
        return _from(self.periods, max((each.since for each in self.builds), default=0))


def _from(periods: tuple[Period, ...], at: float) -> tuple[Period, ...]:
    """The one with that moment in it, and the later ones."""
    earlier = sum(each.begins <= at for each in periods)
    return periods[max(0, earlier - 1) :]


async def stats(world: World, target: Target, seconds: float, workflows: Sequence[str]) -> Stats:
    """The figures of the last `seconds`, and of these workflows. A system's silence leaves a gap that is named.

    Raises:
        errors.StateUnavailable: the store does not answer.
    """
    world, now = world.of(target), await world.memory.now()
    since, github = now - seconds, world.systems.github
    finished, running, record, pushes, deployments, asked = await together(
        world.memory.history.since(since),
        world.memory.journal.running(),
        world.memory.history.begins(),
        ask("GitHub", github.pushes(github.branch), ANSWERS_WITHIN),
        ask("Coolify", deployments_of(world, target), ANSWERS_WITHIN),
        together(*(ask("GitHub", listed(world, each, since), ANSWERS_WITHIN) for each in workflows)),
    )
    found = [await _since_when(world, each) for each in _of(target, finished)]
    made, builds = changes(found), tuple(each for each in asked if isinstance(each, Listed))
    past = [each for each in known(deployments) or () if each.at >= since]
    zone = world.freezes.zone
    return Stats(
        target=target.name,
        since=since,
        now=now,
        by="day" if is_by_day(seconds) else "week",
        record=record,
        record_day=day_of(record, zone) if record > since else "",
        deploys=len(made),
        failed=sum(bool(each.failing) for each in made),
        back=sum(each.back and each.end == "runs" for each in found),
        lead=_lead(made, known(pushes), [build for some in builds for build in some.builds]),
        restore=times(each.restored - each.failing for each in made if each.failing and each.restored),
        broken=sum(bool(each.failing and not each.restored) for each in made),
        past_fisk=len(not_asked_for((*running, *finished), past)),
        builds=tuple(map(figures, builds)),
        periods=_periods(beginnings(since, now, zone), zone, made, builds),
        missing=tuple(
            dict.fromkeys(each for each in (pushes, deployments, *asked) if isinstance(each, Unknown))
        ),
    )


def _of(target: Target, finished: Iterable[Snapshot]) -> list[Shipped]:
    mine = [its for each in finished if (its := share(each, target.name))]
    return [it for each in mine if (it := shipped(each))]


async def _since_when(world: World, it: Shipped) -> Shipped:
    """The same with the time of the first step that failed."""
    if it.end == "runs" or it.back:
        return it
    events = await world.memory.journal.events(it.operation)
    return replace(it, failing=next((each.at for each in events if isinstance(each, StepFailed)), it.failing))


def _lead(made: Iterable[Shipped], pushes: Sequence[Push] | None, builds: Iterable[Build]) -> Lead:
    """The first deploy that brings a commit counts: after a way back another one may bring it again."""
    ran = [(commit, each.at) for each in made if each.end == "runs" for commit in each.commits]
    brought: dict[str, float] = {}
    for commit, at in ran:
        brought.setdefault(commit.sha, at)
    pushed = by_runs(builds) if pushes is None else by_pushes((commit for commit, _ in ran), pushes)
    took = times(at - pushed[sha] for sha, at in brought.items() if sha in pushed)
    return Lead(took, len(brought) - took.count, "runs" if pushes is None else "pushes")


def _periods(
    begins: Sequence[float], zone: str, made: Sequence[Shipped], builds: Iterable[Listed]
) -> tuple[Period, ...]:
    of_builds = [build for some in builds for build in some.builds]
    counts = zip(
        begins,
        counted((each.at for each in made), begins),
        counted((each.at for each in made if each.failing), begins),
        counted((each.started for each in of_builds if is_good(each)), begins),
        counted((each.started for each in of_builds if is_bad(each)), begins),
        strict=True,
    )
    return tuple(Period(day_of(at, zone), at, *numbers) for at, *numbers in counts)
