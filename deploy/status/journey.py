"""where: one commit's way along the chain, as far as it has come.

What is asked does not wait for the commit where it does not depend on it; what probably follows from its answers is
asked beforehand. Each question goes out once, since the clients are those of one answer.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from deploy.builds.failing import Failing, failing_step
from deploy.builds.speaking import speaking_build
from deploy.builds.unbuilt import Unbuilt, why_unbuilt
from deploy.builds.under_way import see
from deploy.builds.usual import exemplars, experience_of, others
from deploy.core.ask import ANSWERS_WITHIN, Unknown, ask, known
from deploy.core.durations import Left, Usual, current, of_builds
from deploy.core.github_model import Build, Commit, Comparison, Job, JobStep
from deploy.core.model import Image, Target
from deploy.core.together import together
from deploy.core.values import dataclass
from deploy.runner import report
from deploy.status.there import There, attempts, relation, runs_in, tagged, there

if TYPE_CHECKING:
    from deploy.engine.snapshot import Snapshot
    from deploy.runner.report import Runners
    from deploy.world import World

BUILD_ANSWERS_WITHIN = 2 * ANSWERS_WITHIN  # seconds: its questions follow from one another
MOST_LISTED = 20  # targets whose deployments Coolify is asked for: it answers 200 requests a minute in all


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
    same = [each for each in world.targets.values() if each.image == target.image]
    few = len(same) <= MOST_LISTED
    commit, (to_main, built, image, tried), _, seen, last = await together(
        world.systems.github.commit(ref),
        _of_commit(world, target, ref),
        exemplars(world, target.workflow),
        together(*(there(world, each, ref, whole=few) for each in same)),
        _foreseen(world, same, ref),
    )
    await _remember(world, seen, last)
    return Journey(
        target=target,
        branch=world.systems.github.branch,
        commit=commit,
        to_main=to_main,
        built=built,
        image=image,
        there=tuple(replace(each, tried=tried.get(each.target.name)) for each in seen),
        now=time.time(),
    )


async def _of_commit(
    world: World, target: Target, ref: str
) -> tuple[Comparison | Unknown, Built | Unknown, Image | Unknown | None, dict[str, Snapshot]]:
    """What there is of the commit itself, and the operations that were to bring it anywhere."""
    commit = await world.systems.github.commit(ref)
    to_main, built, image, tried = await together(
        _to_main(world, commit),
        ask("GitHub", _built(world, target, commit), within=BUILD_ANSWERS_WITHIN),
        ask("The registry", world.systems.registry.image(target.image, commit.sha, target.platform)),
        ask("fisk's memory", attempts(world, commit)),
    )
    return to_main, built, image, known(tried) or {}


async def _to_main(world: World, commit: Commit) -> Comparison | Unknown:
    return await ask("GitHub", world.systems.github.compare(commit.sha, world.systems.github.branch))


async def _built(world: World, target: Target, commit: Commit) -> Built:
    build, earlier = await together(
        speaking_build(world, target, commit.sha), _exemplars_and_likely_jobs(world, target, commit)
    )
    if build is None:
        return Built(None, unbuilt=await why_unbuilt(world, target, commit, await _to_main(world, commit)))
    jobs = await world.systems.github.jobs(build.id)
    earlier = others(earlier, build)
    if build.over:
        return Built(build, jobs, of_builds(earlier), failing=await failing_step(world, jobs))
    if build.status in report.WAITING:
        return _waits(build, jobs, of_builds(earlier), await report.look(world))
    experience = await experience_of(world, earlier)
    return Built(build, jobs, experience.usual, experience.left(build, jobs, time.time()))


async def _exemplars_and_likely_jobs(world: World, target: Target, commit: Commit) -> tuple[Build, ...]:
    """The sample of builds; the jobs of the commit's own, if it is among them, are asked for by now."""
    earlier = await exemplars(world, target.workflow)
    likely = next((each for each in earlier if each.sha == commit.sha), None)
    if likely:
        await ask("GitHub", world.systems.github.jobs(likely.id))
    return earlier


def _waits(build: Build, jobs: tuple[Job, ...], usual: Usual | None, seen: Runners) -> Built:
    mine = [it for it in seen.waiting if it.build.id == build.id]
    waited = max((seen.waited(it) for it in mine), default=seen.now - build.started)
    idle = (
        each.runner.name
        for each in known(seen.runners) or ()
        if any(it.build.id == build.id for it in each.ignores)
    )
    return Built(build, jobs, usual, waited=waited, stuck=next(idle, ""))


# --- what was seen last


async def _foreseen(world: World, targets: Sequence[Target], ref: str) -> tuple[str, ...]:
    """The commit that each target ran when it was last looked at; what is asked where it still does is asked by now."""
    last = known(await ask("fisk's memory", world.memory.cache.get(*map(runs_in, targets)))) or ()
    ran = {sha: each for sha, each in zip(last, targets, strict=False) if sha}
    await together(_compared(world, ref, ran), *(tagged(world, each, sha) for sha, each in ran.items()))
    return last


async def _compared(world: World, ref: str, shas: Iterable[str]) -> None:
    commit = await world.systems.github.commit(ref)
    await together(*(relation(world, commit, sha) for sha in shas))


async def _remember(world: World, seen: Sequence[There], last: Sequence[str]) -> None:
    before = last or [""] * len(seen)
    news = [it for it, sha in zip(seen, before, strict=True) if it.running.sha not in {"", sha}]
    await together(*(see(world, runs_in(it.target), it.running.sha) for it in news))
