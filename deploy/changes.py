"""What changed lately: operations, builds, and people's holds, for whoever looks for the cause of an incident."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploy import errors
from deploy.model import Build, Commit, Failure
from deploy.state.record import Entry
from deploy.state.snapshot import Snapshot

if TYPE_CHECKING:
    from deploy.world import World

MOST_BUILDS = 100  # of each workflow
MOST_COMMITS = 100  # back from the branch's tip, to name the builds by
HOLDS = frozenset({"held", "lifted"})


@dataclass(frozen=True, slots=True)
class BuildSeen:
    """A build, with its commit where that is among the newest ones of the branch."""

    build: Build
    commit: Commit | None = None

    @property
    def ended(self) -> float:
        return self.build.updated if self.build.status == "completed" else 0


@dataclass(frozen=True, slots=True)
class Changes:
    """All that was under way at some time from `since` to `now`, in server seconds; each newest first.

    `missing`: why builds are missing, where GitHub did not tell.
    """

    since: float
    now: float
    operations: tuple[Snapshot, ...]
    builds: tuple[BuildSeen, ...]
    record: tuple[Entry, ...]
    missing: Failure | None = None

    @property
    def holds(self) -> tuple[Entry, ...]:
        """The entries of the record in which somebody held something, or let it go."""
        return tuple(entry for entry in self.record if entry.outcome in HOLDS)


async def changes(world: World, seconds: float) -> Changes:
    """What changed in the last `seconds`. GitHub's silence leaves a gap that is named.

    Raises:
        errors.StateUnavailable: fisk's own memory does not answer.
    """
    now = await world.now()
    since = now - seconds
    finished, running, record, (builds, missing) = await asyncio.gather(
        world.history.since(since), world.journal.running(), world.record.since(since), _builds(world, since)
    )
    operations = {each.operation.id: each for each in (*running, *finished)}
    newest_first = sorted(operations.values(), key=lambda each: each.operation.created, reverse=True)
    return Changes(since, now, tuple(newest_first), builds, record, missing)


async def _builds(world: World, since: float) -> tuple[tuple[BuildSeen, ...], Failure | None]:
    workflows = sorted({target.workflow for target in world.targets.values()})
    try:
        found, commits = await asyncio.gather(
            asyncio.gather(*(world.github.builds(name, limit=MOST_BUILDS) for name in workflows)),
            _commits(world),
        )
    except errors.SystemFailure as error:
        return (), error.failure
    builds = {build.id: build for some in found for build in some if _seen(build) >= since}
    newest_first = sorted(builds.values(), key=lambda build: build.started, reverse=True)
    return tuple(BuildSeen(build, commits.get(build.sha)) for build in newest_first), None


def _seen(build: Build) -> float:
    return build.updated if build.status == "completed" else float("inf")


async def _commits(world: World) -> dict[str, Commit]:
    newest = await world.github.ancestors(world.github.branch, MOST_COMMITS)
    return {commit.sha: commit for commit in newest}
