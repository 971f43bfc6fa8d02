"""One repository whose builds are watched."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from deploy.builds.speaking import speaks
from deploy.core.ask import ask, known

if TYPE_CHECKING:
    from deploy.core.github_model import Build, Webhook
    from deploy.world import World

NEWEST = 20  # builds of a look; more would be too long an answer to keep with its ETag
ID_AGAIN = 60.0  # seconds until a silent GitHub is asked again for the repository's id


class Repository:
    """`world` is fisk's with this repository at hand; `workflows` are those that build targets."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.workflows = world.workflows
        self._github = world.systems.github
        self._last: dict[str, tuple[Build, ...]] = {}
        self._id: int | None = None
        self._ask_id = 0.0

    async def is_meant(self, told: Webhook) -> bool:
        """By the name, and where that is another one by the id, which stays when the repository is renamed."""
        if self._github.is_(told.repository):
            return True
        if self._id is None and time.monotonic() > self._ask_id:
            self._ask_id = time.monotonic() + ID_AGAIN
            identity = known(await ask("GitHub", self._github.identity()))
            self._id = identity.id if identity else None
        return self._id is not None and told.repository_id == self._id

    def is_ours(self, build: Build) -> bool:
        """Whether it speaks for a commit of the branch, and may be about a target."""
        return build.workflow in self.workflows and speaks(build, self._github.branch)

    def named(self, build: Build) -> Build:
        """The build with the repository by the name that fisk has for it, whatever GitHub calls it by now."""
        return replace(build, repository=self._github.repository)

    async def news(self, workflow: str) -> tuple[Build, ...]:
        """The newest builds that speak, oldest first; none where the answer did not change. Raises SystemFailure."""
        builds = await self._github.builds(workflow, branch=self._github.branch, limit=NEWEST)
        if builds == self._last.get(workflow):
            return ()
        self._last[workflow] = builds
        return tuple(self.named(build) for build in reversed(builds) if speaks(build, self._github.branch))

    def forget(self, workflow: str) -> None:
        """Go through the next answer, whether it changed or not."""
        self._last.pop(workflow, None)
