"""Which run of a workflow speaks for a commit.

The same file also runs at night, for pull requests and for merge queues: such a run says nothing about the image.
What the registry has beats what any run's colour suggests (the gates see to that).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploy.core.github_model import Build
    from deploy.core.model import Target
    from deploy.world import World

EVENTS = ("push", "workflow_dispatch")
LISTED = 30  # runs of one commit; nightly ones of a branch at rest may fill them


def speaks(build: Build, branch: str) -> bool:
    """Whether it is a build of the branch, started by a push or by a person."""
    return build.event in EVENTS and build.branch == branch


def speaking(builds: Iterable[Build], branch: str) -> Build | None:
    """The run that speaks for a commit: the newest of the branch; of another one where the branch has none."""
    about = [build for build in builds if build.event in EVENTS]
    return newest(build for build in about if build.branch == branch) or newest(about)


def newest(builds: Iterable[Build]) -> Build | None:
    """The build that started last; a rerun starts anew."""
    return max(builds, key=lambda build: (build.started, build.id), default=None)


async def speaking_build(world: World, target: Target, sha: str) -> Build | None:
    """The run that speaks for a commit; None where GitHub lists none. Raises SystemFailure."""
    github = world.systems.github
    listed = await github.builds(target.workflow, sha=sha, limit=LISTED)
    found = speaking(listed, github.branch)
    if found or len(listed) < LISTED:
        return found
    asked = [await github.builds(target.workflow, sha=sha, event=event, limit=5) for event in EVENTS]
    return speaking((build for builds in asked for build in builds), github.branch)
