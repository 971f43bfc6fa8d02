"""GitHub's REST API for one repository: the endpoints that fisk uses."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from aiohttp import web

from sandbox.github.actions_api import ActionsApi
from sandbox.github.allowance import refusal
from sandbox.github.contents import Contents
from sandbox.github.deployments import (
    Deployments,
    GitHubDeployment,
    deployment_payload,
    refuse_status,
    status_payload,
)
from sandbox.github.history import History, NoCommit
from sandbox.github.paging import body_of, id_of, page
from sandbox.github.payloads import Payloads
from sandbox.story import BRANCH, IVO, Built, Person, StoryCommit

if TYPE_CHECKING:
    from sandbox.clock import Clock
    from sandbox.github.runner import Runner
    from sandbox.github.runs import Runs
    from sandbox.github.stories import RepositoryStory

COMPARED = 250
PLAIN = Built()


class Repository:
    """One repository; tests may change these attributes.

    Attributes:
        history: commits and branches.
        contents: its files.
        actions: its workflow runs.
        deployments: those created through the API.
        ambiguous_status: the status for a prefix of several commits (GitHub: 422, at times 409).
    """

    def __init__(self, clock: Clock, story: RepositoryStory, runner: Runner) -> None:
        self.history = History(story.commits, story.heads)
        self.contents = Contents(story)
        self.actions = ActionsApi(clock, story, runner, self.history, self.contents)
        self.deployments = Deployments(story.first)
        self.ambiguous_status = 422
        self._clock, self._story = clock, story
        self.serve_at("")

    @property
    def name(self) -> str:
        return self._story.name

    @property
    def html_url(self) -> str:
        return self._story.html_url

    @property
    def runs(self) -> Runs:
        return self.actions.runs

    def serve_at(self, url: str, name: str = "") -> None:
        """Name this address in all that it tells, and the repository's new name where it has one."""
        self._payloads = self.actions.payloads = Payloads(url, self._clock, self._story, name)

    def push(
        self,
        title: str,
        *,
        author: Person = IVO,
        files: tuple[str, ...] = (),
        built: Built | None = PLAIN,
        branch: str = BRANCH,
        earlier: int = 0,
        trailer: str = "",
    ) -> StoryCommit:
        """Push a commit, and `earlier` ones of the same files below it, to a branch.

        With `built`, by default as all builds of the repository are, the build of the last begins when the runner is
        free; the earlier ones get none, nor does a commit whose message says so.
        """
        at, parent = self._clock.elapsed, self.history.heads.get(branch, "")
        files = files or (self._story.edits,)
        commits: list[StoryCommit] = []
        for place in range(earlier + 1):
            last = place == earlier
            named = title if last else f"{title}, part {place + 1}"
            plan = (self._story.built if built is PLAIN else built) if last else None
            made = StoryCommit(secrets.token_hex(20), named, author, at, files, parent, branch, plan, trailer)
            commits.append(made)
            parent = made.sha
        return self.take(*commits)

    def take(self, *commits: StoryCommit) -> StoryCommit:
        """Take commits, oldest first, by one push; return the last, which alone is built."""
        self.history.push(*commits)
        last = commits[-1]
        if last.built and not last.skips:
            self.runs.add(last, "push", last.author)
        return last

    def routes(self, *names: str) -> list[web.RouteDef]:
        """Under its name, its id, and the names that it may get."""
        prefixes = (f"/repositories/{self._story.id}", *(f"/repos/{name}" for name in (self.name, *names)))
        return [route for prefix in prefixes for route in self._routes_of(prefix)]

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
            commit = self.history.find(request.query.get("sha", BRANCH))
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
        branch = request.query.get("ref", BRANCH).removeprefix("refs/heads/")
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

    def _unfit(self, commit: StoryCommit, body: dict[str, Any]) -> web.Response | None:
        """Why a deployment is refused: by default GitHub auto-merges and requires green checks."""
        main = self.history.find(BRANCH)
        if body.get("auto_merge", True) and self.history.compare(main, commit).behind:
            text = f"Auto-merged {BRANCH} into {body['ref']} on deployment."
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
