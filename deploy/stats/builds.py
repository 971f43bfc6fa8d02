"""How a workflow's builds fare: how many are good, and how long they take."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from deploy.builds.conclusions import SUCCESS, went_wrong
from deploy.builds.speaking import speaks
from deploy.core.durations import exemplary, took
from deploy.core.github_model import Build
from deploy.core.values import dataclass
from deploy.stats.times import Times, times

if TYPE_CHECKING:
    from deploy.world import World

PAGE = 30  # builds; a longer answer would not fit the ETag cache, and what is unchanged costs nothing there
PAGES = 10  # that are asked for at most
LATELY = 7 * 86_400.0  # seconds
BARS = 8  # of the newest builds, in Home


@dataclass(frozen=True, slots=True)
class Listed:
    """The builds of a workflow that are over, newest first. `since`: when the oldest that GitHub listed began,
    where the list may lack earlier ones; else 0.
    """

    workflow: str
    builds: tuple[Build, ...]
    since: float = 0


@dataclass(frozen=True, slots=True)
class Builds:
    """What became of a workflow's builds. Cancelled and skipped ones count as neither.

    Attributes:
        good, bad: how many; `again`: how many of the good ones needed more than one attempt.
        took: those that were good at the first attempt.
        since: as in Listed.
    """

    workflow: str
    good: int
    bad: int
    again: int
    took: Times
    since: float = 0


@dataclass(frozen=True, slots=True)
class Health:
    """The builds of a week, of all workflows. `newest`: how long the newest ones took, oldest first; 0: it failed.

    `whole`: whether these are all of the week's, and not the newest ones alone.
    """

    good: int
    bad: int
    took: Times
    newest: tuple[float, ...]
    whole: bool = True


async def listed(world: World, workflow: str, since: float, pages: int = PAGES) -> Listed:
    """The builds since then that a push or a person started, in at most `pages` requests. Raises SystemFailure."""
    github, found = world.systems.github, dict[int, Build]()
    for page in range(1, pages + 1):
        some = await github.builds(workflow, branch=github.branch, limit=PAGE, page=page)
        found |= {each.id: each for each in some}
        if len(some) < PAGE or some[-1].started < since:
            return Listed(workflow, _over(found.values(), since, github.branch))
    return Listed(workflow, _over(found.values(), since, github.branch), some[-1].started)


def _over(found: Iterable[Build], since: float, branch: str) -> tuple[Build, ...]:
    return tuple(each for each in found if each.over and each.started >= since and speaks(each, branch))


def is_good(build: Build) -> bool:
    return build.conclusion == SUCCESS


def is_bad(build: Build) -> bool:
    return went_wrong(build.conclusion)


def figures(it: Listed) -> Builds:
    """The figures of one workflow."""
    good = [each for each in it.builds if is_good(each)]
    bad = sum(is_bad(each) for each in it.builds)
    again = sum(each.attempt > 1 for each in good)
    return Builds(it.workflow, len(good), bad, again, times(map(took, exemplary(good))), it.since)


async def health(world: World, now: float) -> Health:
    """The last week of each target's workflow, in one request for each. Raises SystemFailure."""
    each = [(one, name) for one in world.of_each_repository() for name in one.workflows]
    found = [await listed(one, name, now - LATELY, pages=1) for one, name in each]
    builds = sorted((each for some in found for each in some.builds), key=lambda each: each.started)
    all_of = figures(Listed("", tuple(builds)))
    judged = [each for each in builds if is_good(each) or is_bad(each)]
    newest = tuple(took(each) if is_good(each) else 0.0 for each in judged[-BARS:])
    whole = not any(some.since for some in found)
    return Health(all_of.good, all_of.bad, all_of.took, newest, whole)
