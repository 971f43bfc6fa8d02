"""A target that each good build is deployed to by itself: what is known of that, and how it changes. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from deploy.builds.conclusions import SUCCESS
from deploy.core.freeze import RULE
from deploy.core.model import Actor, Build, Origin
from deploy.core.values import dataclass
from deploy.engine.locks import TERMINAL

if TYPE_CHECKING:
    from deploy.engine.snapshot import Snapshot

SKEW = 5.0  # seconds by which GitHub's clock, which tells whole ones, may be behind the store's
PUT_BACK = frozenset({"put_back", "not_put_back"})


@dataclass(frozen=True, slots=True)
class Stopped:
    """Why it goes on only when somebody says so: the operation that was put back, and when, by the store's clock."""

    operation: str
    at: float


@dataclass(frozen=True, slots=True)
class Following:
    """How a target follows its branch.

    Attributes:
        on: whether it does; a person's word goes before fisk.toml's.
        since: when that was said, by the store's clock.
        by: who said it; fisk.toml itself where its `follow` does.
        where: from where.
        wants: the newest good build that is not begun yet.
        done: the newest one that was begun, or left out.
        operation: the one that was begun last.
        passed: commits that were overtaken since, before they were begun.
        stopped: why it waits for somebody; None where it does not.
    """

    on: bool
    since: float
    by: Actor = RULE
    where: Origin = TERMINAL
    wants: Build | None = None
    done: Build | None = None
    operation: str = ""
    passed: tuple[str, ...] = ()
    stopped: Stopped | None = None

    @property
    def goes(self) -> bool:
        return self.on and self.stopped is None


def in_force(stored: Following | None, now: float, *, said: bool) -> Following | None:
    """What counts now, where fisk.toml `said` to follow or did not; None where the target does not follow."""
    if stored is None:
        return Following(on=True, since=now) if said else None
    on = said if stored.by == RULE else stored.on
    return stored if on and stored.on else None


def seen(it: Following, build: Build) -> Following:
    """With one more build: it is wanted if it is good, and newer than all that were."""
    if build.conclusion != SUCCESS or build.updated < it.since - SKEW:
        return it
    if any(_order(each) >= _order(build) for each in (it.wants, it.done) if each):
        return it
    overtaken = (it.wants.sha,) if it.wants and it.wants.sha != build.sha else ()
    return replace(it, wants=build, passed=(*it.passed, *overtaken))


def _order(build: Build) -> tuple[int, int]:
    """GitHub counts runs as they are asked for, whichever ends first."""
    return build.id, build.attempt


def begun(it: Following, build: Build, operation: str) -> Following:
    """A build was begun; a newer one may be wanted by now."""
    later = it.wants if it.wants and it.wants != build else None
    passed = () if later is None else tuple(sha for sha in it.passed if sha != build.sha)
    return replace(it, wants=later, done=build, operation=operation, passed=passed)


def left_out(it: Following, build: Build) -> Following:
    """There is nothing to be done for a build."""
    return replace(it, wants=None, done=build) if it.wants == build else it


def overtaken(it: Following, sha: str) -> Following:
    """What was begun still waited for approval when a newer one came."""
    return it if sha in it.passed else replace(it, passed=(sha, *it.passed))


def stops(it: Following, stopped: Stopped) -> Following:
    return it if it.stopped else replace(it, stopped=stopped)


def switched_on(it: Following | None, by: Actor, where: Origin, now: float) -> Following:
    """From now on; what was built since it stopped is wanted still, what was built while it was off is not."""
    before = it if it and it.on else None
    wants, passed = (before.wants, before.passed) if before else (None, ())
    done, operation = (it.done, it.operation) if it else (None, "")
    return Following(
        on=True,
        since=now,
        by=by,
        where=where,
        wants=wants,
        done=done,
        operation=operation,
        passed=passed,
    )


def switched_off(it: Following | None, by: Actor, where: Origin, now: float) -> Following:
    done, operation = (it.done, it.operation) if it else (None, "")
    return Following(on=False, since=now, by=by, where=where, done=done, operation=operation)


def put_back(it: Following, ended: Iterable[Snapshot]) -> Stopped | None:
    """The newest operation on the target that was put back since somebody said that it follows."""
    back = (
        each for each in ended if each.outcome and each.outcome.tag in PUT_BACK and each.finished > it.since
    )
    newest = max(back, key=lambda each: each.finished, default=None)
    return Stopped(newest.operation.id, newest.finished) if newest else None
