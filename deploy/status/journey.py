"""where: one commit's way along the chain, as far as it has come."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from deploy.builds.failing import Failing, failing_step
from deploy.builds.speaking import speaking_build
from deploy.builds.unbuilt import Unbuilt, why_unbuilt
from deploy.builds.usual import exemplars, experience_of, others
from deploy.core.ask import ANSWERS_WITHIN, Unknown, ask, known
from deploy.core.durations import Left, Usual, current, of_builds
from deploy.core.github_model import Build, Commit, Comparison, Job, JobStep
from deploy.core.model import Deployment, Health, Image, Operation, Release, Running, Target
from deploy.core.together import together
from deploy.deploys.arguments import Shipping
from deploy.deploys.health import look_and_health
from deploy.deploys.running import runs_by
from deploy.engine.snapshot import Snapshot
from deploy.runner import report
from deploy.status.drift import Drift, drift

if TYPE_CHECKING:
    from deploy.runner.report import Runners
    from deploy.world import World

RELEASES = 100
OPERATIONS = 20
BUILD_ANSWERS_WITHIN = 2 * ANSWERS_WITHIN  # seconds: its questions follow from one another

Relation = Literal["this", "within", "not yet", "elsewhere", "unknown"]


@dataclass(frozen=True, slots=True)
class Built:
    """The build that speaks for the commit, with what it does; None where GitHub lists none: `unbuilt` says why.

    `waited`: how long it waits for a runner, `stuck` for one that is idle.
    """

    build: Build | None
    jobs: tuple[Job, ...] = ()
    usual: Usual | None = None
    left: Left | None = None
    failing: Failing | None = None
    unbuilt: Unbuilt | None = None
    waited: float = 0.0
    stuck: str = ""

    @property
    def step(self) -> tuple[Job, JobStep] | None:
        return current(self.jobs)


@dataclass(frozen=True, slots=True)
class There:
    """What a target runs beside this commit.

    `this`: exactly it; `within`: a later one that has it; `not yet`: an earlier one; `elsewhere`: neither has the
    other. `release` is fisk's own record of shipping it, `deployment` Coolify's; `tried` is the newest operation
    that was to bring it there and is under way, or ended otherwise than well.
    """

    target: Target
    running: Running
    relation: Relation
    release: Release | None
    deployment: Deployment | None
    health: Health | Unknown
    drift: Drift = field(default_factory=Drift)
    tried: Snapshot | None = None


@dataclass(frozen=True, slots=True)
class Journey:
    """How far a commit has come. `to_main` is main seen from it: `ahead` means that it is on main."""

    target: Target
    branch: str
    commit: Commit
    to_main: Comparison | Unknown
    built: Built | Unknown
    image: Image | Unknown | None
    there: tuple[There, ...]
    now: float


async def journey(world: World, target: Target, ref: str) -> Journey:
    """Everything about one commit, of all systems at once. Raises errors.CommitNotFound, SystemFailure."""
    async with world.one_answer() as once:
        return await _journey(once.of(target), target, ref)


async def _journey(world: World, target: Target, ref: str) -> Journey:
    commit = await world.systems.github.commit(ref)
    same = [each for each in world.targets.values() if each.image == target.image]
    async with asyncio.TaskGroup() as group:
        to_main = group.create_task(
            ask("GitHub", world.systems.github.compare(commit.sha, world.systems.github.branch))
        )
        built = group.create_task(
            ask("GitHub", _built(world, target, commit, to_main), within=BUILD_ANSWERS_WITHIN)
        )
        image = group.create_task(ask("The registry", _image(world, target, commit)))
        there = [group.create_task(_there(world, each, commit)) for each in same]
    return Journey(
        target=target,
        branch=world.systems.github.branch,
        commit=commit,
        to_main=to_main.result(),
        built=built.result(),
        image=image.result(),
        there=tuple(each.result() for each in there),
        now=time.time(),
    )


async def _image(world: World, target: Target, commit: Commit) -> Image | None:
    return await world.systems.registry.image(target.image, commit.sha, target.platform)


async def _built(
    world: World, target: Target, commit: Commit, to_main: Awaitable[Comparison | Unknown]
) -> Built:
    build, earlier = await together(
        speaking_build(world, target, commit.sha), exemplars(world, target.workflow)
    )
    if build is None:
        return Built(None, unbuilt=await why_unbuilt(world, target, commit, await to_main))
    jobs = await world.systems.github.jobs(build.id)
    earlier = others(earlier, build)
    if build.over:
        return Built(build, jobs, of_builds(earlier), failing=await failing_step(world, jobs))
    if build.status in report.WAITING:
        return _waits(build, jobs, of_builds(earlier), await report.look(world))
    experience = await experience_of(world, earlier)
    return Built(build, jobs, experience.usual, experience.left(build, jobs, time.time()))


def _waits(build: Build, jobs: tuple[Job, ...], usual: Usual | None, seen: Runners) -> Built:
    mine = [it for it in seen.waiting if it.build.id == build.id]
    waited = max((seen.waited(it) for it in mine), default=seen.now - build.started)
    idle = (
        each.runner.name
        for each in known(seen.runners) or ()
        if any(it.build.id == build.id for it in each.ignores)
    )
    return Built(build, jobs, usual, waited=waited, stuck=next(idle, ""))


async def _there(world: World, target: Target, commit: Commit) -> There:
    (seen, health), releases, tried = await together(
        look_and_health(world, target),
        ask("fisk's memory", world.memory.history.releases(target.name, RELEASES)),
        ask("fisk's memory", _tried(world, target, commit)),
    )
    runs = await runs_by(world, target, seen)
    relation, tagged = await together(_relation(world, commit, runs), _tagged(world, target, runs))
    mine = (each for each in known(seen.deployments) or () if each.commit == commit.sha)
    return There(
        target=target,
        running=runs,
        relation=relation,
        release=next((each for each in known(releases) or () if each.sha == commit.sha), None),
        deployment=next(mine, None),
        health=health,
        drift=await drift(world, target, seen.application, runs, known(releases) or (), tagged, health),
        tried=known(tried),
    )


async def _tagged(world: World, target: Target, runs: Running) -> Image | Unknown | None:
    """The image that the tag of the commit that runs names now."""
    if not runs.sha:
        return None
    return await ask("The registry", world.systems.registry.image(target.image, runs.sha, target.platform))


async def _tried(world: World, target: Target, commit: Commit) -> Snapshot | None:
    """The newest operation that was to deploy it here, unless it did."""
    running_, over = await together(
        world.memory.journal.running(), world.memory.history.operations(target.resource, OPERATIONS)
    )
    mine = (each for each in (*running_, *over) if _brings(each.operation, target, commit))
    newest = max(mine, key=lambda each: each.operation.created, default=None)
    return None if newest is None or newest.state == "done" else newest


def _brings(operation: Operation, target: Target, commit: Commit) -> bool:
    asked = operation.arguments
    if not isinstance(asked, Shipping) or asked.target != target.name:
        return False
    return bool(asked.ref) and commit.sha.startswith(asked.ref)


async def _relation(world: World, commit: Commit, runs: Running) -> Relation:
    if not runs.sha:
        return "unknown"
    if runs.sha == commit.sha:
        return "this"
    seen = await ask("GitHub", world.systems.github.compare(commit.sha, runs.sha))
    if isinstance(seen, Unknown):
        return "unknown"
    relations: dict[str, Relation] = {"ahead": "within", "identical": "this", "behind": "not yet"}
    return relations.get(seen.status, "elsewhere")
