"""GitHub's REST API for the story's repositories."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from sandbox.github.allowance import DOCS, Allowance, refusal
from sandbox.github.moved import RENAMED, Moved
from sandbox.github.repository import Repository
from sandbox.github.runner import Runner
from sandbox.github.stories import APP, WORKERS
from sandbox.serving import StandIn

if TYPE_CHECKING:
    from sandbox.clock import Clock
    from sandbox.faults import Fault
    from sandbox.github.actions_api import ActionsApi
    from sandbox.github.contents import Contents
    from sandbox.github.deployments import Deployments
    from sandbox.github.history import History
    from sandbox.github.runs import Runs
    from sandbox.github.stories import RepositoryStory
    from sandbox.story import StoryCommit

TOKEN = "github_pat_sandbox"  # noqa: S105 (it opens this stand-in only)


class GitHub(StandIn):
    """The server. What is asked of it without saying of which repository is asked of the app's.

    Attributes:
        allowance: tokens and the hourly limit.
        runner: takes the jobs of all repositories.
        app, workers: the repositories.
        repositories: all of them, `more` than those two where there are more stories.
    """

    def __init__(self, clock: Clock, more: Iterable[RepositoryStory] = ()) -> None:
        super().__init__()
        self.token = TOKEN
        self.allowance = Allowance(TOKEN)
        self.runner = Runner(clock)
        self.repositories = tuple(Repository(clock, each, self.runner) for each in (APP, WORKERS, *more))
        self.app, self.workers = self.repositories[:2]
        self.moved = Moved()
        self.site.middlewares.extend((self.allowance.middleware, self.moved.middleware))
        self.site.add_routes(self._routes())

    async def start(self, port: int = 0) -> None:
        for repository in self.repositories:
            await repository.actions.logs.start()
        await super().start(port)
        for repository in self.repositories:
            repository.serve_at(self.url)
        self.app.serve_at(self.url, self.moved.name)

    def rename(self) -> str:
        """Give the app's repository another name, and return it."""
        self.moved.name = RENAMED
        self.app.serve_at(self.url, RENAMED)
        return RENAMED

    async def stop(self) -> None:
        await super().stop()
        for repository in self.repositories:
            await repository.actions.logs.stop()

    def throttle(self, match: str = "*", *, status: int = 403, retry_after: int = 1, times: int = 1) -> Fault:
        """Answer the next requests with GitHub's secondary rate limit; its status may be 429, too."""
        text = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
        body = json.dumps({"message": text, "documentation_url": DOCS})
        headers = {"Retry-After": str(retry_after)}
        return self.faults.queue(match, status=status, body=body, headers=headers, times=times)

    def _routes(self) -> list[web.RouteDef]:
        organisation, nothing = (
            self.app.actions.organisation_route(),
            web.route("*", "/{path:.*}", _not_found),
        )
        others = [route for each in self.repositories[1:] for route in each.routes()]
        return [*self.app.routes(RENAMED), *others, organisation, nothing]

    # --- the app's repository

    @property
    def history(self) -> History:
        return self.app.history

    @property
    def contents(self) -> Contents:
        return self.app.contents

    @property
    def actions(self) -> ActionsApi:
        return self.app.actions

    @property
    def deployments(self) -> Deployments:
        return self.app.deployments

    @property
    def runs(self) -> Runs:
        return self.app.runs

    def push(self, title: str, **commit: Any) -> StoryCommit:
        return self.app.push(title, **commit)


async def _not_found(_: web.Request) -> web.Response:
    return refusal(404, "Not Found")
