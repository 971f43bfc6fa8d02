"""status: the state of all systems. They are queried concurrently, without dependent second queries.

A query that depends on another system's answer starts from the cached last answer; a stale one
costs a second round, a valid one none.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from deploy.builds import under_way as builds
from deploy.builds.ancestry import behind
from deploy.builds.report import jobs_of
from deploy.builds.sight import Sight, Unseen
from deploy.builds.under_way import Building, cache_name, see
from deploy.core.ask import Unknown, ask, known
from deploy.core.compose_model import Project
from deploy.core.github_model import Build, Commit, Job, Runner
from deploy.core.model import (
    LATEST,
    Deployment,
    Health,
    Hold,
    Image,
    Release,
    Running,
    Target,
)
from deploy.core.together import together
from deploy.core.values import dataclass
from deploy.deploys.health import look_and_health
from deploy.deploys.running import is_release, runs_by
from deploy.engine.claims import Aside
from deploy.engine.inbox import INBOX
from deploy.engine.left import Left
from deploy.engine.outbox import OUTBOX
from deploy.engine.snapshot import Snapshot
from deploy.runner import report
from deploy.runner.report import Runners
from deploy.status.drift import Drift, drift
from deploy.status.there import runs_in, tagged
from deploy.systems.buildkit import BuildKitStatus

if TYPE_CHECKING:
    from deploy.world import World

COMMITS = 100
RELEASES = 10


@dataclass(frozen=True, slots=True)
class Memory:
    """What fisk itself knows: releases of the target newest first, holds, operations under way.

    `set_aside`: the operations that nobody runs until a person says so. `left`: how many messages wait for another
    version of fisk to send them, `lines` how many typed ones for it to do them.
    `unseen`: fisk cannot see builds for want of a right. `builds` and `sha` are what was last seen, to ask by: the
    build under way with those that tell how long it will be, and the commit that runs; empty where nothing was.
    """

    releases: tuple[Release, ...] = ()
    holds: tuple[Hold, ...] = ()
    running: tuple[Snapshot, ...] = ()
    builds: tuple[int, ...] = ()
    sha: str = ""
    unseen: Unseen | None = None
    set_aside: tuple[Aside, ...] = ()
    left: int = 0
    lines: int = 0


@dataclass(frozen=True, slots=True)
class Live:
    """What a target runs and how well. `behind` is None where nobody can tell, `release` where it was not fisk's;
    `app_page` is its path at Coolify, empty where that is not known; `project` is that of a target that compose runs.
    """

    running: Running
    behind: int | None
    release: Release | None
    active: tuple[Deployment, ...]
    health: Health | Unknown
    drift: Drift = field(default_factory=Drift)
    app_page: str = ""
    project: Project | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """The chain. What is Unknown says why; `buildkit` is None where fisk knows of no host for it, `coolify` where that
    does not run the target.

    `renamed` is the repository's name now, where it is another than the configured one.
    """

    target: Target
    branch: str
    head: Commit | Unknown
    live: Live
    building: Building | Unknown
    image: Image | Unknown | None
    runners: Runners
    buildkit: BuildKitStatus | Unknown | None
    memory: Memory | Unknown
    coolify: str | Unknown | None
    calls_left: tuple[int, int] | None
    now: float
    renamed: str = ""


async def status(world: World, target: Target) -> Status:
    """Ask everything at once; never raises for a system."""
    world = world.of(target)
    memory = await ask("fisk's memory", _remember(world, target))
    told = known(memory) or Memory()
    async with asyncio.TaskGroup() as group:
        head = group.create_task(_head(world))
        image = group.create_task(_latest(world, target))
        live = group.create_task(_live(world, target, told, head))
        building = group.create_task(builds.look(world, target, told.builds))
        seen = group.create_task(_runners(world, building))
        buildkit = group.create_task(_buildkit(world))
        coolify = group.create_task(_coolify(world, target))
    commits = head.result()
    return Status(
        target=target,
        branch=world.systems.github.branch,
        head=commits if isinstance(commits, Unknown) else commits[0],
        live=live.result(),
        building=building.result(),
        image=image.result(),
        runners=seen.result(),
        buildkit=buildkit.result(),
        memory=memory,
        coolify=coolify.result(),
        calls_left=world.systems.github.calls_left,
        now=time.time(),
        renamed=known(await ask("GitHub", world.systems.github.new_name())) or "",
    )


async def _remember(world: World, target: Target) -> Memory:
    releases, holds, under_way, nobodys, cached, unseen = await together(
        world.memory.history.releases(target.name, RELEASES),
        world.memory.locks.holds(),
        world.memory.journal.running(),
        _nobodys(world),
        world.memory.cache.get(cache_name(target), runs_in(target)),
        world.memory.stores.of(Sight).present(),
    )
    (ids, sha), (aside, left, lines) = cached, nobodys
    not_run = {each.operation for each in aside}
    running = tuple(each for each in under_way if each.operation.id not in not_run)
    holds = (*holds, *world.freezes.now(await world.memory.now()))
    return Memory(releases, holds, running, tuple(map(int, ids.split())), sha, unseen, aside, left, lines)


async def _nobodys(world: World) -> tuple[tuple[Aside, ...], int, int]:
    """What waits for a person, and how many messages and lines for another version of fisk."""
    journal = world.memory.journal
    messages, lines = (Left(journal.state, stream) for stream in (OUTBOX, INBOX))
    return await journal.aside(), await messages.count(), await lines.count()


async def _head(world: World) -> tuple[Commit, ...] | Unknown:
    return await ask("GitHub", world.systems.github.ancestors(world.systems.github.branch, COMMITS))


async def _latest(world: World, target: Target) -> Image | Unknown | None:
    return await ask("The registry", world.systems.registry.image(target.image, LATEST, target.platform))


async def _coolify(world: World, target: Target) -> str | Unknown | None:
    return await ask("Coolify", _version(world)) if target.kind == "coolify" else None


async def _version(world: World) -> str:
    await world.systems.coolify.version()
    return world.systems.coolify.version_text


async def _buildkit(world: World) -> BuildKitStatus | Unknown | None:
    return await ask("BuildKit's host", world.systems.buildkit.status()) if world.systems.buildkit else None


# --- what runs


async def _live(
    world: World,
    target: Target,
    memory: Memory,
    head: Awaitable[tuple[Commit, ...] | Unknown],
) -> Live:
    (seen, health), named = await together(look_and_health(world, target), tagged(world, target, memory.sha))
    runs, deployments = await runs_by(world, target, seen), known(seen.deployments) or ()
    if runs.sha != memory.sha:
        await see(world, runs_in(target), runs.sha)
        named = await tagged(world, target, runs.sha)
    return Live(
        running=runs,
        behind=await _behind(world, runs.sha, known(await head) or ()),
        release=next((each for each in memory.releases if is_release(each, runs)), None),
        active=tuple(each for each in deployments if each.active),
        health=health,
        drift=await drift(world, target, seen.application, runs, memory.releases, named, health),
        app_page=next((each.app_page for each in deployments), ""),
        project=known(seen.project),
    )


async def _behind(world: World, sha: str, commits: Sequence[Commit]) -> int | None:
    """How many commits of the branch it lacks; asked for by itself where it is older than those at hand."""
    if not sha or not commits:
        return None
    if (count := behind(commits, sha)) is not None:
        return count
    compared = await ask("GitHub", world.systems.github.compare(sha, world.systems.github.branch))
    return None if isinstance(compared, Unknown) else compared.ahead_by


# --- on what it is built


async def _runners(world: World, building: Awaitable[Building | Unknown]) -> Runners:
    """The jobs of builds that wait are asked for only where a runner is free to take them, or nobody knows.

    Those of other builds under way only where a busy runner's job is not known while something waits.
    """
    seen, queued, built = await together(
        report.visible_runners(world),
        ask("GitHub", world.systems.github.runs(status="queued", limit=report.LOOKED_AT)),
        building,
    )
    last = built.newest if isinstance(built, Building) else None
    jobs = [(last, built.jobs)] if isinstance(built, Building) and last else []
    waiting = [each for each in known(queued) or () if last is None or each.id != last.id]
    unexplained = not isinstance(seen, Unknown) and _busy_with_nothing_known(seen, jobs)
    if isinstance(seen, Unknown) or unexplained or any(each.online and not each.busy for each in seen):
        jobs += await jobs_of(world, waiting)
    running: tuple[Build, ...] | Unknown = Unknown("not asked for")
    if unexplained and any(job.status == "queued" for _, listed in jobs for job in listed):
        running = await report.running_builds(world)
        others = [each for each in known(running) or () if last is None or each.id != last.id]
        jobs += await jobs_of(world, others)
    return report.read(seen, jobs, time.time(), complete=report.are_all(running, jobs))


def _busy_with_nothing_known(runners: Sequence[Runner], jobs: Sequence[tuple[Build, Sequence[Job]]]) -> bool:
    at_work = {job.runner for _, listed in jobs for job in listed if job.status == "in_progress"}
    return any(each.online and each.busy and each.name not in at_work for each in runners)
