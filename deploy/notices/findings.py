"""Gathers a notice's contents: commit, durations, images in the registry, where the build failed.

All systems are queried concurrently with a short timeout; what does not arrive in time is shown as missing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from deploy.builds.conclusions import SUCCESS, went_wrong
from deploy.builds.failing import Failing, failing_step
from deploy.builds.left_out import left_out
from deploy.builds.usual import usual_build
from deploy.core.ask import Unknown, ask, known
from deploy.core.durations import current
from deploy.core.model import Image
from deploy.core.together import together
from deploy.deploys.migrations import migrations
from deploy.deploys.overtaken import runs_now
from deploy.notices.policy import Checked, Notice

if TYPE_CHECKING:
    from deploy.core.github_model import Build, Job
    from deploy.core.model import Target
    from deploy.world import World

T = TypeVar("T")
GITHUB = "GitHub"
WITHIN = 3.0  # seconds for each answer: a notice is no news any more when it comes late
FEWEST = 5  # builds, without which nobody can say what is late
TAIL = 6  # lines of a log that a message shows; on a phone they are twice as many


async def find(world: World, build: Build, now: float) -> Notice:
    """Everything that can be told of a build now (server seconds). Raises nothing but StateUnavailable."""
    world = world.of_repository(build.repository) if build.repository else world
    targets = [target for target in world.its_targets if target.workflow == build.workflow]
    images, failing, commit, measured, jobs = await together(  # what takes longest is asked first
        _images(world, targets, build) if build.over and build.conclusion == SUCCESS else _nothing(()),
        _failing(world, build) if build.over and went_wrong(build.conclusion) else _nothing(None),
        _in_time(GITHUB, world.systems.github.commit(build.sha)),
        _in_time(GITHUB, usual_build(world, build.workflow, build)),
        _in_time(GITHUB, world.systems.github.jobs(build.id)) if not build.over else _nothing(None),
    )
    usual = known(measured)
    median = usual.p50 if usual else 0.0
    late = usual.p95 if usual and usual.count >= FEWEST else 0.0
    began, at = _progress(known(jobs) or ())
    return Notice(build, now, known(commit), median, late, images, failing, began, at)


def _progress(jobs: tuple[Job, ...]) -> tuple[float, str]:
    """When the first job found a runner, and the step that it is at now."""
    begun = [job.started for job in jobs if job.status != "queued" and job.started]
    running = current(jobs)
    return min(begun, default=0.0), running[1].name if running else ""


async def _nothing(nothing: T) -> T:
    return nothing


async def _in_time(system: str, answer: Awaitable[T]) -> T | Unknown:
    return await ask(system, answer, WITHIN)


async def _image(world: World, image: str, sha: str, platform: str) -> Image | Unknown | None:
    """By itself, so that what is cancelled before it began has left no query that nobody awaits."""
    return await _in_time("The registry", world.systems.registry.image(image, sha, platform))


async def _images(world: World, targets: list[Target], build: Build) -> tuple[Checked, ...]:
    """The image of each target, or the first of its images that is not there; those that share one are answered by
    one look.
    """
    wanted = list(dict.fromkeys((name, it.platform) for it in targets for name in it.every_image))
    found = await together(*(_image(world, image, build.sha, platform) for image, platform in wanted))
    answers = dict(zip(wanted, found, strict=True))
    names = dict.fromkeys(name for target in targets for name in target.every_image)
    missing = list(dict.fromkeys(image for (image, _), answer in answers.items() if answer is None))
    left = await left_out(world, build, missing, several=len(names) > 1, within=WITHIN) if missing else {}
    runs = await together(*(runs_now(world, target, WITHIN) for target in targets))
    checked = [
        Checked(target, answers[name, target.platform], left.get(name, False), now)
        for target, now in zip(targets, runs, strict=True)
        for name in [_telling(target, answers)]
    ]
    return tuple(await together(*(_compared(world, each, build) for each in checked)))


def _telling(target: Target, answers: Mapping[tuple[str, str], Image | Unknown | None]) -> str:
    """The first of its images that the registry does not have, or does not tell of; the first one where it has all."""
    missing = (name for name in target.every_image if not isinstance(answers[name, target.platform], Image))
    return next(missing, target.image)


async def _compared(world: World, checked: Checked, build: Build) -> Checked:
    """The same with how far it is ahead of what runs, where somebody can say."""
    target, runs = checked.target, checked.runs
    if not runs:
        return checked
    since = known(await _in_time(GITHUB, world.systems.github.compare(runs, build.sha)))
    if since is None or since.status != "ahead":
        return checked
    found = await migrations(world, target, runs, build.sha, since)
    return replace(checked, ahead=since.ahead_by, migrations=found)


async def _failing(world: World, build: Build) -> Failing | Unknown | None:
    jobs = await _in_time(GITHUB, world.systems.github.jobs(build.id))
    return jobs if isinstance(jobs, Unknown) else await failing_step(world, jobs, lines=TAIL, within=WITHIN)
