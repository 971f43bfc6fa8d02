"""GitHub Actions, read: builds, their jobs and logs, and the runners."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from cachetools import LRUCache

from deploy.core.errors import LogGone, MissingAbility, NotThere
from deploy.core.github_model import Build, Job, Runner
from deploy.core.json_fields import text
from deploy.systems.github.base import HEADERS, NAME, PAGE, Api, Params, given

if TYPE_CHECKING:
    from deploy.systems.http import Http

MOST_KEPT = 50  # builds whose jobs do not change any more, and jobs whose logs do not
PUSHED = re.compile(r"pushing manifest for (\S+@sha256:[0-9a-f]{64})")  # BuildKit's line for each tag
NO_LOG = {404: "the job has not ended, or never began", 410: "it has expired"}


class Actions(Api):
    """Runs of workflows; a workflow is named by its file."""

    def __init__(self, http: Http, repository: str, branch: str = "main") -> None:
        super().__init__(http, repository, branch)
        self._lasting: LRUCache[int, tuple[Job, ...]] = LRUCache(MOST_KEPT)
        self._pushed: LRUCache[int, tuple[str, ...]] = LRUCache(MOST_KEPT)

    async def builds(
        self,
        workflow: str,
        *,
        sha: str = "",
        branch: str = "",
        status: str = "",
        event: str = "",
        limit: int = 20,
        page: int = 1,
    ) -> tuple[Build, ...]:
        """Runs of a workflow file, newest first, at most 100 on a page. A rerun keeps its id and raises `attempt`.

        Raises:
            NotThere: the repository has no such workflow file.
        """
        further = str(page) if page > 1 else ""
        wanted = {"head_sha": sha, "branch": branch, "status": status, "event": event, "page": further}
        path = f"/actions/workflows/{quote(workflow, safe='')}/runs"
        return await self._runs(path, wanted, limit, f"workflow {workflow} in {self.repository}")

    async def runs(
        self, *, branch: str = "", status: str = "", event: str = "", limit: int = 20
    ) -> tuple[Build, ...]:
        """Runs of every workflow, newest first, at most 100."""
        wanted = {"branch": branch, "status": status, "event": event}
        return await self._runs("/actions/runs", wanted, limit, f"repository {self.repository}")

    async def run(self, build: int) -> Build:
        """One run as it is now.

        Raises:
            NotThere: there is no such run; it may have been deleted.
        """
        return await self._read(Build, f"/actions/runs/{build}", what=f"build {build}")

    async def jobs(self, build: int, *, attempts: Literal["latest", "all"] = "latest") -> tuple[Job, ...]:
        """The jobs of a build's newest attempt, or of all of them, with their steps.

        Raises:
            NotThere: there is no such build.
        """
        params: Params = {"filter": attempts, "per_page": PAGE}
        path = f"/actions/runs/{build}/jobs"
        return await self._read(tuple[Job, ...], path, params, what=f"build {build}", key="jobs")

    async def lasting_jobs(self, build: int) -> tuple[Job, ...]:
        """The jobs of a build that is over and was never run again, which stay as they are: asked for once.

        Raises:
            NotThere: there is no such build.
        """
        if known := self._lasting.get(build):
            return known
        jobs = await self.jobs(build)
        if all(job.conclusion for job in jobs):
            self._lasting[build] = jobs
        return jobs

    async def log(self, job: int) -> str:
        """All that a finished job printed: colours, time stamps and all, up to 16 MB.

        It lies at another address, to which GitHub leads with a link that lives a minute; the token stays here.

        Raises:
            LogGone: the job still runs, or its log has expired.
        """
        path = f"/repos/{self.repository}/actions/jobs/{job}/logs"
        headers = {**HEADERS, "Accept": "*/*"}
        answer = await self._ask("GET", path, headers=headers, accept_status=tuple(NO_LOG), what=f"job {job}")
        if why := NO_LOG.get(answer.status_code):
            raise LogGone(system=NAME, job=job, why=why)
        return answer.content.decode("utf-8", "replace").removeprefix("\ufeff")

    async def pushed(self, job: int) -> tuple[str, ...]:
        """The images that a finished job pushed, as `IMAGE:TAG@DIGEST`, by BuildKit's lines in its log; read once.

        Raises:
            LogGone: the job still runs, or its log has expired.
        """
        if job not in self._pushed:
            self._pushed[job] = await asyncio.to_thread(parse_pushed, await self.log(job))
        return self._pushed[job]

    async def annotations(self, job: int) -> tuple[str, ...]:
        """What GitHub says of a job that failed, as of a runner that was lost or a job that never began.

        Raises:
            NotThere: there is no such job, or the token may not see its checks.
        """
        path = f"/check-runs/{job}/annotations"
        listed = await self._read(tuple[dict[str, Any], ...], path, what=f"check run {job}")
        return tuple(
            text(each.get("message")) for each in listed if each.get("annotation_level") == "failure"
        )

    async def runners(self) -> tuple[Runner, ...]:
        """The repository's own self-hosted runners.

        Raises:
            MissingAbility: the token may not see them. Only a repository's administrators may: GitHub says 403, or
                404 as if there were none.
        """
        why = "only administrators of the repository see its runners"
        return await self._listed(f"/repos/{self.repository}", why, shared=False)

    async def organisation_runners(self) -> tuple[Runner, ...]:
        """The self-hosted runners of the organisation that owns the repository.

        Raises:
            MissingAbility: the token may not see them, or the owner is no organisation; GitHub does not say which.
        """
        why = "only administrators of an organisation see its runners"
        owner, _, _ = (await self.new_name() or self.repository).partition("/")
        return await self._listed(f"/orgs/{owner}", why, shared=True)

    async def _listed(self, owner: str, why: str, *, shared: bool) -> tuple[Runner, ...]:
        path, page = "/actions/runners", {"per_page": PAGE}
        try:
            listed = await self._read(tuple[Runner, ...], path, page, what=owner, key="runners", of=owner)
        except NotThere:
            raise MissingAbility(system=NAME, why=why, setting=self._http.setting) from None
        return tuple(replace(runner, shared=shared) for runner in listed)

    async def _runs(self, path: str, wanted: dict[str, str], limit: int, what: str) -> tuple[Build, ...]:
        params: Params = {**given(wanted), "per_page": min(limit, PAGE)}
        return await self._read(tuple[Build, ...], path, params, what=what, key="workflow_runs")


def parse_pushed(log: str) -> tuple[str, ...]:
    """The references `IMAGE:TAG@DIGEST` that a job's log says it pushed, each once."""
    return tuple(dict.fromkeys(PUSHED.findall(log)))
