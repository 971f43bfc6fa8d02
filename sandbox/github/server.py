"""GitHub's REST API for one repository, as far as fisk uses it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

from aiohttp import web

from sandbox import story
from sandbox.github import actions
from sandbox.github.allowance import DOCS, Allowance, refusal
from sandbox.github.deployments import (
    Deployments,
    GitHubDeployment,
    deployment_payload,
    refuse_status,
    status_payload,
)
from sandbox.github.history import History, NoCommit
from sandbox.github.logs import LogStorage
from sandbox.github.payloads import Payloads
from sandbox.github.runs import Run, runs
from sandbox.serving import StandIn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.clock import Clock
    from sandbox.faults import Fault

T = TypeVar("T")

TOKEN = "github_pat_sandbox"  # noqa: S105 (it opens this stand-in only)
PER_PAGE = 30
COMPARED = 250
LOG_LINK_SECONDS = 60


class GitHub(StandIn):
    """Attributes that a test may turn.

    Attributes:
        allowance: tokens and the hourly limit.
        history: commits and branches.
        runs: the workflow runs, oldest first.
        deployments: what was made through the API.
        ambiguous_status: how it answers a prefix that several commits share (GitHub: 422, at times 409).
        log_link_seconds: how long a link to a job's log lives.
        expired_logs: runs whose logs are gone (410).
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.token = TOKEN
        self.allowance = Allowance(TOKEN)
        self.history = History(story.COMMITS, story.HEADS)
        self.runs = runs(story.COMMITS.values())
        self.deployments = Deployments()
        self.ambiguous_status = 422
        self.log_link_seconds: float = LOG_LINK_SECONDS
        self.expired_logs: set[int] = set()
        self.logs = LogStorage()
        self._clock = clock
        self._payloads = Payloads("", clock)
        self.site.middlewares.append(self.allowance.middleware)
        self.site.add_routes(self._routes())

    async def start(self, port: int = 0) -> None:
        await self.logs.start()
        await super().start(port)
        self._payloads = Payloads(self.url, self._clock)

    async def stop(self) -> None:
        await super().stop()
        await self.logs.stop()

    def throttle(self, match: str = "*", *, status: int = 403, retry_after: int = 1, times: int = 1) -> Fault:
        """Answer the next requests with GitHub's secondary limit; its status may be 429 too."""
        text = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
        body = json.dumps({"message": text, "documentation_url": DOCS})
        headers = {"Retry-After": str(retry_after)}
        return self.faults.queue(match, status=status, body=body, headers=headers, times=times)

    def _routes(self) -> list[web.RouteDef]:
        repo = f"/repos/{story.REPOSITORY}"
        acts, deployment = f"{repo}/actions", f"{repo}/deployments/{{id:\\d+}}"
        return [
            web.get(repo, self._repository),
            web.get(f"{repo}/commits", self._commits),
            web.get(f"{repo}/commits/{{ref:.+}}", self._commit),
            web.get(f"{repo}/compare/{{basehead:.+}}", self._compare),
            web.get(f"{acts}/workflows/{{file}}", self._workflow),
            web.get(f"{acts}/workflows/{{file}}/runs", self._workflow_runs),
            web.get(f"{acts}/runs", self._all_runs),
            web.get(f"{acts}/runs/{{id:\\d+}}", self._run),
            web.get(f"{acts}/runs/{{id:\\d+}}/jobs", self._jobs),
            web.get(f"{acts}/jobs/{{id:\\d+}}", self._job),
            web.get(f"{acts}/jobs/{{id:\\d+}}/logs", self._log),
            web.get(f"{repo}/deployments", self._deployments),
            web.post(f"{repo}/deployments", self._create_deployment),
            web.get(deployment, self._deployment),
            web.get(f"{deployment}/statuses", self._statuses),
            web.post(f"{deployment}/statuses", self._create_status),
            web.route("*", "/{path:.*}", _not_found),
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

    async def _commits(self, request: web.Request) -> web.Response:
        try:
            commit = self.history.find(request.query.get("sha", story.BRANCH))
        except NoCommit:
            return refusal(404, "Not Found")
        shown, links = _page(request, self.history.ancestors(commit))
        return web.json_response([self._payloads.commit(one) for one in shown], headers=links)

    async def _compare(self, request: web.Request) -> web.Response:
        basehead = request.match_info["basehead"]
        base, _, head = basehead.partition("...")
        try:
            compared = self.history.compare(self.history.find(base), self.history.find(head))
        except NoCommit:
            return refusal(404, "Not Found")
        shown, links = _page(request, compared.ahead, per_page=COMPARED)
        return web.json_response(self._payloads.comparison(compared, basehead, list(shown)), headers=links)

    # --- workflow runs

    async def _workflow(self, request: web.Request) -> web.Response:
        if not _is_workflow(request):
            return refusal(404, "Not Found")
        return web.json_response(actions.workflow(self._payloads))

    async def _workflow_runs(self, request: web.Request) -> web.Response:
        return await self._all_runs(request) if _is_workflow(request) else refusal(404, "Not Found")

    async def _all_runs(self, request: web.Request) -> web.Response:
        found = [run for run in reversed(self.runs) if self._wanted(run, request)]
        shown, links = _page(request, found)
        body = {
            "total_count": len(found),
            "workflow_runs": [actions.run(self._payloads, run) for run in shown],
        }
        return web.json_response(body, headers=links)

    def _wanted(self, run: Run, request: web.Request) -> bool:
        """Whether a run passes the query's filters; `status` names a status or a conclusion."""
        payload, query = actions.run(self._payloads, run), request.query
        said = {payload["status"], payload["conclusion"]}
        exact = {"head_sha": "head_sha", "branch": "head_branch", "event": "event"}
        return query.get("status") in {None, *said} and all(
            query.get(name) in {None, payload[of]} for name, of in exact.items()
        )

    async def _run(self, request: web.Request) -> web.Response:
        run = next((run for run in self.runs if run.id == _id(request)), None)
        return web.json_response(actions.run(self._payloads, run)) if run else refusal(404, "Not Found")

    async def _jobs(self, request: web.Request) -> web.Response:
        run = next((run for run in self.runs if run.id == _id(request)), None)
        if run is None:
            return refusal(404, "Not Found")
        return web.json_response({"total_count": 1, "jobs": [actions.job(self._payloads, run)]})

    async def _job(self, request: web.Request) -> web.Response:
        run = next((run for run in self.runs if run.job_id == _id(request)), None)
        return web.json_response(actions.job(self._payloads, run)) if run else refusal(404, "Not Found")

    async def _log(self, request: web.Request) -> web.Response:
        run = next((run for run in self.runs if run.job_id == _id(request)), None)
        if run is None or not self._clock.passed(run.job.ends):
            return refusal(404, "Not Found")
        if run.id in self.expired_logs:
            return refusal(410, "Server Error")
        link = self.logs.link(run.log(), self.log_link_seconds)
        return web.Response(status=302, headers={"Location": link})

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
        shown, links = _page(request, found)
        return web.json_response([deployment_payload(self._payloads, one) for one in shown], headers=links)

    async def _create_deployment(self, request: web.Request) -> web.Response:
        body = await _json(request)
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
        """Why nothing is made of it: GitHub merges, and asks for green checks, unless it is told not to."""
        main = self.history.find(story.BRANCH)
        if body.get("auto_merge", True) and self.history.compare(main, commit).behind:
            text = f"Auto-merged {story.BRANCH} into {body['ref']} on deployment."
            return web.json_response({"message": text}, status=202)
        failed = commit.built is not None and commit.built.conclusion != "success"
        if "required_contexts" not in body and failed:
            return refusal(409, f"Conflict: Commit status checks failed for {commit.sha}.")
        return None

    async def _deployment(self, request: web.Request) -> web.Response:
        found = self.deployments.find(_id(request))
        if found is None:
            return refusal(404, "Not Found")
        return web.json_response(deployment_payload(self._payloads, found))

    async def _statuses(self, request: web.Request) -> web.Response:
        found = self.deployments.find(_id(request))
        if found is None:
            return refusal(404, "Not Found")
        shown, links = _page(request, found.statuses[::-1])
        return web.json_response([status_payload(self._payloads, found, one) for one in shown], headers=links)

    async def _create_status(self, request: web.Request) -> web.Response:
        found: GitHubDeployment | None = self.deployments.find(_id(request))
        if found is None:
            return refusal(404, "Not Found")
        body = await _json(request)
        if wrong := refuse_status(body):
            error = {"resource": "DeploymentStatus", "code": "custom", "field": "state", "message": wrong}
            return refusal(422, "Validation Failed", errors=[error])
        status = self.deployments.set(found, body)
        return web.json_response(status_payload(self._payloads, found, status), status=201)


async def _not_found(_: web.Request) -> web.Response:
    return refusal(404, "Not Found")


def _id(request: web.Request) -> int:
    return int(request.match_info["id"])


def _is_workflow(request: web.Request) -> bool:
    return request.match_info["file"] in {story.WORKFLOW, str(actions.WORKFLOW_ID)}


async def _json(request: web.Request) -> dict[str, Any]:
    text = await request.text()
    return dict(json.loads(text)) if text else {}


def _page(
    request: web.Request, items: Sequence[T], per_page: int = PER_PAGE
) -> tuple[Sequence[T], dict[str, str]]:
    """The page that was asked for, and the header that leads to the next one."""
    size = min(int(request.query.get("per_page", per_page)), max(100, per_page))
    number = int(request.query.get("page", 1))
    shown = items[(number - 1) * size : number * size]
    if number * size >= len(items):
        return shown, {}
    following = request.url.update_query({"page": str(number + 1)})
    return shown, {"Link": f'<{following}>; rel="next"'}
