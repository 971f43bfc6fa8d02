"""GitHub Actions' endpoints: workflows, runs, jobs, logs, runners."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aiohttp import web

from sandbox.github import actions
from sandbox.github.allowance import refusal
from sandbox.github.history import History, NoCommit
from sandbox.github.logs import LogStorage
from sandbox.github.paging import body_of, id_of, page
from sandbox.github.payloads import OWNER
from sandbox.github.runs import Run, Runs

if TYPE_CHECKING:
    from sandbox.clock import Clock
    from sandbox.github.contents import Contents
    from sandbox.github.payloads import Payloads
    from sandbox.github.runner import Runner
    from sandbox.github.stories import RepositoryStory
    from sandbox.story import StoryCommit

LOG_LINK_SECONDS = 60
MONTH = 30 * 24 * 3600.0
WITHOUT_CACHE = 24.0  # minutes


class ActionsApi:
    """The endpoints; tests may change these attributes.

    Attributes:
        log_link_seconds: how long a link to a job's log is valid.
        expired_logs: runs whose logs are gone (410).
        administrator: whether the token may list the repository's runners.
        organisation: whether the runner is the organisation's; its administrator may list those.
        tells_run_ids: whether a dispatch can return its run's id.
    """

    def __init__(
        self, clock: Clock, story: RepositoryStory, runner: Runner, history: History, contents: Contents
    ) -> None:
        self.runs = Runs(clock, story, runner)
        self.log_link_seconds: float = LOG_LINK_SECONDS
        self.expired_logs: set[int] = set()
        self.logs = LogStorage()
        self.administrator = True
        self.organisation = False
        self.organisation_administrator = True
        self.tells_run_ids = True
        self.payloads: Payloads
        self._clock = clock
        self._story = story
        self._history = history
        self._contents = contents

    def routes(self, repo: str) -> list[web.RouteDef]:
        acts = f"{repo}/actions"
        run, job = f"{acts}/runs/{{id:\\d+}}", f"{acts}/jobs/{{id:\\d+}}"
        return [
            web.get(f"{acts}/workflows/{{file}}", self._workflow),
            web.get(f"{acts}/workflows/{{file}}/runs", self._workflow_runs),
            web.post(f"{acts}/workflows/{{file}}/dispatches", self._dispatch),
            web.get(f"{acts}/runs", self._all_runs),
            web.get(run, self._run),
            web.get(f"{run}/jobs", self._jobs),
            web.post(f"{run}/rerun", self._rerun),
            web.post(f"{run}/rerun-failed-jobs", self._rerun_failed),
            web.post(f"{run}/cancel", self._cancel),
            web.get(job, self._job),
            web.get(f"{job}/logs", self._log),
            web.get(f"{acts}/runners", self._runners),
            web.get(rf"{repo}/check-runs/{{id:\d+}}/annotations", self._annotations),
        ]

    def organisation_route(self) -> web.RouteDef:
        return web.get(f"/orgs/{OWNER.login}/actions/runners", self._organisation_runners)

    # --- workflows and runs

    async def _workflow(self, request: web.Request) -> web.Response:
        if not self._is_workflow(request):
            return _not_found()
        return web.json_response(actions.workflow(self.payloads))

    async def _workflow_runs(self, request: web.Request) -> web.Response:
        return await self._all_runs(request) if self._is_workflow(request) else _not_found()

    async def _all_runs(self, request: web.Request) -> web.Response:
        found = [run for run in reversed(self.runs.shown) if self._wanted(run, request)]
        shown, links = page(request, found)
        body = {
            "total_count": len(found),
            "workflow_runs": [actions.run(self.payloads, run) for run in shown],
        }
        return web.json_response(body, headers=links)

    def _wanted(self, run: Run, request: web.Request) -> bool:
        """Whether a run passes the query's filters; `status` names a status or a conclusion."""
        query = request.query
        states = {run.whole.status(self._clock), run.whole.concluded(self._clock)}
        has = {"head_sha": run.commit.sha, "branch": run.branch, "event": run.event}
        return query.get("status") in {None, *states} and all(
            query.get(name) in {None, value} for name, value in has.items()
        )

    async def _run(self, request: web.Request) -> web.Response:
        run = self.runs.find(id_of(request))
        return web.json_response(actions.run(self.payloads, run)) if run else _not_found()

    # --- jobs

    async def _jobs(self, request: web.Request) -> web.Response:
        run = self.runs.find(id_of(request))
        if run is None:
            return _not_found()
        attempts = run.attempts if request.query.get("filter") == "all" else [run.newest]
        jobs = [job for attempt in attempts for job in actions.jobs(self.payloads, run, attempt)]
        return web.json_response({"total_count": len(jobs), "jobs": jobs})

    async def _job(self, request: web.Request) -> web.Response:
        found = self.runs.of_job(id_of(request))
        return web.json_response(actions.job(self.payloads, *found)) if found else _not_found()

    async def _log(self, request: web.Request) -> web.Response:
        found = self.runs.of_job(id_of(request))
        if found is None or not self._clock.passed(found[1].job.ends) or found[1].logless:
            return _not_found()
        self.runs.before()
        run, attempt = found
        if run.id in self.expired_logs:
            return refusal(410, "Server Error")
        link = self.logs.link(attempt.log(self._clock), self.log_link_seconds)
        return web.Response(status=302, headers={"Location": link})

    # --- rerun, cancel, dispatch

    async def _rerun(self, request: web.Request) -> web.Response:
        run = self.runs.find(id_of(request))
        if run is None:
            return _not_found()
        if not self._clock.passed(run.attempts[-1].job.ends):
            return refusal(403, "This workflow run is already running")
        if self._clock.elapsed - run.commit.at > MONTH:
            return refusal(403, "Unable to retry this workflow run because it was created over a month ago")
        self.runs.rerun(run, OWNER)
        return web.json_response({}, status=201)

    async def _rerun_failed(self, request: web.Request) -> web.Response:
        run = self.runs.find(id_of(request))
        if run and run.job.concluded(self._clock) == "success":
            return refusal(403, "This workflow run has no failed jobs")
        return await self._rerun(request)

    async def _cancel(self, request: web.Request) -> web.Response:
        run = self.runs.find(id_of(request))
        if run is None:
            return _not_found()
        if self._clock.passed(run.attempts[-1].job.ends):
            return refusal(409, "Cannot cancel a workflow run that is completed.")
        self.runs.cancel(run)
        return web.json_response({}, status=202)

    async def _dispatch(self, request: web.Request) -> web.Response:
        if not self._is_workflow(request):
            return _not_found()
        body = await body_of(request)
        inputs = body.get("inputs", {})
        if unknown := sorted(set(inputs) - self._contents.inputs()):
            return refusal(422, f"Unexpected inputs provided: {unknown}")
        try:
            commit = self._history.find(body.get("ref", ""))
        except NoCommit:
            return refusal(422, f"No ref found for: {body.get('ref', '')}")
        run = self._start(commit, no_cache=str(inputs.get("force_no_cache", "")).lower() == "true")
        run.title = self._contents.title(inputs)
        if not (self.tells_run_ids and body.get("return_run_details")):
            return web.Response(status=204)
        return web.json_response(actions.dispatched(self.payloads, run))

    def _start(self, commit: StoryCommit, *, no_cache: bool) -> Run:
        plan = replace(self._story.built, minutes=WITHOUT_CACHE) if no_cache else None
        return self.runs.add(commit, "workflow_dispatch", OWNER, plan)

    def _is_workflow(self, request: web.Request) -> bool:
        return request.match_info["file"] in {self._story.workflow, str(self._story.workflow_id)}

    # --- runners

    async def _runners(self, _: web.Request) -> web.Response:
        if not self.administrator:
            return refusal(403, "Resource not accessible by personal access token")
        return self._listed([] if self.organisation else self._all_runners())

    async def _organisation_runners(self, _: web.Request) -> web.Response:
        """GitHub says 403 to a member, and 404 to a token that may not know of it, or where the owner is a user."""
        if not self.organisation_administrator:
            return refusal(403, "Resource not accessible by personal access token")
        return self._listed(self._all_runners()) if self.organisation else _not_found()

    def _all_runners(self) -> list[dict[str, Any]]:
        return [actions.runner(online=self.runs.online, busy=self.runs.busy)]

    @staticmethod
    def _listed(listed: list[dict[str, Any]]) -> web.Response:
        return web.json_response({"total_count": len(listed), "runners": listed})

    async def _annotations(self, request: web.Request) -> web.Response:
        found = self.runs.of_job(id_of(request))
        if found is None:
            return _not_found()
        over = self._clock.passed(found[1].job.ends)
        told = found[1].annotations if over else ()
        return web.json_response([actions.annotation(text) for text in told])


def _not_found() -> web.Response:
    return refusal(404, "Not Found")
