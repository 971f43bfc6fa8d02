"""The lookups for a deploy's gates. Read-only."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

from deploy.builds.conclusions import SUCCESS
from deploy.builds.left_out import left_out
from deploy.builds.nearest import nearest_built
from deploy.builds.rules import doing
from deploy.builds.speaking import speaking_build
from deploy.builds.unbuilt import why_unbuilt
from deploy.builds.usual import Experience, experience
from deploy.core import errors
from deploy.core.acting import Suspended
from deploy.core.ask import ask, known
from deploy.core.freeze import about
from deploy.core.model import (
    LATEST,
    Build,
    Commit,
    Comparison,
    Hold,
    Image,
    Running,
    Target,
    short,
)
from deploy.core.together import together
from deploy.core.units import cut
from deploy.core.values import dataclass
from deploy.deploys.errors import LatestUnknown, NoImage
from deploy.deploys.gate_report import Further, GateReport, Situation
from deploy.deploys.gates import judge
from deploy.deploys.migrations import migrations
from deploy.deploys.origin import Evidence, commit_of, evidence, is_about
from deploy.deploys.running import Look, runs_by, strict_look
from deploy.deploys.silence import silence
from deploy.deploys.steady import trial

if TYPE_CHECKING:
    from deploy.world import World

T = TypeVar("T")
Asks = Callable[[Awaitable[Comparison | None]], Awaitable[Comparison | None]]
SHOWN_TITLE = 60  # characters of a commit's title in a headline
GITHUB_WITHIN = 20.0  # seconds that a way back waits for it
RECENT = 10  # good builds among which that of `latest` is looked for


@dataclass(frozen=True, slots=True)
class Resolved:
    """The commit that a person meant, and the image that is its build.

    Attributes:
        commit: all of it.
        tag: what was asked for: `latest`, or the 40 digits.
        digest: of what `latest` named then, or of the release; empty where the gates look at what the tag names.
        released: whether it is the image of a release, which ran here and was healthy.
        weak: why only a tag said then that it is this commit's.
        last: whether it is the release that was proven last before what runs.
        others: the digests of the target's further images, where `digest` is known.
    """

    commit: Commit
    tag: str
    digest: str = ""
    released: bool = False
    weak: str = ""
    last: bool = False
    others: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """The commit as people name it, with what it is about."""
        title = cut(self.commit.title, SHOWN_TITLE)
        return " ".join(part for part in (short(self.commit.sha), f"“{title}”" if title else "") if part)

    @property
    def note(self) -> str:
        return f"by {self.commit.author}" + ("; follows latest" if self.tag == LATEST else "")


async def resolve(world: World, target: Target, ref: str) -> Resolved:
    """Turn a prefix into one commit, or `latest` into one image and that into its commit.

    Raises:
        CommitNotFound: GitHub has no such commit, or several.
        NoImage: there is no `latest`.
        LatestUnknown: nobody can say which commit it was built from.
        SystemFailure: GitHub or the registry does not answer.
    """
    world = world.of(target)
    if ref == LATEST:
        return await _latest(world, target)
    commit = await world.systems.github.commit(ref)
    return Resolved(commit, commit.sha)


async def _latest(world: World, target: Target) -> Resolved:
    digest = await world.systems.registry.digest(target.image, LATEST)
    if digest is None:
        raise NoImage(image=target.image, sha=LATEST, url=target.image)
    built = await world.systems.github.builds(target.workflow, status="success", limit=RECENT)
    origin = await commit_of(world, target, digest, [build.sha for build in built])
    if not origin.sha:
        raise LatestUnknown(image=target.image, why=origin.why)
    others = [await world.systems.registry.digest(image, LATEST) for image in target.every_image[1:]]
    commit = await world.systems.github.commit(origin.sha)
    return Resolved(commit, LATEST, digest, others=tuple(each or "" for each in others))


@asynccontextmanager
async def _together() -> AsyncIterator[asyncio.TaskGroup]:
    """Run lookups concurrently; the first failure cancels the others and is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except BaseExceptionGroup as failures:
        suspended, _ = failures.split(Suspended)
        raise (suspended or failures).exceptions[0] from None


async def gather(
    world: World,
    target: Target,
    resolved: Resolved,
    *,
    going_back: bool = False,
    passes: tuple[str, ...] = (),
    at: float = 0,
) -> Situation:
    """Ask all systems at once for what the gates decide upon. A way back must not hang on GitHub, so there its
    silence leaves gaps. `at`: when it is to be done, for holds that end or begin by then. Raises SystemFailure.
    """
    world, commit = world.of(target), resolved.commit
    github = _if_told if going_back else _duty
    async with _together() as group:
        named = resolved.digest or resolved.tag
        image = group.create_task(world.systems.registry.image(target.image, named, target.platform))
        proven = group.create_task(_evidence(world, target, commit.sha, image))
        speaking = group.create_task(github(speaking_build(world, target, commit.sha)))
        to_main = group.create_task(
            github(world.systems.github.compare(commit.sha, world.systems.github.branch))
        )
        looked = group.create_task(strict_look(world, target))
        running = group.create_task(_running(world, target, looked))
        compared = group.create_task(_since(world, running, commit.sha, github))
        abilities = group.create_task(_abilities(world, target))
        busy = group.create_task(_busy(world, target))
        others = group.create_task(_others(world, target, resolved))
    seen, runs, since = looked.result(), running.result(), compared.result()
    deployments = known(seen.deployments) or ()
    build, judged = speaking.result(), image.result()
    never = build is None and judged is None and not going_back
    unbuilt = await why_unbuilt(world, target, commit, to_main.result()) if never else None
    absent = build if build and judged is None and not going_back else None
    other = await left_out_of(world, target, absent) if absent else False
    pushed_with = unbuilt.pushed_with if unbuilt else ""
    now = world.systems.coolify.now
    return Situation(
        target=target,
        branch=world.systems.github.branch,
        commit=commit,
        tag=resolved.tag,
        released=resolved.released,
        to_main=to_main.result(),
        since=since,
        migrations=await migrations(world, target, runs.sha, commit.sha, since),
        build=build,
        building=await how_it_goes(world, target, build) if build and build.status != "completed" else "",
        image=judged,
        evidence=proven.result(),
        label_counts=judged is not None and is_about(world, judged),
        unbuilt=unbuilt,
        left_out=other,
        ancestor=await nearest_built(world, target, commit, pushed_with) if unbuilt or other else None,
        application=known(seen.application),
        project=known(seen.project),
        busy=busy.result(),
        others=others.result(),
        running=runs,
        active=tuple(each for each in deployments if each.active),
        abilities=abilities.result(),
        silence=await silence(world, deployments, now) if going_back else None,
        going_back=going_back,
        now=now,
        holds=await _holds(world, target, at),
        passes=passes,
        trial=await trial(world, target),
    )


async def _abilities(world: World, target: Target) -> frozenset[str]:
    return await world.systems.coolify.abilities(target.app) if target.kind == "coolify" else frozenset()


async def _busy(world: World, target: Target) -> bool:
    """Whether compose is at work on it; whether Coolify is, its deployments tell."""
    return target.kind == "compose" and await world.systems.compose[target.name].busy()


async def _others(world: World, target: Target, resolved: Resolved) -> tuple[Further, ...]:
    """The target's further images. Raises SystemFailure."""
    digests = dict(zip(target.every_image[1:], resolved.others, strict=False))
    asked = (
        _further(world, target, resolved, name, digests.get(name, "")) for name in target.every_image[1:]
    )
    return tuple(await together(*asked))


async def _further(world: World, target: Target, resolved: Resolved, name: str, digest: str) -> Further:
    of = digest or resolved.commit.sha
    image = await world.systems.registry.image(name, of, target.platform)
    if image is None:
        return Further(name, None)
    proven = await evidence(world, target.of_image(name), resolved.commit.sha, image.digest)
    return Further(name, image, proven, is_about(world, image))


async def _holds(world: World, target: Target, at: float) -> tuple[Hold, ...]:
    moment = at or await world.memory.now()
    held = [hold for hold in await world.memory.locks.holds() if not 0 < hold.until <= moment]
    return about((*held, *world.freezes.now(moment)), target.resource)


async def left_out_of(world: World, target: Target, build: Build) -> bool:
    """Whether its workflow builds several images, of which this build was not about the target's."""
    if build.conclusion != SUCCESS:
        return False
    beside = (
        each for each in world.targets.values() if world.of(each).systems.github is world.systems.github
    )
    images = {name for each in beside if each.workflow == target.workflow for name in each.every_image}
    found = await left_out(world, build, [target.image], several=len(images) > 1)
    return found[target.image] is True


async def _duty(answer: Awaitable[T]) -> T | None:
    return await answer


async def _if_told(answer: Awaitable[T]) -> T | None:
    return known(await ask("GitHub", answer, GITHUB_WITHIN))


async def gates(
    world: World,
    target: Target,
    resolved: Resolved,
    *,
    force: bool = False,
    going_back: bool = False,
    passes: tuple[str, ...] = (),
    at: float = 0,
) -> GateReport:
    """Gather the situation and evaluate the gates; `at`: when it is to be done, where that is later."""
    found = await gather(world, target, resolved, going_back=going_back, passes=passes, at=at)
    return judge(found, force=force)


async def _evidence(
    world: World, target: Target, sha: str, image: Awaitable[Image | None]
) -> Evidence | None:
    judged = await image
    return await evidence(world, target, sha, judged.digest) if judged else None


async def _running(world: World, target: Target, looked: Awaitable[Look]) -> Running:
    return await runs_by(world, target, await looked)


async def _since(world: World, running: Awaitable[Running], sha: str, github: Asks) -> Comparison | None:
    """The commit seen from what runs; None where that is unknown, or gone from the repository."""
    runs = (await running).sha  # however long GitHub may take
    return await github(_compared(world, runs, sha)) if runs else None


async def _compared(world: World, runs: str, sha: str) -> Comparison | None:
    try:
        return await world.systems.github.compare(runs, sha)
    except (errors.CommitNotFound, errors.NotThere):
        return None


async def how_it_goes(world: World, target: Target, build: Build, earlier: Experience | None = None) -> str:
    """The progress and remaining time of a build under way, as far as GitHub answers."""
    jobs = known(await ask("GitHub", world.systems.github.jobs(build.id))) or ()
    earlier = earlier or await experience(world, target.workflow)
    return doing(build, jobs, earlier.left(build, jobs, time.time()))
