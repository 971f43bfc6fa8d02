"""What changed lately: operations, builds, and people's holds, for whoever looks for the cause of an incident."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from deploy.core.ask import Unknown, ask, known
from deploy.core.model import Build, Commit, Deployment, Target
from deploy.core.parts import own_name
from deploy.core.together import together
from deploy.core.values import dataclass
from deploy.engine.audit import Entry
from deploy.engine.snapshot import Snapshot
from deploy.redis import codec

if TYPE_CHECKING:
    from deploy.world import World

TOLD_WITHIN = 20.0  # seconds: an incident waits for nobody, and a hundred builds are a long answer
MOST_BUILDS = 100  # of each workflow
MOST_COMMITS = 100  # back from the branch's tip, to name the builds by
MOST_DEPLOYMENTS = 50  # of each target
TRIGGER = "trigger"  # how the steps begin that ask Coolify for a deployment
HOLDS = frozenset({"held", "lifted"})


@dataclass(frozen=True, slots=True)
class BuildChange:
    """A build, with its commit where that is among the newest ones of the branch."""

    build: Build
    commit: Commit | None = None

    @property
    def ended(self) -> float:
        return self.build.updated if self.build.status == "completed" else 0


@dataclass(frozen=True, slots=True)
class PastFisk:
    """A deployment of a target that somebody, or the build's own last job, asked Coolify for."""

    target: str
    deployment: Deployment


@dataclass(frozen=True, slots=True)
class Changes:
    """All that was under way at some time from `since` to `now`, in server seconds; each newest first.

    `past_fisk` are Coolify's deployments that no operation of fisk's began. `missing`: which system did not tell
    what it knows, and why.
    """

    since: float
    now: float
    operations: tuple[Snapshot, ...]
    builds: tuple[BuildChange, ...]
    record: tuple[Entry, ...]
    past_fisk: tuple[PastFisk, ...] = ()
    missing: tuple[Unknown, ...] = ()

    @property
    def holds(self) -> tuple[Entry, ...]:
        """The entries of the record in which somebody held something, or let it go."""
        return tuple(entry for entry in self.record if entry.outcome in HOLDS)


async def changes(world: World, seconds: float) -> Changes:
    """What changed in the last `seconds`. A system's silence leaves a gap that is named.

    Raises:
        errors.StateUnavailable: the store does not answer.
    """
    now = await world.memory.now()
    since = now - seconds
    finished, running, record, builds, deployments = await together(
        world.memory.history.since(since),
        world.memory.journal.running(),
        world.memory.audit.since(since),
        ask("GitHub", _builds(world, since), TOLD_WITHIN),
        ask("Coolify", _deployments(world, since), TOLD_WITHIN),
    )
    found = {each.operation.id: each for each in (*running, *finished)}
    operations = tuple(sorted(found.values(), key=lambda each: each.operation.created, reverse=True))
    triggered = {uuid for each in operations for uuid in _triggered(each)}
    return Changes(
        since,
        now,
        operations,
        known(builds) or (),
        record,
        tuple(each for each in known(deployments) or () if each.deployment.uuid not in triggered),
        tuple(each for each in (builds, deployments) if isinstance(each, Unknown)),
    )


async def past_fisk(world: World, target: Target, since: float) -> tuple[Deployment, ...]:
    """The target's deployments since then that no operation in fisk's memory asked for, newest first.

    Raises:
        errors.SystemFailure: Coolify does not answer.
        errors.StateUnavailable: the store does not.
    """
    listed = await deployments_of(world, target)
    operations = (*await world.memory.journal.running(), *await world.memory.history.since(since))
    return not_asked_for(operations, (each for each in listed if each.at >= since))


def not_asked_for(operations: Iterable[Snapshot], listed: Iterable[Deployment]) -> tuple[Deployment, ...]:
    """Those deployments of Coolify's that none of the operations asked for."""
    triggered = {uuid for each in operations for uuid in _triggered(each)}
    return tuple(each for each in listed if each.uuid not in triggered)


async def deployments_of(world: World, target: Target) -> tuple[Deployment, ...]:
    """Coolify's newest of a target; none where it does not run it."""
    if target.kind != "coolify":
        return ()
    return await world.systems.coolify.deployments(target.app, take=MOST_DEPLOYMENTS)


async def _deployments(world: World, since: float) -> tuple[PastFisk, ...]:
    """All of Coolify's, newest first: fisk's own among them."""
    targets = tuple(world.targets.values())
    listed = await together(*(deployments_of(world, target) for target in targets))
    found = [
        PastFisk(target.name, each) for target, some in zip(targets, listed, strict=True) for each in some
    ]
    recent = [each for each in found if each.deployment.at >= since]
    return tuple(sorted(recent, key=lambda each: each.deployment.at, reverse=True))


def _triggered(snapshot: Snapshot) -> Iterator[str]:
    """The deployments that an operation asked Coolify for."""
    for step, result in snapshot.results.items():
        if own_name(step).startswith(TRIGGER):
            with suppress(ValueError):  # from another version
                yield codec.load(Deployment, result).uuid


async def _builds(world: World, since: float) -> tuple[BuildChange, ...]:
    """Those of every repository."""
    each = [(one, name) for one in world.of_each_repository() for name in one.workflows]
    found, commits = await together(
        together(*(one.systems.github.builds(name, limit=MOST_BUILDS) for one, name in each)),
        together(*(_commits(one) for one in world.of_each_repository())),
    )
    builds = {build.id: build for some in found for build in some if _last_change(build) >= since}
    titles = {sha: commit for some in commits for sha, commit in some.items()}
    newest_first = sorted(builds.values(), key=lambda build: build.started, reverse=True)
    return tuple(BuildChange(build, titles.get(build.sha)) for build in newest_first)


def _last_change(build: Build) -> float:
    return build.updated if build.status == "completed" else float("inf")


async def _commits(world: World) -> dict[str, Commit]:
    newest = await world.systems.github.ancestors(world.systems.github.branch, MOST_COMMITS)
    return {commit.sha: commit for commit in newest}
