"""Which images the builds of a commit pushed, by the logs of their jobs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from deploy.builds.conclusions import BAD, CANCELLED, SUCCESS
from deploy.core.ask import Unknown, ask
from deploy.core.reference import parse_reference, same_repository
from deploy.core.together import together
from deploy.core.values import dataclass

if TYPE_CHECKING:
    from deploy.core.github_model import Build, Job
    from deploy.world import World

JOBS = 12  # whose logs are read at most, the newest first


@dataclass(frozen=True, slots=True)
class Pushed:
    """The digests of a repository's images that were pushed, and why a log could not be read; empty if all could."""

    digests: frozenset[str] = frozenset()
    unread: str = ""


async def pushed(world: World, repository: str, builds: Sequence[Build]) -> Pushed:
    """What these builds pushed to a repository, all attempts counted. Never raises for a system."""
    jobs, unread = await _jobs(world, builds)
    told = await together(*(ask("GitHub", world.systems.github.pushed(job.id)) for job in jobs))
    unread += [each.why for each in told if isinstance(each, Unknown)]
    named = (reference for each in told if not isinstance(each, Unknown) for reference in each)
    return Pushed(frozenset(_digests(named, repository)), unread[0] if unread else "")


def _digests(named: Iterable[str], repository: str) -> Iterable[str]:
    for text in named:
        reference = parse_reference(text)
        if reference and same_repository(reference.repository, repository):
            yield reference.digest


async def _jobs(world: World, builds: Sequence[Build]) -> tuple[list[Job], list[str]]:
    """The jobs that may have pushed, and why those of a build are not known."""
    told = await together(
        *(ask("GitHub", world.systems.github.jobs(build.id, attempts="all")) for build in builds)
    )
    jobs = [job for each in told if not isinstance(each, Unknown) for job in each if _ran(job)]
    unread = [each.why for each in told if isinstance(each, Unknown)]
    newest = sorted(jobs, key=lambda job: job.finished, reverse=True)
    return newest[:JOBS], unread + ([f"it has more than {JOBS} jobs"] if len(jobs) > JOBS else [])


def _ran(job: Job) -> bool:
    return job.conclusion in {SUCCESS, CANCELLED, *BAD}
