"""GitHub's REST API for one repository: the endpoints that fisk uses."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any

from aiohttp import web

from sandbox import story
from sandbox.github.actions_api import ActionsApi
from sandbox.github.allowance import DOCS, Allowance, refusal
from sandbox.github.contents import Contents
from sandbox.github.deployments import (
    Deployments,
    GitHubDeployment,
    deployment_payload,
    refuse_status,
    status_payload,
)
from sandbox.github.history import History, NoCommit
from sandbox.github.moved import PREFIXES, RENAMED, Moved
from sandbox.github.paging import body_of, id_of, page
from sandbox.github.payloads import Payloads
from sandbox.serving import StandIn

if TYPE_CHECKING:
    from sandbox.clock import Clock
    from sandbox.faults import Fault
    from sandbox.github.runs import Runs

TOKEN = "github_pat_sandbox"  # noqa: S105 (it opens this stand-in only)
COMPARED = 250
PLAIN = story.Built()


class GitHub(StandIn):
    """The server; tests may change these attributes.

    Attributes:
        allowance: tokens and the hourly limit.
        history: commits and branches.
        actions: workflow runs and the runner.
        deployments: those created through the API.
        ambiguous_status: the status for a prefix of several commits (GitHub: 422, at times 409).
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.token = TOKEN
        self.allowance = Allowance(TOKEN)
        self.history = History(story.COMMITS, story.HEADS)
        self.contents = Contents()
        self.actions = ActionsApi(clock, self.history, self.contents)
        self.deployments = Deployments()
        self.ambiguous_status = 422
        self._clock = clock
        self._payloads = self.actions.payloads = Payloads("", clock)
        self.moved = Moved()
        self.site.middlewares.extend((self.allowance.middleware, self.moved.middleware))
        self.site.add_routes(self._routes())

    async def start(self, port: int = 0) -> None:
        await self.actions.logs.start()
        await super().start(port)
        self._payloads = self.actions.payloads = Payloads(self.url, self._clock, self.moved.name)

    def rename(self) -> str:
        """Give the repository another name, and return it."""
        self.moved.name = RENAMED
        self._payloads = self.actions.payloads = Payloads(self.url, self._clock, RENAMED)
        return RENAMED

    async def stop(self) -> None:
        await super().stop()
        await self.actions.logs.stop()

    @property
    def runs(self) -> Runs:
        return self.actions.runs

    def push(
        self,
        title: str,
        *,
        author: story.Person = story.IVO,
        files: tuple[str, ...] = ("app/dashboard/vat.tsx",),
        built: story.Built | None = PLAIN,
        branch: str = story.BRANCH,
        earlier: int = 0,
        trailer: str = "",
    ) -> story.StoryCommit:
        """Push a commit, and `earlier` ones of the same files below it, to a branch.

        With `built`, the build of the last begins when the runner is free; the earlier ones get none, nor does a
        commit whose message says so.
        """
        at, parent = self._clock.elapsed, self.history.heads.get(branch, "")
        commits: list[story.StoryCommit] = []
        for place in range(earlier + 1):
            last = place == earlier
            named = title if last else f"{title}, part {place + 1}"
            plan = built if last else None
            made = story.StoryCommit(
                secrets.token_hex(20), named, author, at, files, parent, branch, plan, trailer
            )
            commits.append(made)
            parent = made.sha
        self.history.push(*commits)
        if built and not commits[-1].skips:
            self.runs.add(commits[-1], "push", author)
        return commits[-1]

    def throttle(self, match: str = "*", *, status: int = 403, retry_after: int = 1, times: int = 1) -> Fault:
        """Answer the next requests with GitHub's secondary rate limit; its status may be 429, too."""
        text = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
        body = json.dumps({"message": text, "documentation_url": DOCS})
        headers = {"Retry-After": str(retry_after)}
        return self.faults.queue(match, status=status, body=body, headers=headers, times=times)

    def _routes(self) -> list[web.RouteDef]:
        routes = (route for prefix in PREFIXES for route in self._routes_of(prefix))
        organisation, nothing = self.actions.organisation_route(), web.route("*", "/{path:.*}", _not_found)
        return [*routes, organisation, nothing]

    def _routes_of(self, repo: str) -> list[web.RouteDef]:
        deployment = f"{repo}/deployments/{{id:\\d+}}"
        return [
            web.get(repo, self._repository),
            web.get(f"{repo}/commits", self._commits),
            web.get(f"{repo}/commits/{{ref:.+}}", self._commit),
            web.get(f"{repo}/compare/{{basehead:.+}}", self._compare),
            web.get(f"{repo}/pulls", self._pulls),
            web.get(rf"{repo}/pulls/{{number:\d+}}", self._pull),
            web.get(f"{repo}/activity", self._activity),
            *self.actions.routes(repo),
            *self.contents.routes(repo),
            web.get(f"{repo}/deployments", self._deployments),
            web.post(f"{repo}/deployments", self._create_deployment),
            web.get(deployment, self._deployment),
            web.get(f"{deployment}/statuses", self._statuses),
            web.post(f"{deployment}/statuses", self._create_status),
        ]

    async def _repository(self, _: web.Request) -> web.Response:
        return web.json_response(self._payloads.full_repository())

    # --- commits

    async def _commit(self, request: web.Request) -> web.Response:
        ref = request.match_info["ref"]
        try:
            commit = self.history.find(ref)
        except NoCommit as none:
            status = self.ambiguous_status if none.several else 422
            return refusal(status, f"No commit found for SHA: {ref}")
        return web.json_response(self._payloads.commit_with_files(commit))

    async def _pull(self, request: web.Request) -> web.Response:
        pull = self.history.pulls.get(int(request.match_info["number"]))
        return web.json_response(self._payloads.pull(pull)) if pull else refusal(404, "Not Found")

    async def _pulls(self, request: web.Request) -> web.Response:
        shown, links = page(request, [self.history.pulls[each] for each in sorted(self.history.pulls)][::-1])
        told = [self._payloads.pull(one) for one in shown]
        without = ("merged",)  # a list tells `merged_at` alone
        listed = [{name: value for name, value in one.items() if name not in without} for one in told]
        return web.json_response(listed, headers=links)

    async def _commits(self, request: web.Request) -> web.Response:
        try:
            commit = self.history.find(request.query.get("sha", story.BRANCH))
        except NoCommit:
            return refusal(404, "Not Found")
        shown, links = page(request, self.history.ancestors(commit))
        return web.json_response([self._payloads.commit(one) for one in shown], headers=links)

    async def _compare(self, request: web.Request) -> web.Response:
        basehead = request.match_info["basehead"]
        base, _, head = basehead.partition("...")
        try:
            compared = self.history.compare(self.history.find(base), self.history.find(head))
        except NoCommit:
            return refusal(404, "Not Found")
        shown, links = page(request, compared.ahead, per_page=COMPARED)
        return web.json_response(self._payloads.comparison(compared, basehead, list(shown)), headers=links)

    async def _activity(self, request: web.Request) -> web.Response:
        """Pushes to a branch, newest first; several commits of one push are one entry."""
        branch = request.query.get("ref", story.BRANCH).removeprefix("refs/heads/")
        found = [push for push in reversed(self.history.pushes) if push.branch == branch]
        shown, links = page(request, found)
        return web.json_response([self._payloads.activity(one) for one in shown], headers=links)

    # --- deployments

    async def _deployments(self, request: web.Request) -> web.Response:
        filters = {
            name: request.query[name]
            for name in ("sha", "ref", "task", "environment")
            if name in request.query
        }
        found = [
            one
            for one in reversed(self.deployments.all)
            if all(getattr(one, name) == value for name, value in filters.items())
        ]
        shown, links = page(request, found)
        return web.json_response([deployment_payload(self._payloads, one) for one in shown], headers=links)

    async def _create_deployment(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        ref = body.get("ref")
        if not isinstance(ref, str):
            return refusal(422, 'Invalid request.\n\n"ref" wasn\'t supplied.')
        try:
            commit = self.history.find(ref)
        except NoCommit:
            return refusal(422, f"No ref found for: {ref}")
        if refused := self._unfit(commit, body):
            return refused
        made = self.deployments.add(commit.sha, body)
        return web.json_response(deployment_payload(self._payloads, made), status=201)

    def _unfit(self, commit: story.StoryCommit, body: dict[str, Any]) -> web.Response | None:
        """Why a deployment is refused: by default GitHub auto-merges and requires green checks."""
        main = self.history.find(story.BRANCH)
        if body.get("auto_merge", True) and self.history.compare(main, commit).behind:
            text = f"Auto-merged {story.BRANCH} into {body['ref']} on deployment."
            return web.json_response({"message": text}, status=202)
        failed = commit.built is not None and commit.built.conclusion != "success"
        if "required_contexts" not in body and failed:
            return refusal(409, f"Conflict: Commit status checks failed for {commit.sha}.")
        return None

    async def _deployment(self, request: web.Request) -> web.Response:
        found = self.deployments.find(id_of(request))
        if found is None:
            return refusal(404, "Not Found")
        return web.json_response(deployment_payload(self._payloads, found))

    async def _statuses(self, request: web.Request) -> web.Response:
        found = self.deployments.find(id_of(request))
        if found is None:
            return refusal(404, "Not Found")
        shown, links = page(request, found.statuses[::-1])
        return web.json_response([status_payload(self._payloads, found, one) for one in shown], headers=links)

    async def _create_status(self, request: web.Request) -> web.Response:
        found: GitHubDeployment | None = self.deployments.find(id_of(request))
        if found is None:
            return refusal(404, "Not Found")
        body = await body_of(request)
        if wrong := refuse_status(body):
            error = {"resource": "DeploymentStatus", "code": "custom", "field": "state", "message": wrong}
            return refusal(422, "Validation Failed", errors=[error])
        status = self.deployments.set(found, body)
        return web.json_response(status_payload(self._payloads, found, status), status=201)


async def _not_found(_: web.Request) -> web.Response:
    return refusal(404, "Not Found")
