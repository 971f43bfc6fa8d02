"""The lookups for a deploy's gates. Read-only."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from deploy.builds.fit import fit
from deploy.builds.rules import doing, newest
from deploy.builds.usual import experience
from deploy.core import errors
from deploy.core.ask import ask, known
from deploy.core.model import (
    LATEST,
    Build,
    Commit,
    Comparison,
    Target,
    short,
)
from deploy.core.units import cut
from deploy.deploys.errors import LatestUnknown, NoImage
from deploy.deploys.gate_report import GateReport, Situation
from deploy.deploys.gates import judge
from deploy.deploys.running import in_registry, newest_deployments, running_image

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

    from deploy.builds.usual import Experience
    from deploy.world import World

T = TypeVar("T")
SHOWN_TITLE = 60  # characters of a commit's title in a headline
GITHUB_WITHIN = 20.0  # seconds that a way back waits for it
NEAR = 50  # how many commits back an ancestor with an image is looked for


@dataclass(frozen=True, slots=True)
class Resolved:
    """The commit that a person meant, and the image tag that a deploy of it points to."""

    commit: Commit
    tag: str

    @property
    def subject(self) -> str:
        """The commit as people name it, with what it is about."""
        title = cut(self.commit.title, SHOWN_TITLE)
        return " ".join(part for part in (short(self.commit.sha), f"“{title}”" if title else "") if part)

    @property
    def note(self) -> str:
        return f"by {self.commit.author}" + ("; follows latest" if self.tag == LATEST else "")


def tag_of(ref: str, commit: Commit) -> str:
    """The image tag that a deploy of `ref` points to: `latest` stays latest, all else is pinned to 40 digits."""
    return LATEST if ref == LATEST else commit.sha


async def resolve(world: World, target: Target, ref: str) -> Resolved:
    """Turn a prefix, or `latest`, into one commit. Raises errors.CommitNotFound and SystemFailure."""
    commit = await world.systems.github.commit(
        await _revision_of_latest(world, target) if ref == LATEST else ref
    )
    return Resolved(commit, tag_of(ref, commit))


async def _revision_of_latest(world: World, target: Target) -> str:
    image = await world.systems.registry.image(target.image, LATEST, target.platform)
    if image is None:
        raise NoImage(image=target.image, sha=LATEST, url=target.image)
    if not image.revision:
        raise LatestUnknown(image=target.image)
    return image.revision


@asynccontextmanager
async def _together() -> AsyncIterator[asyncio.TaskGroup]:
    """Run lookups concurrently; the first failure cancels the others and is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None


async def gather(world: World, target: Target, resolved: Resolved, *, going_back: bool = False) -> Situation:
    """Ask all systems at once for what the gates decide upon. A way back must not hang on GitHub, so there its
    silence leaves gaps. Raises SystemFailure.
    """
    commit = resolved.commit
    github = _if_told if going_back else _duty
    async with _together() as group:
        image = group.create_task(world.systems.registry.image(target.image, resolved.tag, target.platform))
        builds = group.create_task(
            github(world.systems.github.builds(target.workflow, sha=commit.sha, limit=5))
        )
        to_main = group.create_task(
            github(world.systems.github.compare(commit.sha, world.systems.github.branch))
        )
        application = group.create_task(world.systems.coolify.application(target.app))
        deployments = group.create_task(newest_deployments(world, target))
        abilities = group.create_task(world.systems.coolify.abilities(target.app))
    runs = await running_image(application.result(), deployments.result(), in_registry(world, target))
    unbuilt = not image.result() and not builds.result()
    build = newest(builds.result() or ())
    return Situation(
        target=target,
        branch=world.systems.github.branch,
        commit=commit,
        tag=resolved.tag,
        to_main=to_main.result(),
        since=await github(_since(world, runs.sha, commit.sha)),
        build=build,
        building=await how_it_goes(world, target, build) if build and build.status != "completed" else "",
        image=image.result(),
        ancestor=await _built_ancestor(world, target, commit) if unbuilt else None,
        application=application.result(),
        running=runs,
        active=tuple(each for each in deployments.result() if each.active),
        abilities=abilities.result(),
        going_back=going_back,
    )


async def _duty(answer: Awaitable[T]) -> T | None:
    return await answer


async def _if_told(answer: Awaitable[T]) -> T | None:
    return known(await ask("GitHub", answer, GITHUB_WITHIN))


async def gates(
    world: World, target: Target, resolved: Resolved, *, force: bool = False, going_back: bool = False
) -> GateReport:
    """Gather the situation and evaluate the gates."""
    return judge(await gather(world, target, resolved, going_back=going_back), force=force)


async def _since(world: World, runs: str, sha: str) -> Comparison | None:
    """The commit seen from what runs; None where that is unknown, or gone from the repository."""
    if not runs:
        return None
    try:
        return await world.systems.github.compare(runs, sha)
    except (errors.CommitNotFound, errors.NotThere):
        return None


async def how_it_goes(world: World, target: Target, build: Build, earlier: Experience | None = None) -> str:
    """The progress and remaining time of a build under way, as far as GitHub answers."""
    jobs = known(await ask("GitHub", world.systems.github.jobs(build.id))) or ()
    earlier = earlier or await experience(world, target.workflow)
    return doing(build, jobs, earlier.left(build, jobs, time.time()))


async def _built_ancestor(world: World, target: Target, commit: Commit) -> Commit | None:
    """The nearest commit before this one that was built and whose image can be deployed."""
    async with _together() as group:
        ancestors = group.create_task(world.systems.github.ancestors(commit.sha, NEAR))
        builds = group.create_task(world.systems.github.builds(target.workflow, status="success", limit=100))
    built = {build.sha for build in builds.result()}
    for ancestor in ancestors.result()[1:]:
        if ancestor.sha in built and await _fits(world, target, ancestor):
            return ancestor
    return None


async def _fits(world: World, target: Target, commit: Commit) -> bool:
    image = await world.systems.registry.image(target.image, commit.sha, target.platform)
    return fit(image, target.platform, commit.sha).misfit is None
